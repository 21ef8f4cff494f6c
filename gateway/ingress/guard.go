package ingress

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/smtpside"
)

// Ceilings bound the mails of a listener that are not finished.
type Ceilings struct {
	// Occupied counts them, of all clients and of the one at hand. nil sets no ceiling.
	Occupied func(ctx context.Context, s mail.Source) (all, client int64, err error)
	// All and Client are the most; 0 is no bound.
	All, Client int64
	// Pressed says why no mail can be taken at all now, or nil: the machine has no memory left.
	Pressed func() error
}

// room refuses a mail for now when there is no room for it, before the client has sent it.
func (s *session) room(ctx context.Context) error {
	c := s.opts.Ceilings
	if c.Pressed != nil {
		if err := c.Pressed(); err != nil {
			s.log.Error("no room for mail", "error", err)
			return s.refuse("full", smtpside.StorageFull(""))
		}
	}
	if c.Occupied == nil || c.All <= 0 && c.Client <= 0 || s.opts.Synchronous != nil {
		return nil
	}
	all, client, err := c.Occupied(ctx, s.source())
	if err != nil {
		return fmt.Errorf("counting the mails that wait: %w", err)
	}
	if c.Client > 0 && client >= c.Client {
		return s.refuse("queued", smtpside.StorageFull("too many mails of yours are waiting, try again later"))
	}
	if c.All > 0 && all >= c.All {
		return s.refuse("queued", smtpside.StorageFull("too many mails are waiting, try again later"))
	}
	return nil
}

// guard makes what keeps a mail from being taken twice, or tells that one in doubt is handed over again: its key is the Message-ID, the envelope, who sends, and the text behind the header. It
// wraps the reader of that. A mail without a Message-ID of its own is not guarded: two alike may both be meant.
func (s *session) guard(messageID string, rest io.Reader) (*queue.Guard, io.Reader) {
	if messageID == "" || s.opts.Duplicates <= 0 && s.opts.Synchronous == nil {
		return nil, rest
	}
	text := sha256.New()
	return &queue.Guard{For: s.opts.Duplicates, Key: func() string { return s.key(messageID, text) }}, io.TeeReader(rest, text)
}

func (s *session) key(messageID string, text hash.Hash) string {
	to := make([]string, len(s.envelope.Recipients))
	for i, r := range s.envelope.Recipients {
		to[i] = strings.ToLower(r.Address)
	}
	slices.Sort(to)
	all := sha256.New()
	for _, part := range append([]string{s.opts.Listener, s.user(), messageID, strings.ToLower(s.envelope.From)}, to...) {
		fmt.Fprintf(all, "%d %s\n", len(part), part)
	}
	all.Write(text.Sum(nil))
	return hex.EncodeToString(all.Sum(nil))
}

// repeated answers for a mail that was taken before.
func (s *session) repeated(r queue.Receipt, messageID string) string {
	s.opts.Observer.Repeated(s.opts.Listener)
	s.log.Info("taken before", "msg", r.ID, "from", s.envelope.From, "recipients", len(s.legs), "client", s.client(), "user", s.user(),
		"message_id", messageID, "within", s.opts.Duplicates.Round(time.Second), "session", s.peer.ID)
	return "queued as " + string(r.ID)
}
