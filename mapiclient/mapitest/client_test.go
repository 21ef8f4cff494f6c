package mapitest_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A client is a MAPI/HTTP client without any of the comforts of mapiclient:
// tests say exactly what goes over the wire.
type client struct {
	t        testing.TB
	http     *http.Client
	url      string
	user     string
	password string
	guid     string
	dn       string
	n        int
	cookies  map[string]string
	logon    uint32 // handle
	folders  [13]mapi.FolderID
	maxOut   uint32
	flags    frame.ExecuteFlags
}

// server starts a server with users anna, otto and the boss (an administrator).
func server(t testing.TB, opts ...mapitest.Options) *mapitest.Server {
	t.Helper()
	s := mapitest.NewServer(t, opts...)
	for _, u := range []mapitest.User{
		{Name: "anna", Address: "anna@example.test", DisplayName: "Anna Ärmel", Aliases: []string{"a.aermel@example.test"}},
		{Name: "otto", Address: "otto@example.test", DisplayName: "Otto Ohm"},
		{Name: "boss", Address: "boss@example.test", DisplayName: "Bea Boss", Admin: true},
	} {
		u.Password = "secret"
		if _, err := s.AddUser(u); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// dial makes a client of a user for a mailbox, not yet connected.
func dial(t testing.TB, s *mapitest.Server, user, mailbox string) *client {
	t.Helper()
	m := s.Mailbox(mailbox)
	c := &client{
		t: t, url: m.URL(), user: user, password: "secret", dn: m.LegacyDN(),
		guid:    fmt.Sprintf("{%v}", mapi.GUID{byte(len(user)), 1, 2, 3}),
		cookies: make(map[string]string), maxOut: frame.MaxRopBuffer,
		flags: frame.ExecuteNoCompression | frame.ExecuteNoXorMagic,
		http:  &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.CertPool()}}},
	}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

// open makes a connected client that is logged on to its user's own mailbox.
func open(t testing.TB, s *mapitest.Server, user string) *client {
	t.Helper()
	c := dial(t, s, user, user)
	c.connect()
	c.logOn()
	return c
}

// An answer is what came back.
type answer struct {
	status int
	code   frame.ResponseCode // the late one, if there is one
	header http.Header
	late   http.Header
	tags   []frame.Tag
	body   []byte
}

// request builds a request that is right in every respect.
func (c *client) request(kind frame.RequestType, body []byte) *http.Request {
	c.n++
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.SetBasicAuth(c.user, c.password)
	r.Header.Set("Content-Type", frame.ContentType)
	r.Header.Set(frame.HeaderRequestType, string(kind))
	r.Header.Set(frame.HeaderRequestID, c.guid+":"+strconv.Itoa(c.n))
	r.Header.Set(frame.HeaderClientInfo, c.guid+":1")
	r.Header.Set(frame.HeaderClientApplication, "Outlook/15.0.4535.1000")
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	return r
}

// do sends a request and keeps the cookies that come back.
func (c *client) do(r *http.Request) (*answer, error) {
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	for _, k := range resp.Cookies() {
		c.cookies[k.Name] = k.Value
	}
	a := &answer{status: resp.StatusCode, header: resp.Header}
	code, _ := strconv.Atoi(resp.Header.Get(frame.HeaderResponseCode))
	a.code = frame.ResponseCode(code)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != frame.ContentType {
		a.body, err = io.ReadAll(resp.Body)
		return a, err
	}
	body := bufio.NewReader(resp.Body)
	late, err := frame.ReadPreamble(body, func(t frame.Tag) { a.tags = append(a.tags, t) })
	if err != nil {
		return nil, err
	}
	a.late = http.Header(late)
	if v := a.late.Get(frame.HeaderResponseCode); v != "" {
		code, _ := strconv.Atoi(v)
		a.code = frame.ResponseCode(code)
	}
	a.body, err = io.ReadAll(body)
	return a, err
}

// send sends a good request and reads the answer's body into resp, unless the
// transport refused.
func (c *client) send(kind frame.RequestType, body, resp wire.Coder) (*answer, error) {
	c.t.Helper()
	var b []byte
	if body != nil {
		var err error
		if b, err = wire.Marshal(body); err != nil {
			c.t.Fatal(err)
		}
	}
	a, err := c.do(c.request(kind, b))
	if err != nil || a.status != http.StatusOK || a.code != 0 || resp == nil {
		return a, err
	}
	return a, wire.Unmarshal(a.body, resp)
}

func (c *client) must(kind frame.RequestType, body, resp wire.Coder) *answer {
	c.t.Helper()
	a, err := c.send(kind, body, resp)
	if err != nil {
		c.t.Fatalf("%s: %v", kind, err)
	}
	if a.status != http.StatusOK || a.code != 0 {
		c.t.Fatalf("%s: HTTP %d, response code %v: %s", kind, a.status, a.code, a.body)
	}
	return a
}

func (c *client) connectRequest() *frame.ConnectRequest {
	return &frame.ConnectRequest{UserDN: c.dn, CodePage: 1252, LcidSort: 0x409, LcidString: 0x409}
}

func (c *client) connect() {
	c.t.Helper()
	var resp frame.ConnectResponse
	c.must(frame.Connect, c.connectRequest(), &resp)
	if resp.StatusCode != 0 || resp.ErrorCode != 0 {
		c.t.Fatalf("Connect: status 0x%X, error 0x%X", resp.StatusCode, resp.ErrorCode)
	}
}

func (c *client) logonRequest() *rop.LogonRequest {
	return &rop.LogonRequest{LogonFlags: rop.LogonPrivate, OpenFlags: rop.OpenUsePerMDBReplIDMapping, Essdn: c.dn}
}

func (c *client) logOn() *rop.LogonResponse {
	c.t.Helper()
	b := rop.NewBatch(0)
	call := rop.Add(b, rop.Slot{}, c.logonRequest())
	c.run(b)
	r := result(c.t, call)
	c.logon, c.folders = call.Handle(), r.Folders
	return r
}

// execute sends a payload and gives the Execute's answer.
func (c *client) execute(payload []byte) (*frame.ExecuteResponse, error) {
	c.t.Helper()
	buffer, err := frame.AppendPayload(nil, payload, frame.Last)
	if err != nil {
		c.t.Fatal(err)
	}
	var resp frame.ExecuteResponse
	a, err := c.send(frame.Execute, &frame.ExecuteRequest{Flags: c.flags, RopBuffer: buffer, MaxRopOut: c.maxOut}, &resp)
	if err != nil {
		return nil, err
	}
	if a.code != 0 || a.status != http.StatusOK {
		return nil, &transportError{a.status, a.code}
	}
	return &resp, nil
}

// transportError is an Execute that the transport refused.
type transportError struct {
	status int
	code   frame.ResponseCode
}

func (e *transportError) Error() string {
	return fmt.Sprintf("HTTP %d, response code %v", e.status, e.code)
}

// executed is an Execute that failed as a whole.
type executed struct{ status, code uint32 }

func (e *executed) Error() string {
	return fmt.Sprintf("Execute: status 0x%X, error 0x%X", e.status, e.code)
}

// try runs a batch.
func (c *client) try(b *rop.Batch) error {
	c.t.Helper()
	payload, err := b.Encode()
	if err != nil {
		c.t.Fatal(err)
	}
	resp, err := c.execute(payload)
	if err != nil {
		return err
	}
	if resp.StatusCode != 0 || resp.ErrorCode != 0 {
		return &executed{resp.StatusCode, resp.ErrorCode}
	}
	payloads, err := frame.Payloads(resp.RopBuffer, 4<<20)
	if err != nil {
		return err
	}
	return b.Decode(payloads...)
}

// run runs a batch that the server must take.
func (c *client) run(b *rop.Batch) {
	c.t.Helper()
	if err := c.try(b); err != nil {
		c.t.Fatal(err)
	}
}

// one runs a single request on an object and gives its result.
func one[R rop.Response](c *client, handle uint32, q rop.RequestOf[R]) (R, error) {
	c.t.Helper()
	b := rop.NewBatch(0)
	call := rop.Add(b, b.Use(handle), q)
	c.run(b)
	return call.Result()
}

// do1 runs a single request that must succeed.
func do1[R rop.Response](c *client, handle uint32, q rop.RequestOf[R]) R {
	c.t.Helper()
	r, err := one(c, handle, q)
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// create runs a single request that must make an object, and gives its handle.
func create[R rop.Response](c *client, handle uint32, q rop.RequestOf[R]) (uint32, R) {
	c.t.Helper()
	b := rop.NewBatch(0)
	call := rop.Add(b, b.Use(handle), q)
	c.run(b)
	return call.Handle(), result(c.t, call)
}

func result[R rop.Response](t testing.TB, call *rop.Call[R]) R {
	t.Helper()
	r, err := call.Result()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// codeOf is the return value behind an error; 0 is none.
func codeOf(t testing.TB, err error) mapi.ErrorCode {
	t.Helper()
	if err == nil {
		return 0
	}
	e, ok := err.(*mapi.Error)
	if !ok {
		t.Fatalf("not a refusal: %v", err)
	}
	return e.Code
}

func wantCode(t testing.TB, what string, err error, want mapi.ErrorCode) {
	t.Helper()
	if got := codeOf(t, err); got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// openFolder gives the handle of a folder.
func (c *client) openFolder(id mapi.FolderID) uint32 {
	c.t.Helper()
	h, _ := create(c, c.logon, &rop.OpenFolderRequest{FolderID: id})
	return h
}

// newMessage creates a message with properties, unsaved.
func (c *client) newMessage(folder int, props ...mapi.Prop) uint32 {
	c.t.Helper()
	h, _ := create(c, c.logon, &rop.CreateMessageRequest{CodePageID: rop.CodePageLogon, FolderID: c.folders[folder]})
	if len(props) > 0 {
		c.set(h, props...)
	}
	return h
}

// set sets properties without a problem.
func (c *client) set(h uint32, props ...mapi.Prop) {
	c.t.Helper()
	r := do1(c, h, &rop.SetPropertiesRequest{Props: props})
	if len(r.Problems) > 0 {
		c.t.Fatalf("problems: %+v", r.Problems)
	}
}

// save saves a message, keeping it open for writing, and gives its id.
func (c *client) save(h uint32) mapi.MessageID {
	c.t.Helper()
	return do1(c, h, &rop.SaveChangesMessageRequest{SaveFlags: rop.KeepOpenReadWrite}).MessageID
}

// openMessage opens a message for writing.
func (c *client) openMessage(folder int, id mapi.MessageID) uint32 {
	c.t.Helper()
	h, _ := create(c, c.logon, &rop.OpenMessageRequest{CodePageID: rop.CodePageLogon, FolderID: c.folders[folder], OpenModeFlags: rop.MessageReadWrite, MessageID: id})
	return h
}

// get reads properties; an absent one is an error in its place.
func (c *client) get(h uint32, tags ...mapi.PropTag) mapi.Props {
	c.t.Helper()
	return do1(c, h, &rop.GetPropertiesSpecificRequest{Tags: tags, WantUnicode: true}).Row
}

// addRecipient adds an SMTP recipient.
func (c *client) addRecipients(h uint32, t mapi.RecipientType, addresses ...string) {
	c.t.Helper()
	c.recipients(h, smtpRecipients(t, addresses...)...)
}

func smtpRecipients(t mapi.RecipientType, addresses ...string) []mapi.Recipient {
	var list []mapi.Recipient
	for _, a := range addresses {
		local, _, _ := strings.Cut(a, "@")
		list = append(list, mapi.Recipient{Type: t, Props: mapi.Props{
			mapi.PidTagDisplayName.Of(local), mapi.PidTagAddressType.Of("SMTP"), mapi.PidTagEmailAddress.Of(a), mapi.PidTagSmtpAddress.Of(a),
		}})
	}
	return list
}

// recipients sets the recipients of a message.
func (c *client) recipients(h uint32, list ...mapi.Recipient) {
	c.t.Helper()
	q := &rop.ModifyRecipientsRequest{Columns: mapi.RecipientColumns(list)}
	for i, r := range list {
		row := mapi.MakeRecipientRow(r, q.Columns)
		q.Rows = append(q.Rows, rop.ModifyRecipientRow{RowID: uint32(i), Type: r.Type, Row: &row})
	}
	do1(c, h, q)
}

// now is a time that properties can hold.
func (c *client) now() time.Time { return time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC) }
