package recipients

import (
	"context"
	"time"

	"github.com/mapigate/mapigate/gateway/ingress"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/smtpside"
)

// roomTime is how long a client waits for what a mailbox says about its room.
const roomTime = 5 * time.Second

// Rooms tells at RCPT what would come back later: mail that is too large for the mailbox it goes through, or for whose recipient there is
// no room. By courier.
type Rooms map[string]Fits

// Fits gives the outcome that a mail would surely have; false where nothing is known against it.
type Fits func(ctx context.Context, source mail.Source, from, to string, size int64) (mail.Outcome, bool)

var _ ingress.Room = Rooms(nil)

// Fits implements ingress.Room.
func (r Rooms) Fits(ctx context.Context, leg queue.Leg, source mail.Source, from, to string, size int64) error {
	ask := r[leg.Courier]
	if ask == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, roomTime)
	defer cancel()
	o, refused := ask(ctx, source, from, to, size)
	if !refused {
		return nil
	}
	return smtpside.Status{Code: o.Code, Detail: o.Detail, Text: o.Text}
}
