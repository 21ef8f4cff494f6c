package mapitest

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
)

// notDelivered are properties of the sender's copy that recipients don't get.
var notDelivered = [...]mapi.PropTag{
	mapi.PidTagSentMailSvrEID.Tag(), mapi.PidTagSentMailEntryId.Tag(), mapi.PidTagDeleteAfterSubmit.Tag(),
	mapi.PidTagDeferredSendTime.Tag(), mapi.PidTagDeferredSendNumber.Tag(), mapi.PidTagDeferredSendUnits.Tag(),
	mapi.PidTagTargetEntryId.Tag(), mapi.PidTagSubmitFlags.Tag(),
}

// A delivery puts a copy of exported content into a user's mailbox.
type delivery func(*account, *store.Content) (*store.Message, mapi.ErrorCode)

// deliverOnce is deliver for what may have been delivered already: then there is
// no message, and no code.
func (s *Server) deliverOnce(a *account, exported *store.Content) (*store.Message, mapi.ErrorCode) {
	a.box.Lock()
	there := delivered(a.box, exported)
	a.box.Unlock()
	if there {
		return nil, 0
	}
	return s.deliver(a, exported)
}

// deliver puts a copy of exported content into a user's Inbox. [MS-OXOMSG] 3.3.5.1, 2.2.1.36 and after
func (s *Server) deliver(a *account, exported *store.Content) (*store.Message, mapi.ErrorCode) {
	box := a.box
	box.Lock()
	defer box.Unlock()
	c := box.Import(exported)
	c.Flags = c.Flags&(mapi.MfResend|mapi.MfInternet|mapi.MfNotifyRead) | mapi.MfUnmodified
	for _, tag := range notDelivered {
		c.Props.Delete(tag)
	}
	if mapi.PidTagReadReceiptRequested.Get(c.Props) {
		c.Flags |= mapi.MfNotifyRead
	}
	setPerson(&c.Props, receivedByTags, a)
	setPerson(&c.Props, receivedRepresentingTags, a)
	now := box.Now()
	c.Props.Set(mapi.PidTagMessageDeliveryTime.Of(now))
	c.Props.Set(mapi.PidTagCreationTime.Of(now))
	c.Props.Set(mapi.PidTagLastModificationTime.Of(now))
	s.addressed(c, a)
	m, code := box.Special(store.Inbox).Deposit(c)
	if code != 0 {
		return nil, code
	}
	m.NewMail(false)
	return m, 0
}

// addressed says how the user is addressed, and hides blind copies.
// [MS-OXOMSG] 2.2.1.17, 2.2.1.18, 2.2.1.19
func (s *Server) addressed(c *store.Content, a *account) {
	var to, cc bool
	visible := c.Recipients[:0:0]
	for _, r := range c.Recipients {
		if r.Type.Base() == mapi.RecipientBcc {
			continue
		}
		if _, who := s.route(r.Props); who == a {
			to = to || r.Type.Base() == mapi.RecipientTo
			cc = cc || r.Type.Base() == mapi.RecipientCc
		}
		r.Props = append(mapi.Props(nil), r.Props...)
		r.Props.Delete(mapi.PidTagResponsibility.Tag())
		visible = append(visible, r)
	}
	c.Recipients = visible
	c.Props.Set(mapi.PidTagMessageToMe.Of(to))
	c.Props.Set(mapi.PidTagMessageCcMe.Of(cc))
	c.Props.Set(mapi.PidTagMessageRecipientMe.Of(to || cc))
}
