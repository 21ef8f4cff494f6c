package mapitest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A recorder is a Transport that keeps what it gets.
type recorder struct {
	mu   sync.Mutex
	got  []sentMail
	fail func(n int) error
}

type sentMail struct {
	message  *mapi.Message
	envelope mapitest.Envelope
}

func (r *recorder) send(_ context.Context, m *mapi.Message, e mapitest.Envelope) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, sentMail{m, e})
	if r.fail != nil {
		return r.fail(len(r.got))
	}
	return nil
}

func (r *recorder) mails() []sentMail {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// within is a context that gives things half a minute to happen, as a busy machine may need.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func subjectIs(s string) func(*mapitest.Stored) bool {
	return func(m *mapitest.Stored) bool { return mapi.PidTagSubject.Get(m.Props) == s }
}

// sentItems is PidTagSentMailSvrEID of Sent Items.
func (c *client) sentItems() mapi.Prop {
	return mapi.PidTagSentMailSvrEID.Of(mapi.StoreServerID{Folder: c.folders[rop.FolderSentItems]}.ServerID())
}

func TestSubmit(t *testing.T) {
	out := &recorder{}
	s := server(t, mapitest.Options{Transport: out.send})
	c := open(t, s, "anna")
	h := c.newMessage(rop.FolderOutbox, mapi.PidTagSubject.Of("hello"), mapi.PidTagInternetMessageId.Of("<1@anna>"), c.sentItems())
	c.recipients(h, slices.Concat(smtpRecipients(mapi.RecipientTo, "otto@example.test", "far@away.test"),
		smtpRecipients(mapi.RecipientBcc, "BOSS@example.test", "secret@away.test", "OTTO@example.test"))...)
	c.save(h)
	do1(c, h, &rop.SubmitMessageRequest{})

	in, err := s.Mailbox("otto").WaitFor(within(t), mapitest.Inbox, subjectIs("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if in.Flags&(0x8|0x4|0x1) != 0 {
		t.Errorf("the delivered copy has flags 0x%X", in.Flags)
	}
	for tag, want := range map[mapi.Tag[string]]string{
		mapi.PidTagReceivedBySmtpAddress: "otto@example.test", mapi.PidTagReceivedByAddressType: "EX",
		mapi.PidTagSenderSmtpAddress: "anna@example.test", mapi.PidTagSentRepresentingSmtpAddress: "anna@example.test",
		mapi.PidTagSenderName: "Anna Ärmel", mapi.PidTagInternetMessageId: "<1@anna>", mapi.PidTagDisplayTo: "otto; far", mapi.PidTagDisplayBcc: "",
	} {
		if got := tag.Get(in.Props); got != want {
			t.Errorf("%v is %q, want %q", tag, got, want)
		}
	}
	if _, ok := mapi.PidTagMessageDeliveryTime.From(in.Props); !ok || !mapi.PidTagMessageToMe.Get(in.Props) {
		t.Error("no delivery time, or not addressed to me")
	}
	if _, ok := mapi.PidTagSentMailSvrEID.From(in.Props); ok {
		t.Error("the delivered copy says where the sent one goes")
	}
	if _, err := s.Mailbox("boss").WaitFor(within(t), mapitest.Inbox, subjectIs("hello")); err != nil {
		t.Error(err)
	}

	sent, err := s.Mailbox("anna").WaitFor(within(t), mapitest.SentItems, nil)
	if err != nil {
		t.Fatal(err)
	}
	if sent.Flags&0x8 != 0 || sent.Flags&0x4 != 0 {
		t.Errorf("the sent copy has flags 0x%X", sent.Flags)
	}
	if _, ok := mapi.PidTagClientSubmitTime.From(sent.Props); !ok || len(sent.Recipients) != 5 || !mapi.PidTagResponsibility.Get(sent.Recipients[0].Props) {
		t.Errorf("the sent copy is %+v", sent)
	}
	if n := len(s.Mailbox("anna").Messages(mapitest.Outbox)); n != 0 {
		t.Errorf("%d messages stayed in the Outbox", n)
	}
	if n := len(s.Mailbox("otto").Messages(mapitest.Inbox)); n != 1 {
		t.Errorf("otto got %d copies", n)
	}
	got := out.mails()
	if len(got) != 1 || got[0].envelope.From != "anna@example.test" || !slices.Equal(got[0].envelope.Recipients, []string{"far@away.test", "secret@away.test"}) {
		t.Errorf("the transport got %+v", got)
	}
}

// TestFiling checks what becomes of the sender's copy.
func TestFiling(t *testing.T) {
	s := server(t, mapitest.Options{Transport: (&recorder{}).send})
	gromox := server(t, mapitest.Options{Transport: (&recorder{}).send, Profile: mapitest.Gromox()})
	entryID := func(c *client) mapi.Prop {
		row := c.get(c.openFolder(c.folders[rop.FolderDeletedItems]), mapi.PidTagEntryId.Tag())
		return mapi.PidTagSentMailEntryId.Of(mapi.PidTagEntryId.Get(row))
	}
	tests := []struct {
		name   string
		server *mapitest.Server
		props  func(*client) mapi.Props
		want   string
	}{
		{"nothing set", s, func(*client) mapi.Props { return nil }, mapitest.Outbox},
		{"SvrEID", s, func(c *client) mapi.Props { return mapi.Props{c.sentItems()} }, mapitest.SentItems},
		{"deletion beats it", s, func(c *client) mapi.Props { return mapi.Props{c.sentItems(), mapi.PidTagDeleteAfterSubmit.Of(true)} }, ""},
		{"EntryId is not honoured", s, func(c *client) mapi.Props { return mapi.Props{entryID(c)} }, mapitest.Outbox},
		{"EntryId on gromox", gromox, func(c *client) mapi.Props { return mapi.Props{entryID(c), c.sentItems()} }, mapitest.DeletedItems},
		{"SvrEID on gromox", gromox, func(c *client) mapi.Props { return mapi.Props{c.sentItems()} }, mapitest.Outbox},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := open(t, test.server, "anna")
			h := c.newMessage(rop.FolderOutbox, append(test.props(c), mapi.PidTagSubject.Of(test.name))...)
			c.addRecipients(h, mapi.RecipientTo, "otto@example.test")
			do1(c, h, &rop.SubmitMessageRequest{}) // saves as well
			if _, err := test.server.Mailbox("otto").WaitFor(within(t), mapitest.Inbox, subjectIs(test.name)); err != nil {
				t.Fatal(err)
			}
			anna := test.server.Mailbox("anna")
			if test.want != "" {
				idle := func(m *mapitest.Stored) bool { return m.Flags&0x4 == 0 && subjectIs(test.name)(m) }
				if _, err := anna.WaitFor(within(t), test.want, idle); err != nil {
					t.Fatal(err)
				}
			}
			for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
				n := 0
				for _, folder := range []string{mapitest.Outbox, mapitest.SentItems, mapitest.DeletedItems} {
					for _, m := range anna.Messages(folder) {
						if subjectIs(test.name)(&m) && folder != test.want {
							n++
						}
					}
				}
				if n == 0 {
					return
				}
				if time.Now().After(deadline) {
					t.Fatalf("%d copies where none should be", n)
				}
			}
		})
	}
}

// TestSubmitRefused checks the refusals. [MS-OXOMSG] 3.3.5.1
func TestSubmitRefused(t *testing.T) {
	s := server(t, mapitest.Options{Limits: mapitest.Limits{Recipients: 2, MessageBytes: 20000}})
	c := open(t, s, "anna")
	to := func(addresses ...string) func(uint32) {
		return func(h uint32) { c.addRecipients(h, mapi.RecipientTo, addresses...) }
	}
	tests := []struct {
		name  string
		props mapi.Props
		then  func(uint32)
		want  mapi.ErrorCode
	}{
		{"good", nil, to("otto@example.test"), 0},
		{"no recipients", nil, func(uint32) {}, mapi.ErrInvalidRecips},
		{"too many", nil, to("a@x.test", "b@x.test", "c@x.test"), mapi.ErrTooManyRecips},
		{"too big", mapi.Props{mapi.PidTagBody.Of(strings.Repeat("x", 12000))}, to("otto@example.test"), mapi.ErrMaxSubmissionExceeded},
		{"as another", mapi.Props{mapi.PidTagSentRepresentingSmtpAddress.Of("otto@example.test")}, to("otto@example.test"), mapi.ErrSendAsDenied},
		{"as a stranger", mapi.Props{mapi.PidTagSentRepresentingAddressType.Of("SMTP"), mapi.PidTagSentRepresentingEmailAddress.Of("x@away.test")}, to("otto@example.test"), mapi.ErrSendAsDenied},
		{"as myself by alias", mapi.Props{mapi.PidTagSentRepresentingSmtpAddress.Of("a.aermel@example.test")}, to("otto@example.test"), 0},
		{"a meeting of a stranger", mapi.Props{mapi.PidTagMessageClass.Of("IPM.Schedule.Meeting.Request"), mapi.PidTagSentRepresentingSmtpAddress.Of("x@away.test")}, to("otto@example.test"), 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := c.newMessage(rop.FolderOutbox, test.props...)
			test.then(h)
			c.save(h)
			_, err := one(c, h, &rop.SubmitMessageRequest{})
			wantCode(t, "submit", err, test.want)
		})
	}
	fai, _ := create(c, c.logon, &rop.CreateMessageRequest{CodePageID: rop.CodePageLogon, FolderID: c.folders[rop.FolderOutbox], AssociatedFlag: true})
	c.addRecipients(fai, mapi.RecipientTo, "otto@example.test")
	_, err := one(c, fai, &rop.SubmitMessageRequest{})
	wantCode(t, "associated information", err, mapi.ErrAccessDenied)

	twice := c.newMessage(rop.FolderOutbox, mapi.PidTagDeferredSendTime.Of(time.Now().Add(time.Hour)))
	c.addRecipients(twice, mapi.RecipientTo, "otto@example.test")
	do1(c, twice, &rop.SubmitMessageRequest{})
	_, err = one(c, twice, &rop.SubmitMessageRequest{})
	wantCode(t, "submitting again", err, mapi.ErrAccessDenied)
}

// TestRepresenting sends in the name of others. [MS-OXOMSG] 2.2.1.56
func TestRepresenting(t *testing.T) {
	tests := []struct {
		grants                    []mapitest.Grant
		sender, representing, err string
	}{
		{nil, "", "", "denied"},
		{[]mapitest.Grant{mapitest.FullAccess}, "", "", "denied"},
		{[]mapitest.Grant{mapitest.SendOnBehalf}, "anna@example.test", "otto@example.test", ""},
		{[]mapitest.Grant{mapitest.SendAs}, "otto@example.test", "otto@example.test", ""},
		{[]mapitest.Grant{mapitest.SendAs, mapitest.SendOnBehalf}, "otto@example.test", "otto@example.test", ""},
	}
	for _, test := range tests {
		out := &recorder{}
		s := server(t, mapitest.Options{Transport: out.send})
		if err := s.Mailbox("otto").Grant("anna", test.grants...); err != nil {
			t.Fatal(err)
		}
		c := open(t, s, "anna")
		h := c.newMessage(rop.FolderOutbox, mapi.PidTagSentRepresentingAddressType.Of("SMTP"), mapi.PidTagSentRepresentingEmailAddress.Of("otto@example.test"))
		c.addRecipients(h, mapi.RecipientTo, "boss@example.test", "far@away.test")
		_, err := one(c, h, &rop.SubmitMessageRequest{})
		if test.err != "" {
			wantCode(t, "without a grant to send", err, mapi.ErrSendAsDenied)
			continue
		}
		wantCode(t, "with a grant", err, 0)
		in, err := s.Mailbox("boss").WaitFor(within(t), mapitest.Inbox, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := mapi.PidTagSenderSmtpAddress.Get(in.Props); got != test.sender {
			t.Errorf("%v: sender %q, want %q", test.grants, got, test.sender)
		}
		if got := mapi.PidTagSentRepresentingSmtpAddress.Get(in.Props); got != test.representing {
			t.Errorf("%v: representing %q, want %q", test.grants, got, test.representing)
		}
	}
}

// TestAbortSubmit takes back what waits, and fails for what does not.
func TestAbortSubmit(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	h := c.newMessage(rop.FolderOutbox, mapi.PidTagDeferredSendTime.Of(time.Now().Add(time.Hour)))
	c.addRecipients(h, mapi.RecipientTo, "otto@example.test")
	id := c.save(h)
	q := &rop.AbortSubmitRequest{FolderID: c.folders[rop.FolderOutbox], MessageID: id}
	_, err := one(c, c.logon, q)
	wantCode(t, "what is not submitted", err, mapi.ErrNotInQueue)
	do1(c, h, &rop.SubmitMessageRequest{})
	if m, _ := s.Mailbox("anna").Message(id); m.Flags&0xC != 0x4 {
		t.Errorf("a submitted message has flags 0x%X", m.Flags)
	}
	_, err = one(c, c.openMessage(rop.FolderOutbox, id), &rop.SaveChangesMessageRequest{})
	wantCode(t, "saving a submitted message", err, mapi.ErrSubmitted)
	if r := move(c, rop.FolderOutbox, rop.FolderSentItems, false, id); !r.PartialCompletion {
		t.Error("a submitted message was moved")
	}
	do1(c, c.logon, q)
	if m, _ := s.Mailbox("anna").Message(id); m.Flags&0xC != 0x8 {
		t.Errorf("after the abort the flags are 0x%X", m.Flags)
	}
	q.MessageID++
	_, err = one(c, c.logon, q)
	wantCode(t, "what is not there", err, mapi.ErrNotFound)
}

// temporary is an error that says so.
type temporary struct{ error }

func (temporary) Temporary() bool { return true }

// TestTransportErrors checks that a temporary error is tried again and a
// permanent one comes back as a report.
func TestTransportErrors(t *testing.T) {
	out := &recorder{fail: func(n int) error {
		if n == 1 {
			return temporary{errors.New("greylisted")}
		}
		return nil
	}}
	s := server(t, mapitest.Options{Transport: out.send, Domains: []string{"example.test"}})
	c := open(t, s, "anna")
	submit := func(subject string, to ...string) {
		h := c.newMessage(rop.FolderOutbox, mapi.PidTagSubject.Of(subject), c.sentItems(), mapi.PidTagInternetMessageId.Of("<"+subject+"@anna>"))
		c.addRecipients(h, mapi.RecipientTo, to...)
		do1(c, h, &rop.SubmitMessageRequest{})
	}
	submit("again", "far@away.test")
	if _, err := s.Mailbox("anna").WaitFor(within(t), mapitest.SentItems, subjectIs("again")); err != nil {
		t.Fatal(err)
	}
	if n := len(out.mails()); n != 2 {
		t.Errorf("offered %d times, want 2", n)
	}
	out.mu.Lock()
	out.fail = func(int) error { return errors.New("550 no") }
	out.mu.Unlock()
	submit("refused", "far@away.test", "nobody@example.test", "no address")
	report, err := s.Mailbox("anna").WaitFor(within(t), mapitest.Inbox, nil)
	if err != nil {
		t.Fatal(err)
	}
	text := mapi.PidTagBody.Get(report.Props)
	if mapi.PidTagMessageClass.Get(report.Props) != "REPORT.IPM.Note.NDR" || len(report.Recipients) != 3 ||
		!strings.Contains(text, "far@away.test: 550") || !strings.Contains(text, "nobody@example.test: 550 5.1.1") ||
		mapi.PidTagOriginalMessageId.Get(report.Props) != "<refused@anna>" {
		t.Errorf("the report is %+v", report)
	}
}

// TestTransportSend sends without filing. [MS-OXOMSG] 3.3.5.6
func TestTransportSend(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	folder := do1(c, c.logon, &rop.GetTransportFolderRequest{}).FolderID
	h, _ := create(c, c.logon, &rop.CreateMessageRequest{CodePageID: rop.CodePageLogon, FolderID: folder})
	c.set(h, mapi.PidTagSubject.Of("direct"), c.sentItems())
	c.addRecipients(h, mapi.RecipientTo, "otto@example.test")
	r := do1(c, h, &rop.TransportSendRequest{})
	if mapi.PidTagSenderSmtpAddress.Get(r.Props) != "anna@example.test" {
		t.Errorf("the answer has %v", r.Props)
	}
	if _, err := s.Mailbox("otto").WaitFor(within(t), mapitest.Inbox, subjectIs("direct")); err != nil {
		t.Fatal(err)
	}
	if n := len(s.Mailbox("anna").Messages(mapitest.SentItems)); n != 0 {
		t.Errorf("%d copies were filed", n)
	}
}

// TestMessageID checks who makes it.
func TestMessageID(t *testing.T) {
	for _, test := range []struct {
		profile *mapitest.Profile
		kept    bool
	}{{mapitest.ExchangeSE(), true}, {mapitest.Gromox(), false}} {
		s := server(t, mapitest.Options{Profile: test.profile})
		c := open(t, s, "anna")
		h := c.newMessage(rop.FolderOutbox, mapi.PidTagInternetMessageId.Of("<mine@anna>"))
		c.addRecipients(h, mapi.RecipientTo, "otto@example.test")
		do1(c, h, &rop.SubmitMessageRequest{})
		in, err := s.Mailbox("otto").WaitFor(within(t), mapitest.Inbox, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := mapi.PidTagInternetMessageId.Get(in.Props); got == "" || (got == "<mine@anna>") != test.kept {
			t.Errorf("%s: Message-ID is %q", test.profile.Name, got)
		}
	}
}

// TestAllInOne does everything in one Execute, with and without Save.
func TestAllInOne(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	for _, save := range []bool{true, false} {
		b := rop.NewBatch(0)
		msg := rop.Add(b, b.Use(c.logon), &rop.CreateMessageRequest{CodePageID: rop.CodePageLogon, FolderID: c.folders[rop.FolderOutbox]})
		rop.Add(b, msg.Out, &rop.SetPropertiesRequest{Props: mapi.Props{mapi.PidTagSubject.Of("one")}})
		list := smtpRecipients(mapi.RecipientTo, "otto@example.test")
		row := mapi.MakeRecipientRow(list[0], nil)
		rop.Add(b, msg.Out, &rop.ModifyRecipientsRequest{Rows: []rop.ModifyRecipientRow{{Type: mapi.RecipientTo, Row: &row}}})
		if save {
			rop.Add(b, msg.Out, &rop.SaveChangesMessageRequest{SaveFlags: rop.KeepOpenReadWrite})
		}
		submit := rop.Add(b, msg.Out, &rop.SubmitMessageRequest{})
		b.Release(msg.Out)
		c.run(b)
		wantCode(t, "submit", submit.Err(), 0)
	}
	want := 2
	if _, err := s.Mailbox("otto").WaitFor(within(t), mapitest.Inbox, func(*mapitest.Stored) bool {
		return len(s.Mailbox("otto").Messages(mapitest.Inbox)) == want
	}); err != nil {
		t.Error(err)
	}
}

// TestSendWithinSubmit checks the warnings of a server that sends by SMTP while
// its client waits: the message stays in the Outbox and may be submitted again.
func TestSendWithinSubmit(t *testing.T) {
	errs := []error{temporary{errors.New("connection refused")}, errors.New("550 no"), mapitest.RecipientsError{"far@away.test": errors.New("550 no")}, nil}
	out := &recorder{fail: func(n int) error { return errs[n-1] }}
	s := server(t, mapitest.Options{Transport: out.send, Profile: mapitest.Gromox()})
	c := open(t, s, "anna")
	h := c.newMessage(rop.FolderOutbox, mapi.PidTagSubject.Of("slow"))
	c.addRecipients(h, mapi.RecipientTo, "far@away.test", "otto@example.test")
	id := c.save(h)
	for i, want := range []mapi.ErrorCode{mapi.WarnNoService, mapi.WarnCancelMessage, mapi.WarnCancelMessage, 0} {
		_, err := one(c, c.openMessage(rop.FolderOutbox, id), &rop.SubmitMessageRequest{})
		wantCode(t, "submit", err, want)
		m, there := s.Mailbox("anna").Message(id)
		if !there || (m.Flags&0xC == 0x8) != (i < 3) {
			t.Errorf("submit %d: there %v, flags 0x%X", i, there, m.Flags)
		}
	}
	if n := len(s.Mailbox("otto").Messages(mapitest.Inbox)); n != 1 {
		t.Errorf("otto got %d copies", n)
	}
}
