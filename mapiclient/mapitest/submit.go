package mapitest

import (
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// submitMessage takes a message for sending. A message with changes that
// aren't saved is saved first. [MS-OXOMSG] 3.3.5.1
func (x *execution) submitMessage(obj *object, m *message, q *rop.SubmitMessageRequest) (rop.Response, mapi.ErrorCode) {
	resp := new(rop.SubmitMessageResponse)
	s := x.request.server
	if q.SubmitFlags&^(rop.SubmitPreProcess|rop.SubmitNeedsSpooler) != 0 {
		return resp, mapi.ErrInvalidParameter
	}
	from, code := x.submittable(obj.logon, m)
	if code != 0 {
		return resp, code
	}
	gone := m.Message() != nil && m.Message().Gone()
	if m.Message() == nil || m.Dirty() || gone {
		if code := m.Save(gone && s.has(QuirkSubmitRevives)); code != 0 {
			return resp, code
		}
	}
	saved := m.Message()
	state := store.StateQueued
	if q.SubmitFlags&rop.SubmitNeedsSpooler != 0 && s.spools() {
		state = store.StateSpooled
	}
	saved.Submit(state, func(c *store.Content) { s.stamp(c, from) })
	switch a := obj.logon.account; {
	case state == store.StateSpooled:
	case s.has(QuirkSendWithinSubmit):
		saved.SetState(store.StateSending)
		x.after = func() mapi.ErrorCode { return s.sendWithin(a, saved) }
	default:
		s.send(a, saved)
	}
	return resp, 0
}

// submittable tells whether the message may be sent, and in whose name.
func (x *execution) submittable(l *logon, m *message) (sender, mapi.ErrorCode) {
	s := x.request.server
	limits := &s.opts.Limits
	c := m.Content()
	saved := m.Message()
	switch {
	case m.inside:
		return sender{}, mapi.ErrNotSupported
	case !l.full, l.flags&rop.OpenNoMail != 0, !m.Writable(), m.Associated():
		return sender{}, mapi.ErrAccessDenied
	case saved != nil && saved.State() != store.StateIdle && !s.has(QuirkSubmitTwice):
		return sender{}, mapi.ErrAccessDenied
	case len(c.Recipients) == 0:
		return sender{}, s.instead(QuirkNoRecipientsOwnCode, mapi.ErrNoRecipients, mapi.ErrInvalidRecips)
	case len(c.Recipients) > limits.Recipients:
		return sender{}, mapi.ErrTooManyRecips
	case c.Size() > limits.MessageBytes:
		return sender{}, s.instead(QuirkTooBigOwnCode, mapi.ErrExceededSize, mapi.ErrMaxSubmissionExceeded)
	case l.box().Full(), l.box().Mute():
		return sender{}, mapi.ErrQuotaExceeded
	}
	return s.judgeSender(l, c.Props)
}

// A sender is in whose name a message goes, and who sends it.
type sender struct {
	represented, actual *account
	// foreign says that the represented stands in the message and is nobody here.
	foreign bool
}

// judgeSender finds out in whose name a message goes and whether that is
// allowed. Who may send as somebody needs no Sender; with both rights, that one
// wins. [MS-OXOMSG] 3.3.5.1, 2.2.1.56
func (s *Server) judgeSender(l *logon, props mapi.Props) (sender, mapi.ErrorCode) {
	represented, stated := s.representing(props)
	if !stated {
		represented = l.account
	}
	actor := l.user()
	switch {
	case represented == actor:
		return sender{represented: actor, actual: actor}, 0
	case represented == nil:
		// A meeting goes on carrying its organiser, who may be anybody.
		if strings.HasPrefix(mapi.PidTagMessageClass.Get(props), "IPM.Schedule.") {
			return sender{actual: actor, foreign: true}, 0
		}
		return sender{}, s.instead(QuirkSendAsAccessDenied, mapi.ErrAccessDenied, mapi.ErrSendAsDenied)
	case represented.granted(actor, SendAs):
		return sender{represented: represented, actual: represented}, 0
	case represented.granted(actor, SendOnBehalf):
		return sender{represented: represented, actual: actor}, 0
	}
	return sender{}, s.instead(QuirkSendAsAccessDenied, mapi.ErrAccessDenied, mapi.ErrSendAsDenied)
}

// representing finds the user whom the PidTagSentRepresenting properties name.
// stated says that they name somebody, here or not.
func (s *Server) representing(props mapi.Props) (a *account, stated bool) {
	if address, ok := mapi.PidTagSentRepresentingSmtpAddress.From(props); ok && address != "" {
		return s.byAddress(address), true
	}
	if email, ok := mapi.PidTagSentRepresentingEmailAddress.From(props); ok && email != "" {
		return s.byEmail(mapi.PidTagSentRepresentingAddressType.Get(props), email), true
	}
	if id, ok := mapi.PidTagSentRepresentingEntryId.From(props); ok && len(id) > 0 {
		return s.byEntryID(id), true
	}
	return nil, false
}

// byEmail finds a user by an address of the given type.
func (s *Server) byEmail(kind, email string) *account {
	if strings.EqualFold(kind, "EX") {
		return s.directory.byDN(email)
	}
	return s.byAddress(email)
}

// stamp sets the properties that a server sets on what it takes for sending.
// [MS-OXOMSG] 3.3.5.1
func (s *Server) stamp(c *store.Content, from sender) {
	setPerson(&c.Props, senderTags, from.actual)
	if !from.foreign {
		setPerson(&c.Props, representingTags, from.represented)
	}
	id, ok := mapi.PidTagInternetMessageId.From(c.Props)
	if !ok || id == "" || s.has(QuirkNewMessageID) {
		c.Props.Set(mapi.PidTagInternetMessageId.Of(s.newMessageID()))
	}
}

func (s *Server) newMessageID() string {
	return "<" + strings.ReplaceAll(store.NewGUID().String(), "-", "") + "@" + s.ntlmNames().DNSComputer + ">"
}

// personTags are the properties that name one person's part in a message.
type personTags struct {
	name, addressType, email, smtp mapi.Tag[string]
	entryID, searchKey             mapi.Tag[[]byte]
}

var (
	senderTags = personTags{mapi.PidTagSenderName, mapi.PidTagSenderAddressType, mapi.PidTagSenderEmailAddress,
		mapi.PidTagSenderSmtpAddress, mapi.PidTagSenderEntryId, mapi.PidTagSenderSearchKey}
	representingTags = personTags{mapi.PidTagSentRepresentingName, mapi.PidTagSentRepresentingAddressType, mapi.PidTagSentRepresentingEmailAddress,
		mapi.PidTagSentRepresentingSmtpAddress, mapi.PidTagSentRepresentingEntryId, mapi.PidTagSentRepresentingSearchKey}
	receivedByTags = personTags{mapi.PidTagReceivedByName, mapi.PidTagReceivedByAddressType, mapi.PidTagReceivedByEmailAddress,
		mapi.PidTagReceivedBySmtpAddress, mapi.PidTagReceivedByEntryId, mapi.PidTagReceivedBySearchKey}
	receivedRepresentingTags = personTags{mapi.PidTagReceivedRepresentingName, mapi.PidTagReceivedRepresentingAddressType, mapi.PidTagReceivedRepresentingEmailAddress,
		mapi.PidTagReceivedRepresentingSmtpAddress, mapi.PidTagReceivedRepresentingEntryId, mapi.PidTagReceivedRepresentingSearchKey}
)

// setPerson names a user of the server. [MS-OXOMSG] 2.2.1.48 and after
func setPerson(props *mapi.Props, t personTags, a *account) {
	props.Set(t.name.Of(a.DisplayName))
	props.Set(t.addressType.Of("EX"))
	props.Set(t.email.Of(a.dn))
	props.Set(t.smtp.Of(a.Address))
	props.Set(t.entryID.Of(store.AddressBookEntryID(a.dn)))
	props.Set(t.searchKey.Of(mapi.SearchKey("EX", a.dn)))
}

// transportSend sends a message without any filing: the caller keeps its own
// copy. [MS-OXOMSG] 3.3.5.6
func (x *execution) transportSend(obj *object, m *message, _ *rop.TransportSendRequest) (rop.Response, mapi.ErrorCode) {
	s := x.request.server
	from, code := x.submittable(obj.logon, m)
	if code != 0 {
		return nil, code
	}
	// It waits as a message of its own, which goes when it is sent.
	box := obj.logon.box()
	queue, code := box.Make(transportQueue)
	if code != 0 {
		return nil, code
	}
	c := m.Content()
	c.Props.Set(mapi.PidTagDeleteAfterSubmit.Of(true))
	queued, code := queue.Deposit(c)
	if code != 0 {
		return nil, code
	}
	queued.Submit(store.StateQueued, func(c *store.Content) { s.stamp(c, from) })
	s.send(obj.logon.account, queued)
	resp := &rop.TransportSendResponse{}
	setPerson(&resp.Props, senderTags, from.actual)
	if from.represented != nil {
		setPerson(&resp.Props, representingTags, from.represented)
	}
	return resp, 0
}

// abortSubmit takes a message back that the transport has not begun with.
// [MS-OXOMSG] 3.3.5.2
func (x *execution) abortSubmit(_ *object, l *logon, q *rop.AbortSubmitRequest) (rop.Response, mapi.ErrorCode) {
	resp := new(rop.AbortSubmitResponse)
	m := l.box().Message(q.MessageID)
	if m == nil || m.Folder().ID != q.FolderID {
		return resp, mapi.ErrNotFound
	}
	switch m.State() {
	case store.StateIdle:
		return resp, mapi.ErrNotInQueue
	case store.StateSending, store.StateLocked:
		return resp, mapi.ErrUnableToAbort
	}
	m.Aborted()
	return resp, 0
}

// transportNewMail announces a message that a client has put into the store.
// [MS-OXOMSG] 3.3.5.7
func (x *execution) transportNewMail(_ *object, l *logon, q *rop.TransportNewMailRequest) (rop.Response, mapi.ErrorCode) {
	resp := new(rop.TransportNewMailResponse)
	m := l.box().Message(q.MessageID)
	if m == nil || m.Folder().ID != q.FolderID {
		return resp, mapi.ErrNotFound
	}
	m.NewMail(x.request.server.has(QuirkNewMailIDsSwapped))
	return resp, 0
}

// transportQueue is where messages of RopTransportSend wait.
const transportQueue = "/Transport Queue"

// transportFolder is where clients may put messages for RopTransportSend.
const transportFolder = "/Transport"

func (x *execution) getTransportFolder(_ *object, l *logon, _ *rop.GetTransportFolderRequest) (rop.Response, mapi.ErrorCode) {
	f, code := l.box().Make(transportFolder)
	if code != 0 {
		return nil, code
	}
	return &rop.GetTransportFolderResponse{FolderID: f.ID}, 0
}

func (x *execution) getAddressTypes(_ *object, _ *logon, _ *rop.GetAddressTypesRequest) (rop.Response, mapi.ErrorCode) {
	return &rop.GetAddressTypesResponse{AddressTypes: []string{"SMTP", "EX"}}, 0
}

func (x *execution) optionsData(_ *object, _ *logon, q *rop.OptionsDataRequest) (rop.Response, mapi.ErrorCode) {
	if !strings.EqualFold(q.AddressType, "EX") && !strings.EqualFold(q.AddressType, "SMTP") {
		return nil, mapi.ErrNotFound
	}
	return &rop.OptionsDataResponse{Reserved: 1}, 0
}
