package mapitest_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A scenario does something to a server and writes down what it answers.
type scenario struct {
	name string
	run  func(c *client, log func(what string, outcome any))
}

// outcome is how a result is written down: the name of its code.
func outcome(err error) string {
	var refused *mapi.Error
	var whole *executed
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &refused):
		return refused.Code.String()
	case errors.As(err, &whole):
		return fmt.Sprintf("whole Execute: %v/%v", mapi.ErrorCode(whole.status), mapi.ErrorCode(whole.code))
	}
	return err.Error()
}

// ask runs a single request and writes its outcome down.
func ask[R rop.Response](c *client, h uint32, q rop.RequestOf[R]) (R, string) {
	c.t.Helper()
	b := rop.NewBatch(0)
	call := rop.Add(b, b.Use(h), q)
	if err := c.try(b); err != nil {
		var zero R
		return zero, outcome(err)
	}
	r, err := call.Result()
	return r, outcome(err)
}

func problems(list []rop.PropertyProblem) string {
	var codes []string
	for _, p := range list {
		codes = append(codes, p.Code.String())
	}
	return fmt.Sprint(codes)
}

// working is the folder that the scenarios work in.
const working = "Mapigate conformance"

// workIn makes the working folder, empty, in the client's Outbox's place.
func workIn(c *client) {
	c.t.Helper()
	h, r := create(c, c.openFolder(c.folders[rop.FolderIPMSubtree]), &rop.CreateFolderRequest{
		FolderType: rop.FolderGeneric, UseUnicodeStrings: true, OpenExisting: true, DisplayName: working})
	do1(c, h, &rop.EmptyFolderRequest{WantDeleteAssociated: true})
	c.folders[rop.FolderOutbox] = r.FolderID
}

var scenarios = []scenario{
	{"flags", func(c *client, log func(string, any)) {
		flags := mapi.PidTagMessageFlags
		for _, set := range []mapi.Props{nil, {flags.Of(1)}, {flags.Of(0)}, {flags.Of(8)}} {
			h := c.newMessage(rop.FolderOutbox, set...)
			c.save(h)
			log(fmt.Sprint("saved with ", set), fmt.Sprintf("0x%X", flags.Get(c.get(h, flags.Tag()))))
			r, code := ask(c, h, &rop.SetPropertiesRequest{Props: mapi.Props{flags.Of(3)}})
			log("set later", code+" "+problems(r.Problems))
		}
	}},
	{"stale save", func(c *client, log func(string, any)) {
		id := c.save(c.newMessage(rop.FolderOutbox, mapi.PidTagSubject.Of("a")))
		for _, f := range []rop.SaveFlags{0, 1, 2, 6, 0x0A, 4, 0x0C} {
			first, second := c.openMessage(rop.FolderOutbox, id), c.openMessage(rop.FolderOutbox, id)
			c.set(first, mapi.PidTagSubject.Of("one"))
			c.set(second, mapi.PidTagSubject.Of("two"))
			c.save(first)
			_, code := ask(c, second, &rop.SaveChangesMessageRequest{SaveFlags: f})
			log(fmt.Sprintf("flags 0x%X", f), code)
		}
	}},
	{"save after move", func(c *client, log func(string, any)) {
		for _, f := range []rop.SaveFlags{2, 4} {
			id := c.save(c.newMessage(rop.FolderOutbox, mapi.PidTagSubject.Of("a")))
			h := c.openMessage(rop.FolderOutbox, id)
			c.set(h, mapi.PidTagSubject.Of("b"))
			log("move", move(c, rop.FolderOutbox, rop.FolderDeletedItems, false, id).PartialCompletion)
			_, code := ask(c, h, &rop.SaveChangesMessageRequest{SaveFlags: f})
			log(fmt.Sprintf("flags 0x%X", f), code)
			log("copies left", countRows(c, c.folders[rop.FolderOutbox]))
		}
	}},
	{"move", func(c *client, log func(string, any)) {
		a, b := c.save(c.newMessage(rop.FolderOutbox)), c.save(c.newMessage(rop.FolderOutbox))
		log("first", move(c, rop.FolderOutbox, rop.FolderDeletedItems, false, a).PartialCompletion)
		log("again", move(c, rop.FolderOutbox, rop.FolderDeletedItems, false, a).PartialCompletion)
		log("missing and another", move(c, rop.FolderOutbox, rop.FolderDeletedItems, false, a, b).PartialCompletion)
		log("left", countRows(c, c.folders[rop.FolderOutbox]))
	}},
	{"delete", func(c *client, log func(string, any)) {
		id := c.save(c.newMessage(rop.FolderOutbox))
		folder := c.openFolder(c.folders[rop.FolderOutbox])
		for range 2 {
			r, code := ask(c, folder, &rop.DeleteMessagesRequest{MessageIDs: []mapi.MessageID{id}})
			log("delete", fmt.Sprint(code, " ", r != nil && r.PartialCompletion))
		}
		_, code := ask(c, c.logon, &rop.OpenMessageRequest{CodePageID: rop.CodePageLogon, FolderID: c.folders[rop.FolderOutbox], MessageID: id})
		log("open", code)
		r, code := ask(c, folder, &rop.SetReadFlagsRequest{MessageIDs: []mapi.MessageID{id}})
		log("mark as read", fmt.Sprint(code, " ", r != nil && r.PartialCompletion))
	}},
	{"streams", func(c *client, log func(string, any)) {
		h := c.newMessage(rop.FolderOutbox, mapi.PidTagBody.Of("Grüße"))
		for _, mode := range []rop.StreamModeFlags{rop.StreamReadOnly, rop.StreamReadWrite, rop.StreamCreate} {
			r, code := ask(c, h, &rop.OpenStreamRequest{Tag: mapi.PidTagHtml.Tag(), OpenModeFlags: mode})
			log(fmt.Sprint("absent, mode ", mode), fmt.Sprint(code, r))
		}
		_, code := ask(c, h, &rop.OpenStreamRequest{Tag: mapi.PidTagImportance.Tag()})
		log("a number", code)
		body, r := create(c, h, &rop.OpenStreamRequest{Tag: mapi.PidTagBody.Tag()})
		log("size of 5 characters", r.StreamSize)
		_, code = ask(c, body, &rop.WriteStreamRequest{Data: []byte("x")})
		log("write to one for reading", code)
		_, code = ask(c, body, &rop.CommitStreamRequest{})
		log("commit one for reading", code)
		b := rop.NewBatch(0)
		b.Release(b.Use(h))
		read := rop.Add(b, b.Use(body), &rop.ReadStreamRequest{ByteCount: 4})
		if err := c.try(b); err != nil {
			log("read after its message", outcome(err))
		} else {
			log("read after its message", outcome(read.Err()))
		}
	}},
	{"properties", func(c *client, log func(string, any)) {
		h := c.newMessage(rop.FolderOutbox, mapi.PidTagSubject.Of("Re: a"))
		row := c.get(h, mapi.PidTagSubjectPrefix.Tag(), mapi.PidTagNormalizedSubject.Tag(), mapi.PidTagBody.Tag(), mapi.PidTagSubject.Tag().WithType(mapi.PtypInteger32))
		log("prefix", mapi.PidTagSubjectPrefix.Get(row)+"|"+mapi.PidTagNormalizedSubject.Get(row))
		for i := 2; i < len(row); i++ {
			log("absent or of another type", row[i].Value)
		}
		for _, p := range []mapi.Prop{mapi.PidTagDisplayTo.Of("x"), mapi.PidTagHasAttachments.Of(true), mapi.PidTagMessageSize.Of(1), mapi.PidTagMid.Of(1),
			mapi.PidTagEntryId.Of([]byte{1}), mapi.PidTagCreationTime.Of(c.now()), mapi.PidTagLastModificationTime.Of(c.now()), mapi.PidTagSearchKey.Of(make([]byte, 16)),
			mapi.PidTagRead.Of(true), mapi.PidTagAccess.Of(1)} {
			r, code := ask(c, h, &rop.SetPropertiesRequest{Props: mapi.Props{p}})
			if r == nil {
				r = &rop.SetPropertiesResponse{}
			}
			log("set "+p.Tag.String(), code+" "+problems(r.Problems))
		}
		r, code := ask(c, h, &rop.DeletePropertiesRequest{Tags: []mapi.PropTag{mapi.PidTagBody.Tag(), mapi.PidTagDisplayTo.Tag(), mapi.PidTagSubject.Tag()}})
		log("delete", code+" "+problems(r.Problems))
		log("subject afterwards", c.get(h, mapi.PidTagSubject.Tag())[0].Value)
	}},
	{"tables", func(c *client, log func(string, any)) {
		c.save(c.newMessage(rop.FolderOutbox, mapi.PidTagSubject.Of("a")))
		h, r := create(c, c.openFolder(c.folders[rop.FolderOutbox]), &rop.GetContentsTableRequest{})
		log("rows", r.RowCount)
		_, code := ask(c, h, &rop.QueryRowsRequest{ForwardRead: true, RowCount: 1})
		log("rows without columns", code)
		_, code = ask(c, h, &rop.SetColumnsRequest{})
		log("no columns", code)
		_, code = ask(c, h, &rop.SetColumnsRequest{Tags: subjectColumn})
		log("columns", code)
		_, code = ask(c, h, &rop.FindRowRequest{Restriction: mapi.Equal(mapi.PidTagSubject.Of("b")), Columns: subjectColumn})
		log("find what is not there", code)
		p, code := ask(c, h, &rop.SeekRowRequest{Origin: rop.BookmarkBeginning, RowCount: 5, WantRowMovedCount: true})
		log("seek too far", fmt.Sprint(code, *p))
		q, code := ask(c, h, &rop.QueryRowsRequest{ForwardRead: true, RowCount: 5, Columns: subjectColumn})
		log("rows at the end", fmt.Sprint(code, len(q.Rows), q.Origin))
	}},
	{"folders", func(c *client, log func(string, any)) {
		parent := c.openFolder(c.folders[rop.FolderOutbox])
		q := rop.CreateFolderRequest{FolderType: rop.FolderGeneric, UseUnicodeStrings: true, DisplayName: "sub"}
		sub, r := create(c, parent, &q)
		_, code := ask(c, parent, &q)
		log("the same name", code)
		q.DisplayName, q.OpenExisting = "SUB", true
		again, code := ask(c, parent, &q)
		log("open existing", fmt.Sprint(code, again != nil && again.FolderID == r.FolderID, again != nil && again.Existing != nil))
		_, code = ask(c, c.logon, &rop.OpenFolderRequest{FolderID: 0x7F7F7F7F7F7F0001})
		log("open what is not there", code)
		create(c, sub, &rop.CreateFolderRequest{FolderType: rop.FolderGeneric, UseUnicodeStrings: true, DisplayName: "inner"})
		for _, f := range []rop.DeleteFolderFlags{0, rop.DeleteSubfolders | rop.DeleteMessagesInFolder | rop.DeleteHard, 0} {
			d, code := ask(c, parent, &rop.DeleteFolderRequest{FolderID: r.FolderID, Flags: f})
			log(fmt.Sprint("delete with ", f), fmt.Sprint(code, " ", d != nil && d.PartialCompletion))
		}
		_, code = ask(c, parent, &rop.DeleteFolderRequest{FolderID: c.folders[rop.FolderInbox]})
		log("delete another's child", code)
		_, code = ask(c, c.openFolder(c.folders[rop.FolderIPMSubtree]), &rop.DeleteFolderRequest{FolderID: c.folders[rop.FolderInbox], Flags: rop.DeleteSubfolders | rop.DeleteMessagesInFolder})
		log("delete the Inbox", code)
	}},
	{"attachments", func(c *client, log func(string, any)) {
		h := c.newMessage(rop.FolderOutbox)
		_, code := ask(c, h, &rop.OpenAttachmentRequest{AttachmentID: 5})
		log("open what is not there", code)
		_, code = ask(c, h, &rop.DeleteAttachmentRequest{AttachmentID: 5})
		log("delete what is not there", code)
		a, r := create(c, h, &rop.CreateAttachmentRequest{})
		log("number", r.AttachmentID)
		_, code = ask(c, a, &rop.OpenEmbeddedMessageRequest{CodePageID: rop.CodePageLogon, OpenModeFlags: rop.MessageReadOnly})
		log("embedded that is not there", code)
		inner, e := create(c, a, &rop.OpenEmbeddedMessageRequest{CodePageID: rop.CodePageLogon, OpenModeFlags: rop.MessageCreate})
		log("embedded has an id", e.MessageID != 0)
		_, code = ask(c, inner, &rop.SubmitMessageRequest{})
		log("submit embedded", code)
		_, code = ask(c, h, &rop.OpenAttachmentRequest{AttachmentID: r.AttachmentID})
		log("open what is not saved", code)
	}},
	{"names", func(c *client, log func(string, any)) {
		b := rop.NewBatch(0)
		call := rop.Add(b, b.Use(c.logon), &rop.GetPropertyIDsFromNamesRequest{Names: []mapi.PropertyName{
			{Set: mapi.PSPublicStrings, Name: "nobody has this"}, {Set: mapi.PSMAPI, LID: 0x37}}})
		c.run(b)
		r, _ := call.Result()
		log("unknown", fmt.Sprint(call.Code(), r.IDs))
		upper := mapi.PropertyName{Set: mapi.PSInternetHeaders, Name: "X-CONFORMANCE"}
		lower := mapi.PropertyName{Set: mapi.PSInternetHeaders, Name: "x-conformance"}
		r = do1(c, c.logon, &rop.GetPropertyIDsFromNamesRequest{Flags: rop.NamesCreate, Names: []mapi.PropertyName{upper, lower}})
		log("headers in two cases are one", r.IDs[0] == r.IDs[1])
		n := do1(c, c.logon, &rop.GetNamesFromPropertyIDsRequest{IDs: []mapi.PropID{0x37}})
		log("names", fmt.Sprint(n.Names))
	}},
	{"submit", func(c *client, log func(string, any)) {
		h := c.newMessage(rop.FolderOutbox)
		id := c.save(h)
		_, code := ask(c, h, &rop.SubmitMessageRequest{})
		log("no recipients", code)
		c.set(h, mapi.PidTagSentRepresentingAddressType.Of("SMTP"), mapi.PidTagSentRepresentingEmailAddress.Of("nobody@elsewhere.test"))
		c.addRecipients(h, mapi.RecipientTo, "bob@vm.test")
		c.save(h)
		_, code = ask(c, h, &rop.SubmitMessageRequest{})
		log("as a stranger", code)
		_, code = ask(c, c.logon, &rop.AbortSubmitRequest{FolderID: c.folders[rop.FolderOutbox], MessageID: id})
		log("abort what is not submitted", code)
		_, code = ask(c, c.logon, &rop.AbortSubmitRequest{FolderID: c.folders[rop.FolderOutbox], MessageID: 0x7F7F7F7F7F7F0001})
		log("abort what is not there", code)
	}},
	{"spooler", func(c *client, log func(string, any)) {
		id := c.save(c.newMessage(rop.FolderOutbox))
		_, code := ask(c, c.logon, &rop.SetSpoolerRequest{})
		log("set spooler", code)
		for _, m := range []mapi.MessageID{id, 0x7F7F7F7F7F7F0001} {
			for state := range rop.LockState(3) {
				_, code := ask(c, c.logon, &rop.SpoolerLockMessageRequest{MessageID: m, LockState: state})
				log(fmt.Sprint("there ", m == id, ", state ", state), code)
			}
		}
		_, code = ask(c, c.logon, &rop.GetTransportFolderRequest{})
		log("transport folder", code)
		r, code := ask(c, c.logon, &rop.GetAddressTypesRequest{})
		log("address types", fmt.Sprint(code, r.AddressTypes))
	}},
	{"objects", func(c *client, log func(string, any)) {
		folder := c.openFolder(c.folders[rop.FolderInbox])
		_, code := ask(c, 0x7777, &rop.GetPropertiesListRequest{})
		log("unknown handle", code)
		_, code = ask(c, folder, &rop.SubmitMessageRequest{})
		log("submit a folder", code)
		_, code = ask(c, folder, &rop.QueryPositionRequest{})
		log("position of a folder", code)
		_, code = ask(c, c.logon, &rop.GetContentsTableRequest{})
		log("contents of a logon", code)
		resp, err := c.execute([]byte{5, 0, 0x3D, 0, 0, 1, 0, 0, 0})
		if err == nil && (resp.ErrorCode != 0 || resp.StatusCode != 0) {
			err = &executed{resp.StatusCode, resp.ErrorCode}
		}
		log("unknown operation", outcome(err))
	}},
}

func countRows(c *client, folder mapi.FolderID) uint32 {
	c.t.Helper()
	_, r := create(c, c.openFolder(folder), &rop.GetContentsTableRequest{})
	return r.RowCount
}

// transcript runs a scenario and gives what it wrote down.
func transcript(c *client, s scenario) []string {
	c.t.Helper()
	workIn(c)
	var lines []string
	s.run(c, func(what string, outcome any) { lines = append(lines, fmt.Sprintf("%s: %v", what, outcome)) })
	return lines
}

// realClient is a client of the server that the environment names.
func realClient(t *testing.T) *client {
	t.Helper()
	if os.Getenv("MAPI_TEST_URL") == "" {
		t.Skip("MAPI_TEST_URL is not set: no real server to compare with")
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		t.Fatal(err)
	}
	if pem, err := os.ReadFile(os.Getenv("MAPI_TEST_CA")); err == nil {
		pool.AppendCertsFromPEM(pem)
	}
	c := &client{t: t, url: os.Getenv("MAPI_TEST_URL"), user: os.Getenv("MAPI_TEST_USER"), password: os.Getenv("MAPI_TEST_PASSWORD"),
		dn: os.Getenv("MAPI_TEST_USER_DN"), guid: fmt.Sprintf("{%v}", mapi.GUID{9, 8, 7}), cookies: map[string]string{},
		maxOut: 32 << 10, flags: frame.ExecuteNoCompression | frame.ExecuteNoXorMagic,
		http: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}}
	t.Cleanup(c.http.CloseIdleConnections)
	c.connect()
	c.logOn()
	return c
}

// TestLikeRealServer compares the profile that is named after a server with
// that server.
func TestLikeRealServer(t *testing.T) {
	real := realClient(t)
	s := server(t, mapitest.Options{Profile: mapitest.Gromox()})
	ours := open(t, s, "anna")
	for _, sc := range slices.Concat(scenarios, transferScenarios, quirkScenarios()) {
		t.Run(sc.name, func(t *testing.T) {
			ours.t, real.t = t, t
			want, got := transcript(real, sc), transcript(ours, sc)
			for i := range max(len(want), len(got)) {
				w, g := "", ""
				if i < len(want) {
					w = want[i]
				}
				if i < len(got) {
					g = got[i]
				}
				if w != g {
					t.Errorf("\nreal: %s\nours: %s", w, g)
				}
			}
		})
	}
}
