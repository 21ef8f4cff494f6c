package mapitest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/nspi"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A probe finds out whether a server of a profile has a quirk, over the wire.
type probe func(t *testing.T, p *mapitest.Profile) bool

// probes has one for each quirk.
func probes() map[mapitest.Quirk]probe {
	return map[mapitest.Quirk]probe{
		mapitest.QuirkChunkedRefused: chunkedRefused, mapitest.QuirkLengthRequired: lengthRequired, mapitest.QuirkNTLMAsNegotiate: ntlmAsNegotiate,
		mapitest.QuirkMailboxIDIgnored: mailboxIDIgnored, mapitest.QuirkSidCookies: sidCookies, mapitest.QuirkOwnResponseCodes: ownResponseCodes,
		mapitest.QuirkRotatesOnRefusal: rotatesOnRefusal,
		mapitest.QuirkBarePending:      barePending, mapitest.QuirkProcessingAgain: processingAgain, mapitest.QuirkEndlessWait: endlessWait,
		mapitest.QuirkSlowPending: slowPending, mapitest.QuirkShortBeforeLogon: shortBeforeLogon, mapitest.QuirkBackEndHeaders: backEndHeaders,
		mapitest.QuirkNeverCompressed: neverCompressed, mapitest.QuirkBindNotSupported: bindNotSupported,
		mapitest.QuirkUnknownAmbiguous: unknownAmbiguous, mapitest.QuirkGuestLogon: guestLogon, mapitest.QuirkGuestsGetNoNames: guestsGetNoNames,
		mapitest.QuirkPropsAllFails: propsAllFails, mapitest.QuirkReadSettable: readSettable, mapitest.QuirkTerminatedStreams: terminatedStreams,
		mapitest.QuirkMissingIgnored: missingIgnored, mapitest.QuirkChildrenStay: childrenStay, mapitest.QuirkEmbeddedIDs: embeddedIDs,
		mapitest.QuirkNamesWithoutWarning: namesWithoutWarning, mapitest.QuirkHeaderNamesKeepCase: headerNamesKeepCase,
		mapitest.QuirkStaleSaveLies: staleSaveLies, mapitest.QuirkStaleSaveRevives: staleSaveRevives, mapitest.QuirkQuotaAtCreate: quotaAtCreate,
		mapitest.QuirkNewMailIDsSwapped: newMailIDsSwapped, mapitest.QuirkNoMessagesForSpooler: noMessagesForSpooler,
		mapitest.QuirkSpoolerIgnored: spoolerIgnored, mapitest.QuirkSpoolerRefused: spoolerRefused, mapitest.QuirkSubmitRevives: submitRevives,
		mapitest.QuirkSubmitTwice: submitTwice, mapitest.QuirkBadAddresses: badAddresses, mapitest.QuirkSendWithinSubmit: sendWithinSubmit, mapitest.QuirkSendAsAccessDenied: sendAsAccessDenied,
		mapitest.QuirkNoRecipientsOwnCode: noRecipientsOwnCode, mapitest.QuirkTooBigOwnCode: tooBigOwnCode, mapitest.QuirkNewMessageID: newMessageID,
		mapitest.QuirkSentMailSvrEID: sentMailSvrEIDIgnored, mapitest.QuirkSentMailEntryID: sentMailEntryIDHonoured,
	}
}

// TestQuirks looks for each quirk of the table in each profile: it is there
// where the table says so, and nowhere else; and it goes when it is taken away.
func TestQuirks(t *testing.T) {
	probes := probes()
	names := make(map[string]bool)
	for _, p := range mapitest.Profiles() {
		names[p.Name] = true
	}
	table := mapitest.Quirks()
	if len(probes) != len(table) {
		t.Errorf("%d quirks in the table, %d have tests", len(table), len(probes))
	}
	for _, q := range table {
		t.Run(string(q.Quirk), func(t *testing.T) {
			t.Parallel()
			probe := probes[q.Quirk]
			if probe == nil {
				t.Fatal("this quirk has no test")
			}
			for _, name := range q.Profiles {
				if !names[name] {
					t.Errorf("there is no profile %q", name)
				}
			}
			if q.Section == "" || q.Does == "" {
				t.Error("the table does not say what it is")
			}
			for _, p := range mapitest.Profiles() {
				if got := probe(t, p); got != slices.Contains(q.Profiles, p.Name) {
					t.Errorf("%s shows it: %v; the table says otherwise", p.Name, got)
				}
			}
			home := mapitest.ExchangeSE()
			if len(q.Profiles) > 0 {
				home = mapitest.ProfileNamed(q.Profiles[0])
			}
			if !probe(t, home.With(q.Quirk)) || probe(t, home.Without(q.Quirk)) {
				t.Error("the test does not tell a server with it from one without")
			}
		})
	}
}

// on opens anna's mailbox on a server of the profile.
func on(t *testing.T, p *mapitest.Profile, opts ...mapitest.Options) (*mapitest.Server, *client) {
	t.Helper()
	o := mapitest.Options{}
	if len(opts) > 0 {
		o = opts[0]
	}
	o.Profile = p
	s := server(t, o)
	return s, open(t, s, "anna")
}

// status sends a Connect that change has changed, and gives the answer.
func status(t *testing.T, s *mapitest.Server, change func(*http.Request)) *answer {
	t.Helper()
	c := dial(t, s, "anna", "anna")
	r := c.request(frame.Connect, marshal(t, c.connectRequest()))
	change(r)
	a, err := c.do(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func chunkedRefused(t *testing.T, p *mapitest.Profile) bool {
	s := server(t, mapitest.Options{Profile: p.Without(mapitest.QuirkLengthRequired)})
	return status(t, s, func(r *http.Request) { r.ContentLength = -1 }).status == http.StatusBadRequest
}

func lengthRequired(t *testing.T, p *mapitest.Profile) bool {
	s := server(t, mapitest.Options{Profile: p})
	return status(t, s, func(r *http.Request) { r.ContentLength = -1; r.Header.Del("Authorization") }).status == http.StatusLengthRequired
}

func ntlmAsNegotiate(t *testing.T, p *mapitest.Profile) bool {
	s := server(t, mapitest.Options{Profile: p, Auth: []mapitest.AuthScheme{mapitest.AuthNTLM}})
	c := dial(t, s, "anna", "anna")
	_, offers := leg(t, c, "")
	return slices.Contains(offers, "Negotiate") && ntlmSignIn(t, c, "Negotiate", "anna", "secret") != http.StatusUnauthorized
}

func mailboxIDIgnored(t *testing.T, p *mapitest.Profile) bool {
	s := server(t, mapitest.Options{Profile: p})
	wrong := status(t, s, func(r *http.Request) { r.URL.RawQuery = "MailboxId=whatever" })
	without := status(t, s, func(r *http.Request) { r.URL.RawQuery = "" })
	return wrong.status == http.StatusOK && without.status == http.StatusNotFound
}

func sidCookies(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	return c.cookies["sid"] != "" && c.cookies["sequence"] != "" && len(c.cookies) == 2
}

func ownResponseCodes(t *testing.T, p *mapitest.Profile) bool {
	s, c := on(t, p)
	missing := status(t, s, func(r *http.Request) { r.Header.Del(frame.HeaderClientInfo) })
	spare := status(t, s, func(r *http.Request) { r.Header.Del(frame.HeaderClientApplication) })
	for name := range c.cookies {
		if strings.EqualFold(name, "sequence") || name == "MapiSequence" {
			c.cookies[name] = strings.Repeat("A", 26)
		}
	}
	stale, err := c.do(c.request(frame.Execute, emptyExecute(t)))
	if err != nil {
		t.Fatal(err)
	}
	return missing.code == 3 && spare.code == 0 && stale.code == 7
}

func rotatesOnRefusal(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	if a, err := c.do(c.request(frame.RequestType("Dance"), nil)); err != nil || a.code == 0 {
		t.Fatalf("an unknown type: %+v, %v", a, err)
	}
	_, err := c.execute([]byte{2, 0})
	return err != nil
}

func emptyExecute(t *testing.T) []byte {
	buffer, err := frame.AppendPayload(nil, []byte{2, 0}, frame.Last)
	if err != nil {
		t.Fatal(err)
	}
	return marshal(t, &frame.ExecuteRequest{RopBuffer: buffer, MaxRopOut: frame.MaxRopBuffer})
}

// raw is the body of a NotificationWait's answer as it comes over the wire.
func raw(t *testing.T, p *mapitest.Profile, limits mapitest.Limits) string {
	s, c := on(t, p, mapitest.Options{Limits: limits})
	create(c, c.logon, &rop.RegisterNotificationRequest{FolderID: c.folders[rop.FolderInbox], Types: rop.NotifyNewMail})
	resp, err := c.http.Do(c.request(frame.NotificationWait, marshal(t, &frame.NotificationWaitRequest{})))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	end := sync.OnceFunc(func() { _, _ = s.Mailbox("anna").Deliver(&mapi.Message{}) })
	if limits.Pending == 0 {
		time.AfterFunc(100*time.Millisecond, end)
	}
	var body strings.Builder
	for buf := make([]byte, 1024); ; {
		n, err := resp.Body.Read(buf)
		if body.Write(buf[:n]); strings.Contains(body.String(), "PENDING") {
			end()
		}
		if err == io.EOF {
			return body.String()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func barePending(t *testing.T, p *mapitest.Profile) bool {
	body := raw(t, p, mapitest.Limits{Pending: 20 * time.Millisecond})
	if !strings.Contains(body, "PENDING") {
		t.Fatalf("no sign of life in %q", body)
	}
	return !strings.Contains(body, "PENDING\r\n")
}

func processingAgain(t *testing.T, p *mapitest.Profile) bool {
	return strings.Count(raw(t, p, mapitest.Limits{}), "PROCESSING\r\n") == 2
}

func endlessWait(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p, mapitest.Options{Limits: mapitest.Limits{Wait: 20 * time.Millisecond}})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	resp, err := c.http.Do(c.request(frame.NotificationWait, marshal(t, &frame.NotificationWaitRequest{})).WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	// Where the server sees first that nobody waits any more, the answer comes whole.
	if _, err := io.ReadAll(resp.Body); err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	return ctx.Err() != nil
}

func slowPending(t *testing.T, p *mapitest.Profile) bool {
	s := server(t, mapitest.Options{Profile: p})
	return status(t, s, func(*http.Request) {}).header.Get(frame.HeaderPendingPeriod) == "30000"
}

func shortBeforeLogon(t *testing.T, p *mapitest.Profile) bool {
	s := server(t, mapitest.Options{Profile: p})
	before := status(t, s, func(*http.Request) {}).header.Get(frame.HeaderExpirationInfo)
	c := open(t, s, "anna")
	a, err := c.do(c.request(frame.Execute, emptyExecute(t)))
	if err != nil {
		t.Fatal(err)
	}
	if after := a.header.Get(frame.HeaderExpirationInfo); after != "900000" {
		t.Errorf("after the logon: %q", after)
	}
	return before == "300000"
}

func backEndHeaders(t *testing.T, p *mapitest.Profile) bool {
	s := server(t, mapitest.Options{Profile: p})
	h := status(t, s, func(*http.Request) {}).header
	return h.Get("X-FEServer") != "" && h.Get("X-BEServer") != "" && h.Get("request-id") != ""
}

// neverCompressed looks at the first payload of an answer.
func neverCompressed(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	c.flags = 0
	resp, err := c.execute([]byte{2, 0})
	if err != nil || len(resp.RopBuffer) < frame.HeaderSize {
		t.Fatalf("%v, %d bytes", err, len(resp.RopBuffer))
	}
	flags := frame.PayloadFlags(resp.RopBuffer[2])
	return flags&(frame.Compressed|frame.XorMagic) == 0
}

func bindNotSupported(t *testing.T, p *mapitest.Profile) bool {
	s := server(t, mapitest.Options{Profile: p})
	c := dial(t, s, "anna", "anna")
	c.url = s.Mailbox("anna").AddressBookURL()
	stat := nspi.NewStat()
	stat.CodePage = nspi.CodePageUnicode
	var resp nspi.BindResponse
	c.must(frame.Bind, &nspi.BindRequest{Stat: stat}, &resp)
	if resp.ErrorCode == 0 {
		t.Error("bound with UTF-16")
	}
	return resp.ErrorCode == mapi.ErrNotSupported
}

func unknownAmbiguous(t *testing.T, p *mapitest.Profile) bool {
	c := book(t, server(t, mapitest.Options{Profile: p}))
	var resp nspi.ResolveNamesResponse
	c.must(frame.ResolveNames, &nspi.ResolveNamesRequest{Stat: nspi.NewStat(), Names: []string{"nobody@example.test"}}, &resp)
	return resp.MIDs[0] == nspi.Ambiguous
}

// guest logs otto on to anna's mailbox, without any right but those that are given before.
func guest(t *testing.T, s *mapitest.Server) (*client, error) {
	c := dial(t, s, "otto", "anna")
	var resp frame.ConnectResponse
	c.must(frame.Connect, c.connectRequest(), &resp)
	if resp.ErrorCode != 0 {
		return nil, &mapi.Error{Code: mapi.ErrorCode(resp.ErrorCode)}
	}
	b := rop.NewBatch(0)
	call := rop.Add(b, rop.Slot{}, c.logonRequest())
	c.run(b)
	r, err := call.Result()
	if err == nil {
		c.logon, c.folders = call.Handle(), r.Folders
	}
	return c, err
}

func guestLogon(t *testing.T, p *mapitest.Profile) bool {
	c, err := guest(t, server(t, mapitest.Options{Profile: p}))
	if err != nil {
		wantCode(t, "without a right", err, mapi.ErrLoginPerm)
		return false
	}
	_, err = one(c, c.logon, &rop.OpenFolderRequest{FolderID: c.folders[rop.FolderInbox]})
	wantCode(t, "a guest's look into the Inbox", err, mapi.ErrNotFound)
	return true
}

func guestsGetNoNames(t *testing.T, p *mapitest.Profile) bool {
	s := server(t, mapitest.Options{Profile: p})
	if err := s.Mailbox("anna").GrantFolder(mapitest.Inbox, "otto", mapitest.RightsEditor); err != nil {
		t.Fatal(err)
	}
	c, err := guest(t, s)
	if err != nil {
		t.Fatal(err)
	}
	r, _ := one(c, c.logon, &rop.GetPropertyIDsFromNamesRequest{Flags: rop.NamesCreate, Names: []mapi.PropertyName{{Set: mapi.PSPublicStrings, Name: "fresh"}}})
	return r.IDs[0] == 0
}

func propsAllFails(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	h := c.newMessage(rop.FolderInbox)
	for i := range 4 {
		c.set(h, mapi.Prop{Tag: mapi.MakeTag(mapi.PropID(0x6700+i), mapi.PtypBinary), Value: make([]byte, 12000)})
	}
	b := rop.NewBatch(0)
	rop.Add(b, b.Use(h), &rop.GetPropertiesAllRequest{WantUnicode: true})
	err := c.try(b)
	var failed *executed
	return errors.As(err, &failed) && failed.code == uint32(mapi.ErrServerMemory)
}

func readSettable(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	h := c.openMessage(rop.FolderInbox, c.save(c.newMessage(rop.FolderInbox)))
	return len(do1(c, h, &rop.SetPropertiesRequest{Props: mapi.Props{mapi.PidTagRead.Of(true)}}).Problems) == 0
}

func terminatedStreams(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	h := c.newMessage(rop.FolderInbox, mapi.PidTagBody.Of("abc"))
	_, r := create(c, h, &rop.OpenStreamRequest{Tag: mapi.PidTagBody.Tag()})
	return r.StreamSize == 8
}

func missingIgnored(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	r := do1(c, c.openFolder(c.folders[rop.FolderInbox]), &rop.DeleteMessagesRequest{MessageIDs: []mapi.MessageID{0x1234}})
	return !r.PartialCompletion
}

func childrenStay(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	h := c.openMessage(rop.FolderInbox, c.save(c.newMessage(rop.FolderInbox, mapi.PidTagBody.Of("abc"))))
	stream, _ := create(c, h, &rop.OpenStreamRequest{Tag: mapi.PidTagBody.Tag()})
	b := rop.NewBatch(0)
	b.Release(b.Use(h))
	c.run(b)
	_, err := one(c, stream, &rop.ReadStreamRequest{ByteCount: 4})
	return err == nil
}

func embeddedIDs(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	a, _ := create(c, c.newMessage(rop.FolderInbox), &rop.CreateAttachmentRequest{})
	_, r := create(c, a, &rop.OpenEmbeddedMessageRequest{CodePageID: rop.CodePageLogon, OpenModeFlags: rop.MessageCreate})
	return r.MessageID != 0
}

func namesWithoutWarning(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	b := rop.NewBatch(0)
	call := rop.Add(b, b.Use(c.logon), &rop.GetPropertyIDsFromNamesRequest{Names: []mapi.PropertyName{{Set: mapi.PSPublicStrings, Name: "unknown"}}})
	c.run(b)
	return call.Code() == 0
}

func headerNamesKeepCase(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	names := []mapi.PropertyName{{Set: mapi.PSInternetHeaders, Name: "X-Loud"}, {Set: mapi.PSInternetHeaders, Name: "x-LOUD"}}
	ids := do1(c, c.logon, &rop.GetPropertyIDsFromNamesRequest{Flags: rop.NamesCreate, Names: names}).IDs
	if ids[0] != ids[1] {
		t.Errorf("one header has two ids: %v", ids)
	}
	return do1(c, c.logon, &rop.GetNamesFromPropertyIDsRequest{IDs: ids[:1]}).Names[0].Name == "X-Loud"
}

// staleSave moves a message away under an open copy and saves that; it gives
// how many messages there are then.
func staleSave(t *testing.T, p *mapitest.Profile, flags rop.SaveFlags) (copies int, err error) {
	s, c := on(t, p)
	id := c.save(c.newMessage(rop.FolderOutbox))
	h := c.openMessage(rop.FolderOutbox, id)
	c.set(h, mapi.PidTagSubject.Of("late"))
	move(c, rop.FolderOutbox, rop.FolderSentItems, false, id)
	_, err = one(c, h, &rop.SaveChangesMessageRequest{SaveFlags: flags})
	m := s.Mailbox("anna")
	return len(m.Messages(mapitest.Outbox)) + len(m.Messages(mapitest.SentItems)), err
}

func staleSaveLies(t *testing.T, p *mapitest.Profile) bool {
	copies, err := staleSave(t, p, rop.KeepOpenReadWrite)
	return copies == 1 && err == nil
}

func staleSaveRevives(t *testing.T, p *mapitest.Profile) bool {
	copies, err := staleSave(t, p, rop.ForceSave)
	return copies == 2 && err == nil
}

func quotaAtCreate(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p, mapitest.Options{Limits: mapitest.Limits{MailboxBytes: 5000}})
	h := c.newMessage(rop.FolderInbox, mapi.PidTagBody.Of(strings.Repeat("x", 10000)))
	_, err := one(c, h, &rop.SaveChangesMessageRequest{})
	if codeOf(t, err) == mapi.ErrQuotaExceeded {
		return false
	}
	_, err = one(c, c.logon, &rop.CreateMessageRequest{CodePageID: rop.CodePageLogon, FolderID: c.folders[rop.FolderInbox]})
	return codeOf(t, err) == mapi.ErrQuotaExceeded
}

func newMailIDsSwapped(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	inbox := c.folders[rop.FolderInbox]
	create(c, c.logon, &rop.RegisterNotificationRequest{WantWholeStore: true, Types: rop.NotifyNewMail})
	id := c.save(c.newMessage(rop.FolderInbox))
	b := rop.NewBatch(0)
	rop.Add(b, b.Use(c.logon), &rop.TransportNewMailRequest{MessageID: id, FolderID: inbox, MessageClass: "IPM.Note"})
	c.run(b)
	got := append(b.Notifications, collect(c).Notifications...)
	if len(got) != 1 {
		t.Fatalf("%d notifications", len(got))
	}
	return got[0].Data.FolderID == mapi.FolderID(id) && got[0].Data.MessageID == mapi.MessageID(inbox)
}

func noMessagesForSpooler(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	do1(c, c.logon, &rop.SetSpoolerRequest{})
	_, err := one(c, c.logon, &rop.CreateMessageRequest{CodePageID: rop.CodePageLogon, FolderID: c.folders[rop.FolderInbox]})
	return codeOf(t, err) == mapi.ErrAccessDenied
}

// spoolerStates tries a lock and a finish on a message for the spooler.
func spoolerStates(t *testing.T, p *mapitest.Profile) (sent bool, lock, finish mapi.ErrorCode) {
	s, c := on(t, p)
	id := spooled(c)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := s.Mailbox("otto").WaitFor(ctx, mapitest.Inbox, subjectIs("spooled"))
	do1(c, c.logon, &rop.SetSpoolerRequest{})
	return err == nil, codeOf(t, lockState(c, id, rop.LockMessage)), codeOf(t, lockState(c, id, rop.FinishMessage))
}

func spoolerIgnored(t *testing.T, p *mapitest.Profile) bool {
	sent, lock, finish := spoolerStates(t, p)
	return sent && lock == 0 && finish == mapi.ErrNotInQueue
}

func spoolerRefused(t *testing.T, p *mapitest.Profile) bool {
	sent, lock, _ := spoolerStates(t, p)
	return sent && lock == mapi.ErrNotSupported
}

// submit submits a message of these properties and gives the answer.
func submit(c *client, folder int, props ...mapi.Prop) (uint32, error) {
	h := c.newMessage(folder, props...)
	c.addRecipients(h, mapi.RecipientTo, "otto@example.test")
	c.save(h)
	_, err := one(c, h, &rop.SubmitMessageRequest{})
	return h, err
}

func submitRevives(t *testing.T, p *mapitest.Profile) bool {
	s, c := on(t, p)
	h, err := submit(c, rop.FolderOutbox, mapi.PidTagSubject.Of("twice"), c.sentItems(), c.sentItemsEntryID())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Mailbox("anna").WaitFor(within(t), mapitest.SentItems, nil); err != nil {
		t.Fatal(err)
	}
	if _, err = one(c, h, &rop.SubmitMessageRequest{}); err != nil {
		return false
	}
	arrived := func() int { return len(s.Mailbox("otto").Messages(mapitest.Inbox)) }
	for deadline := time.Now().Add(5 * time.Second); arrived() < 2 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	return arrived() == 2
}

// submitTwice has two sessions submit one message while the transport is slow.
func submitTwice(t *testing.T, p *mapitest.Profile) bool {
	begun, end := make(chan bool, 8), make(chan bool)
	s, c := on(t, p, mapitest.Options{Transport: func(ctx context.Context, _ *mapi.Message, _ mapitest.Envelope) error {
		begun <- true
		select {
		case <-end:
		case <-ctx.Done():
		}
		return nil
	}})
	h := c.newMessage(rop.FolderOutbox)
	c.addRecipients(h, mapi.RecipientTo, "far@away.test")
	id := c.save(h)
	other := open(t, s, "anna")
	second := other.openMessage(rop.FolderOutbox, id)
	first := make(chan error, 1)
	go func() {
		_, err := one(c, h, &rop.SubmitMessageRequest{})
		first <- err
	}()
	<-begun
	answered := make(chan error, 1)
	go func() {
		_, err := one(other, second, &rop.SubmitMessageRequest{})
		answered <- err
	}()
	sent := 1
	select {
	case <-begun:
		sent = 2
	case err := <-answered:
		wantCode(t, "the second submit", err, mapi.ErrAccessDenied)
		answered <- nil
	}
	close(end)
	if err := errors.Join(<-first, <-answered); err != nil {
		t.Error(err)
	}
	return sent == 2
}

func badAddresses(t *testing.T, p *mapitest.Profile) bool {
	out := &recorder{}
	s, c := on(t, p, mapitest.Options{Transport: out.send})
	h := c.newMessage(rop.FolderOutbox, c.sentItems(), c.sentItemsEntryID())
	c.addRecipients(h, mapi.RecipientTo, "not an address")
	c.save(h)
	do1(c, h, &rop.SubmitMessageRequest{})
	if _, err := s.Mailbox("anna").WaitFor(within(t), mapitest.SentItems, nil); err != nil {
		t.Fatal(err)
	}
	return len(out.mails()) == 1 && len(s.Mailbox("anna").Messages(mapitest.Inbox)) == 0
}

// sentItemsEntryID is PidTagSentMailEntryId of Sent Items.
func (c *client) sentItemsEntryID() mapi.Prop {
	folder := c.openFolder(c.folders[rop.FolderSentItems])
	return mapi.PidTagSentMailEntryId.Of(mapi.PidTagEntryId.Get(c.get(folder, mapi.PidTagEntryId.Tag())))
}

func sendWithinSubmit(t *testing.T, p *mapitest.Profile) bool {
	out := &recorder{fail: func(int) error { return temporary{errors.New("connection refused")} }}
	_, c := on(t, p, mapitest.Options{Transport: out.send})
	h := c.newMessage(rop.FolderOutbox)
	c.addRecipients(h, mapi.RecipientTo, "far@away.test")
	c.save(h)
	_, err := one(c, h, &rop.SubmitMessageRequest{})
	return codeOf(t, err) == mapi.WarnNoService
}

func sendAsAccessDenied(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	_, err := submit(c, rop.FolderOutbox, mapi.PidTagSentRepresentingAddressType.Of("SMTP"), mapi.PidTagSentRepresentingEmailAddress.Of("boss@example.test"))
	if code := codeOf(t, err); code != mapi.ErrSendAsDenied {
		return code == mapi.ErrAccessDenied
	}
	return false
}

func noRecipientsOwnCode(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	h := c.newMessage(rop.FolderOutbox)
	c.save(h)
	_, err := one(c, h, &rop.SubmitMessageRequest{})
	return codeOf(t, err) == mapi.ErrNoRecipients
}

func tooBigOwnCode(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p, mapitest.Options{Limits: mapitest.Limits{MessageBytes: 5000}})
	_, err := submit(c, rop.FolderOutbox, mapi.PidTagBody.Of(strings.Repeat("x", 10000)))
	if code := codeOf(t, err); code != mapi.ErrMaxSubmissionExceeded {
		return code == mapi.ErrExceededSize
	}
	return false
}

func newMessageID(t *testing.T, p *mapitest.Profile) bool {
	s, c := on(t, p)
	if _, err := submit(c, rop.FolderOutbox, mapi.PidTagInternetMessageId.Of("<mine@example.test>")); err != nil {
		t.Fatal(err)
	}
	m, err := s.Mailbox("otto").WaitFor(within(t), mapitest.Inbox, nil)
	if err != nil {
		t.Fatal(err)
	}
	return mapi.PidTagInternetMessageId.Get(m.Props) != "<mine@example.test>"
}

// filed tells whether a message that names Sent Items in this way is filed there.
func filed(t *testing.T, p *mapitest.Profile, where func(*client) mapi.Prop) bool {
	s, c := on(t, p)
	if _, err := submit(c, rop.FolderOutbox, where(c)); err != nil {
		t.Fatal(err)
	}
	anna := s.Mailbox("anna")
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		out := anna.Messages(mapitest.Outbox)
		if len(anna.Messages(mapitest.SentItems)) == 1 {
			return true
		}
		if len(out) == 1 && out[0].Flags&0xC == 0 && len(s.Mailbox("otto").Messages(mapitest.Inbox)) == 1 {
			return false
		}
	}
	t.Fatal("the message was never sent")
	return false
}

func sentMailSvrEIDIgnored(t *testing.T, p *mapitest.Profile) bool {
	return !filed(t, p, (*client).sentItems)
}

func sentMailEntryIDHonoured(t *testing.T, p *mapitest.Profile) bool {
	return filed(t, p, (*client).sentItemsEntryID)
}

func marshal(t *testing.T, v wire.Coder) []byte {
	t.Helper()
	b, err := wire.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
