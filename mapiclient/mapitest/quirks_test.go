package mapitest_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

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

func marshal(t *testing.T, v wire.Coder) []byte {
	t.Helper()
	b, err := wire.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
