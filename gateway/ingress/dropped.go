package ingress

import (
	"context"
	"io"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/smtpside"
)

// A Dropped mail is one that does not come by SMTP, but by a program on this machine.
type Dropped struct {
	ID   mail.ID // of the mail in the queue
	From string
	To   []string
	Mail io.Reader // with CR LF line ends
}

// Take does with a mail what it does with a client's: it goes to all its recipients or, with an error, to none. A
// smtpside.Status says why, and whether for good.
func (b *Backend) Take(ctx context.Context, d Dropped) error {
	peer := &smtpside.Peer{Helo: b.opts.Hostname, Trusted: true, Extended: true, By: "local", ID: string(d.ID)}
	s := &session{Backend: b, peer: peer, id: d.ID}
	defer s.Close()
	utf8 := !ascii(d.From + strings.Join(d.To, ""))
	if err := s.Mail(ctx, d.From, smtpside.MailParams{UTF8: utf8, Body: smtpside.Body8BitMIME}); err != nil {
		return err
	}
	for _, to := range d.To {
		if err := smtpside.CheckMailbox(to); err != nil {
			return smtpside.BadRecipient(to + ": " + err.Error())
		}
		if err := s.Rcpt(ctx, to, smtpside.RcptParams{}); err != nil {
			return err
		}
	}
	_, err := s.Data(ctx, d.Mail)
	return err
}
