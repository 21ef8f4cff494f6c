package mapiclient

import (
	"context"
	"errors"
	"net/http"

	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
)

// doubtful is how often in a row an endpoint may refuse the sign-in, or not be
// reached, until Autodiscover is asked whether it is still the right one.
const doubtful = 3

// openOrFind opens the mailbox. When the endpoint may not be the right one any
// more, it is looked for again, once; one that is found as it was is not asked again.
// [MS-OXDISCO] 3.1.5
func (c *Client) openOrFind(ctx context.Context, look *look) (*Mailbox, error) {
	m, err := c.openMailbox(ctx, look)
	if !c.outdated(ctx, err) {
		return m, err
	}
	old := c.takeEndpoint()
	found, failed := c.Endpoint(ctx)
	if failed != nil {
		// Not even Autodiscover answers: what was found before is better than nothing.
		c.mu.Lock()
		c.endpoint = old
		c.mu.Unlock()
		return nil, errors.Join(err, failed)
	}
	if found == old && !moved(err) {
		return nil, err
	}
	return c.openMailbox(ctx, look)
}

// outdated tells whether an endpoint that was discovered is to be discovered
// again after an attempt that ended with err.
func (c *Client) outdated(ctx context.Context, err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		c.doubts = 0
		return false
	case c.opts.Endpoint.URL != "" || c.endpoint.URL == "" || ctx.Err() != nil:
		return false
	case moved(err):
		return true
	case !Away(err) && !refused(err):
		c.doubts = 0 // it answered
		return false
	}
	c.doubts++
	if c.doubts < doubtful {
		return false
	}
	c.doubts = 0
	return true
}

// takeEndpoint forgets the endpoint and gives it.
func (c *Client) takeEndpoint() Endpoint {
	c.mu.Lock()
	old := c.endpoint
	c.mu.Unlock()
	c.Forget()
	return old
}

// moved tells whether an error says that the endpoint is not the right one
// any more.
func moved(err error) bool {
	var wrong *WrongServerError
	var status *mapihttp.HTTPError
	return errors.As(err, &wrong) || errors.As(err, &status) && status.Moved()
}

// refused tells whether the sign-in was not accepted.
func refused(err error) bool {
	var rejected *auth.RejectedError
	var status *mapihttp.HTTPError
	return errors.As(err, &rejected) || errors.As(err, &status) && status.Status == http.StatusUnauthorized
}
