package ingress

import (
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/rewrite"
	"github.com/mapigate/mapigate/gateway/rewrite/srs"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/smtpside"
)

// Forwarded takes reports about mail that was forwarded back to who has sent it first. The zero value takes none.
type Forwarded struct {
	*srs.Rewriter
	Routes route.Table // of the way back
}

// Mine tells whether an address is a sender that was made for forwarded mail.
func (f Forwarded) Mine(address string) bool { return f.Rewriter != nil && f.Rewriter.Mine(address) }

// wayBack is the way of a report about mail that was forwarded. Of strangers nothing but reports is taken: who has once seen such a
// sender must not be able to write through it.
func (s *session) wayBack(r mail.Recipient) (mail.Recipient, queue.Leg, error) {
	if !s.known() && s.envelope.From != "" {
		return r, queue.Leg{}, s.refuse("forwarded", smtpside.NotAllowed("only delivery reports are taken for this address"))
	}
	back, err := s.opts.Forwarded.Reverse(r.Address)
	if err == nil {
		err = smtpside.CheckMailbox(back)
	}
	if err != nil {
		return r, queue.Leg{}, s.refuse("forwarded", smtpside.NoSuchUser(err.Error()))
	}
	leg, err := s.opts.Forwarded.Routes.Find(s.source(), s.envelope.From, back)
	if err != nil {
		return r, leg, s.refuse("route", smtpside.NotAllowed(err.Error()))
	}
	return rewrite.Renamed(r, back), leg, nil
}
