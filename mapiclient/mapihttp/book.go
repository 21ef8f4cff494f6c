package mapihttp

import (
	"context"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A Book is a session context on the address book endpoint. It is safe for
// concurrent use; requests wait for one another. [MS-OXCMAPIHTTP] 2.2.5
type Book struct {
	*session
}

// Open prepares a context on the address book endpoint. The first request
// must be a Bind, which makes the server give it cookies.
func (c *Client) Open() *Book { return &Book{session: c.newSession(nil)} }

// An Answer is the body of an address book answer: a structure that begins
// with StatusCode and, when that is 0, ErrorCode.
type Answer interface {
	wire.Coder
	// Codes gives the two codes after decoding.
	Codes() (status, code mapi.ErrorCode)
}

// Call sends a request and decodes its answer into resp. An ErrorCode is not
// an error here, since some of them are successes (Unbind answers 1); a
// StatusCode is. Other errors: *SendError, the context stands;
// *ContextLostError; *HTTPError below 500, the context stands.
func (b *Book) Call(ctx context.Context, t frame.RequestType, req wire.Coder, resp Answer) error {
	body, err := wire.Marshal(req)
	if err != nil {
		return err
	}
	if err := b.exclusive(ctx, string(t)); err != nil {
		return err
	}
	defer b.release()
	answer, err := b.call(ctx, t, b.client.config.RequestTimeout, body)
	if err != nil && t == frame.Bind {
		return b.refused(t, err)
	}
	if err != nil {
		return b.settleIdle(t, err)
	}
	if err := wire.Unmarshal(answer, resp); err != nil {
		return b.settleIdle(t, &AnswerError{Op: string(t), Host: b.host, Err: err})
	}
	if status, _ := resp.Codes(); status != 0 {
		return &StatusError{Op: string(t), Host: b.host, Code: status}
	}
	return nil
}

// Close makes the context unusable. Send an Unbind first.
func (b *Book) Close() { b.lose(ErrClosed) }
