package life

import (
	"fmt"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// Accepted is the first event of every mail. It follows from the mail, and is not stored.
func Accepted(m mail.Mail) queue.Event {
	return queue.Event{
		At: m.Received, Kind: queue.EventAccepted, Recipient: -1,
		Text: fmt.Sprintf("%d bytes from %s %s", m.Body.Size(), m.Source.Kind, m.Source.Name),
	}
}
