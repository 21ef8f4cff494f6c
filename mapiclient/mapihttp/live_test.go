package mapihttp_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/nspi"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// live reads where a real server is from MAPI_TEST_*, or skips the test.
func live(t *testing.T, urlName string) mapihttp.Config {
	t.Helper()
	u := os.Getenv(urlName)
	if u == "" {
		t.Skipf("%s is not set: no real server to test against", urlName)
	}
	c := mapihttp.Config{URL: u, Auth: auth.NewBasic(auth.Credentials{
		User: os.Getenv("MAPI_TEST_USER"), Password: auth.NewSecret(os.Getenv("MAPI_TEST_PASSWORD"))})}
	c.TLS = liveTLS(t)
	return c
}

func liveTLS(t *testing.T) *tls.Config {
	t.Helper()
	ca := os.Getenv("MAPI_TEST_CA")
	if ca == "" {
		return nil
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatalf("%s holds no certificate", ca)
	}
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

func liveContext(t *testing.T, c mapihttp.Config) *mapihttp.Context {
	t.Helper()
	return liveContextOf(t, c, os.Getenv("MAPI_TEST_USER_DN"))
}

// liveQuiet connects to the third account where there is one, in which fewer
// tests make events and wait for them.
func liveQuiet(t *testing.T) (x *mapihttp.Context, dn string) {
	t.Helper()
	c := live(t, "MAPI_TEST_URL")
	dn = os.Getenv("MAPI_TEST_USER_DN")
	if third := os.Getenv("MAPI_TEST_USER_DN3"); third != "" {
		dn, c.URL = third, os.Getenv("MAPI_TEST_URL3")
		c.Auth = auth.NewBasic(auth.Credentials{
			User: os.Getenv("MAPI_TEST_USER3"), Password: auth.NewSecret(os.Getenv("MAPI_TEST_PASSWORD3"))})
	}
	c.WaitTimeout = 3 * time.Second
	return liveContextOf(t, c, dn), dn
}

func liveContextOf(t *testing.T, c mapihttp.Config, dn string) *mapihttp.Context {
	t.Helper()
	client, err := mapihttp.NewClient(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	x, err := client.Connect(t.Context(), dn, mapihttp.ConnectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if x.Lost() == nil {
			if err := x.Disconnect(context.Background()); err != nil {
				t.Errorf("Disconnect: %v", err)
			}
		}
	})
	return x
}

// logonPayload is a RopLogon to the private mailbox of dn. [MS-OXCSTOR] 2.2.1.1
func logonPayload(dn string) []byte {
	rops := []byte{0xFE, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, byte(len(dn) + 1), byte((len(dn) + 1) >> 8)}
	rops = append(append(rops, dn...), 0)
	size := len(rops) + 2
	return append(append([]byte{byte(size), byte(size >> 8)}, rops...), 0xFF, 0xFF, 0xFF, 0xFF)
}

func liveLogon(t *testing.T, x *mapihttp.Context) {
	t.Helper()
	liveLogonTo(t, x, os.Getenv("MAPI_TEST_USER_DN"))
}

func liveLogonTo(t *testing.T, x *mapihttp.Context, dn string) {
	t.Helper()
	out, err := x.Execute(t.Context(), logonPayload(dn), mapihttp.ExecuteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) != 1 || len(out[0]) < 160 || !bytes.Equal(out[0][2:8], []byte{0xFE, 0, 0, 0, 0, 0}) {
		t.Fatalf("answer to RopLogon: %x", out)
	}
}

func TestLiveMailbox(t *testing.T) {
	x := liveContext(t, live(t, "MAPI_TEST_URL"))
	info := x.Info()
	if info.DisplayName == "" { // gromox 3.10 has no DN prefix
		t.Errorf("Connect told %+v", info)
	}
	t.Logf("%+v, %s, expires in %v", info, x.ServerApplication(), time.Until(x.Expires()))
	liveLogon(t, x)
	for range 3 {
		if err := x.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		liveLogon(t, x)
	}
	if time.Until(x.Expires()) < time.Minute {
		t.Errorf("expires %v", x.Expires())
	}
}

func TestLiveRefusals(t *testing.T) {
	c := live(t, "MAPI_TEST_URL")
	client, err := mapihttp.NewClient(c)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_, err = client.Connect(t.Context(), "/o=nobody/cn=nobody", mapihttp.ConnectOptions{})
	t.Logf("unknown DN: %v", err)
	var code *mapi.Error
	if !errors.As(err, &code) {
		t.Errorf("unknown DN: %v, want a *mapi.Error", err)
	}
	x := liveContext(t, c)
	_, err = x.Execute(t.Context(), []byte{3, 0, 0x99}, mapihttp.ExecuteOptions{})
	t.Logf("unknown ROP: %v", err)
	if err == nil || x.Lost() != nil {
		t.Errorf("unknown ROP: %v; context lost: %v", err, x.Lost())
	}
	liveLogon(t, x)
}

func TestLiveWrongPassword(t *testing.T) {
	c := live(t, "MAPI_TEST_URL")
	wrong := auth.NewSecret("not the password")
	for _, a := range []auth.Authenticator{
		auth.NewBasic(auth.Credentials{User: os.Getenv("MAPI_TEST_USER"), Password: wrong}),
		auth.NewNTLM(auth.Credentials{User: os.Getenv("MAPI_TEST_NTLM_USER"), Password: wrong}),
	} {
		c.Auth = a
		client, err := mapihttp.NewClient(c)
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Connect(t.Context(), os.Getenv("MAPI_TEST_USER_DN"), mapihttp.ConnectOptions{})
		client.Close()
		t.Logf("%v", err)
		var rejected *auth.RejectedError
		if !errors.As(err, &rejected) || strings.Contains(err.Error(), "not the password") {
			t.Errorf("%s: %v, want a *auth.RejectedError", a.Name(), err)
		}
	}
}

func TestLiveNTLM(t *testing.T) {
	c := live(t, "MAPI_TEST_URL")
	user := os.Getenv("MAPI_TEST_NTLM_USER")
	if user == "" {
		t.Skip("MAPI_TEST_NTLM_USER is not set")
	}
	cred := auth.Credentials{User: user, Password: auth.NewSecret(os.Getenv("MAPI_TEST_PASSWORD"))}
	for name, a := range map[string]auth.Authenticator{
		"NTLM":          auth.NewNTLM(cred),
		"first offered": auth.FirstOffered(auth.NewBearer("nobody", nil), auth.NewNTLM(cred)),
		"Basic offered": auth.FirstOffered(c.Auth, auth.NewNTLM(cred)),
	} {
		t.Run(name, func(t *testing.T) {
			c := c
			c.Auth = a
			client, err := mapihttp.NewClient(c)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			x, err := client.Connect(t.Context(), os.Getenv("MAPI_TEST_USER_DN"), mapihttp.ConnectOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for range 5 {
				liveLogon(t, x)
			}
			if n := client.Lanes().Opened(); n != 1 {
				t.Errorf("%d connections for requests one after another", n)
			}
			if err := x.Disconnect(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestLiveIdle lets the lane be forgotten and goes on with the same context.
func TestLiveIdle(t *testing.T) {
	c := live(t, "MAPI_TEST_URL")
	c.IdleTimeout = 10 * time.Millisecond
	x := liveContext(t, c)
	liveLogon(t, x)
	time.Sleep(50 * time.Millisecond)
	liveLogon(t, x)
}

func TestLiveReplace(t *testing.T) {
	c := live(t, "MAPI_TEST_URL")
	client, err := mapihttp.NewClient(c)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	dn := os.Getenv("MAPI_TEST_USER_DN")
	old, err := client.Connect(t.Context(), dn, mapihttp.ConnectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := client.Connect(t.Context(), dn, mapihttp.ConnectOptions{Replaces: old})
	if err != nil {
		t.Fatal(err)
	}
	liveLogon(t, x)
	_, err = old.Execute(t.Context(), logonPayload(dn), mapihttp.ExecuteOptions{})
	t.Logf("the replaced context: %v", err)
	if err == nil || old.Lost() == nil {
		t.Errorf("the replaced context still works: %v", err)
	}
	if err := x.Disconnect(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestLiveNotificationWait gives up a wait, with Executes beside it.
func TestLiveNotificationWait(t *testing.T) {
	x, dn := liveQuiet(t)
	liveLogonTo(t, x, dn)
	type result struct {
		pending bool
		err     error
	}
	done := make(chan result, 1)
	go func() {
		pending, err := x.NotificationWait(t.Context())
		done <- result{pending, err}
	}()
	for range 10 {
		liveLogonTo(t, x, dn) // beside it
		time.Sleep(50 * time.Millisecond)
	}
	r := <-done
	if errors.Is(r.err, mapi.ErrRejected) {
		t.Skip("the server still holds a wait that an earlier session gave up")
	}
	if r.pending || r.err != nil {
		t.Errorf("NotificationWait: %v, %v", r.pending, r.err)
	}
	liveLogonTo(t, x, dn)
	// gromox 3.10 takes 3 seconds to notice; a Disconnect before that would
	// make it refuse the waits of the next context for a minute and a half.
	time.Sleep(5 * time.Second)
}

// liveBatch runs a batch and takes its answer apart.
func liveBatch(t *testing.T, x *mapihttp.Context, b *rop.Batch) {
	t.Helper()
	payload, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	out, err := x.Execute(t.Context(), payload, mapihttp.ExecuteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Decode(out...); err != nil {
		t.Fatal(err)
	}
}

// result gives the response of a ROP that must succeed.
func result[R rop.Response](t *testing.T, c *rop.Call[R]) R {
	t.Helper()
	r, err := c.Result()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// startWait starts a NotificationWait that must be told of something, and
// returns when it is under way. The server may still hold one that an earlier
// session gave up, and refuses this one meanwhile.
func startWait(t *testing.T, x *mapihttp.Context) <-chan error {
	t.Helper()
	start := time.Now()
	for time.Since(start) < 2*time.Minute {
		told := make(chan error, 1)
		go func() {
			pending, err := x.NotificationWait(t.Context())
			if err == nil && !pending {
				err = errors.New("it says that nothing is pending")
			}
			told <- err
		}()
		select {
		case err := <-told:
			if !errors.Is(err, mapi.ErrRejected) {
				t.Fatalf("NotificationWait ended before there was anything to tell: %v", err)
			}
			time.Sleep(time.Second)
		case <-time.After(300 * time.Millisecond):
			t.Logf("NotificationWait is under way after %v", time.Since(start).Round(time.Second))
			return told
		}
	}
	t.Skip("the server still holds a wait that an earlier session gave up")
	return nil
}

// TestLiveEvent has the server tell of a message that is saved while a
// NotificationWait is under way.
func TestLiveEvent(t *testing.T) {
	x, dn := liveQuiet(t)
	b := rop.NewBatch(0)
	logon := rop.Add(b, rop.Slot{}, &rop.LogonRequest{LogonFlags: rop.LogonPrivate,
		OpenFlags: rop.OpenUsePerMDBReplIDMapping, Essdn: dn})
	liveBatch(t, x, b)
	folder, store := result(t, logon).Folders[rop.FolderDeletedItems], logon.Handle()
	b = rop.NewBatch(0)
	rop.Add(b, b.Use(store), &rop.RegisterNotificationRequest{Types: rop.NotifyObjectCreated, FolderID: folder})
	liveBatch(t, x, b)

	told := startWait(t, x)
	b = rop.NewBatch(0)
	create := rop.Add(b, b.Use(store), &rop.CreateMessageRequest{CodePageID: 0x0FFF, FolderID: folder})
	save := rop.Add(b, create.Out, &rop.SaveChangesMessageRequest{SaveFlags: rop.KeepOpenReadOnly})
	liveBatch(t, x, b)
	id := result(t, save).MessageID
	notifications := b.Notifications
	select {
	case err := <-told:
		if err != nil {
			t.Errorf("NotificationWait: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("NotificationWait was not told")
	}
	b = rop.NewBatch(0) // an empty Execute fetches what there is
	liveBatch(t, x, b)
	found := false
	for _, n := range append(notifications, b.Notifications...) {
		found = found || n.Data.MessageID == id && n.Data.FolderID == folder
	}
	if !found {
		t.Errorf("no notification of the message %v: %+v", id, b.Notifications)
	}
	b = rop.NewBatch(0)
	open := rop.Add(b, b.Use(store), &rop.OpenFolderRequest{FolderID: folder})
	rop.Add(b, open.Out, &rop.HardDeleteMessagesRequest{MessageIDs: []mapi.MessageID{id}})
	liveBatch(t, x, b)
}

func TestLiveBook(t *testing.T) {
	client, err := mapihttp.NewClient(live(t, "MAPI_TEST_NSPI_URL"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	book := client.Open()
	call := func(kind frame.RequestType, req wire.Coder, resp mapihttp.Answer) {
		t.Helper()
		if err := book.Call(t.Context(), kind, req, resp); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		dump, err := json.Marshal(resp)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %.2000s", kind, dump)
	}
	var bound nspi.BindResponse
	call(frame.Bind, &nspi.BindRequest{Stat: nspi.NewStat()}, &bound)
	if bound.ErrorCode != 0 || bound.ServerGUID.IsZero() {
		t.Fatalf("Bind: %+v", bound)
	}
	columns := []mapi.PropTag{0x3001001F, 0x39FE001F, 0x39000003, 0x3003001F, 0x800F101F, 0x0FFF0102}
	var names nspi.ResolveNamesResponse
	call(frame.ResolveNames, &nspi.ResolveNamesRequest{Stat: nspi.NewStat(), Tags: columns,
		Names: []string{"=SMTP:" + os.Getenv("MAPI_TEST_USER"), os.Getenv("MAPI_TEST_USER"), "no such name"}}, &names)
	if len(names.MIDs) != 3 || names.MIDs[1] != nspi.Resolved || names.MIDs[2] == nspi.Resolved || names.Table == nil {
		t.Errorf("ResolveNames: %+v", names)
	}
	var ids nspi.DNToMIdResponse
	call(frame.DNToMId, &nspi.DNToMIdRequest{DNs: []string{os.Getenv("MAPI_TEST_USER_DN"), "/o=nobody"}}, &ids)
	if len(ids.MIDs) != 2 || ids.MIDs[0] == 0 || ids.MIDs[1] != 0 {
		t.Fatalf("DNToMId: %+v", ids)
	}
	stat := nspi.NewStat()
	stat.CurrentRec = ids.MIDs[0]
	var props nspi.GetPropsResponse
	call(frame.GetProps, &nspi.GetPropsRequest{Stat: stat, Tags: columns}, &props)
	var rows nspi.QueryRowsResponse
	call(frame.QueryRows, &nspi.QueryRowsRequest{Stat: nspi.NewStat(), RowCount: 10, Columns: columns}, &rows)
	var explicit nspi.QueryRowsResponse
	call(frame.QueryRows, &nspi.QueryRowsRequest{Stat: nspi.NewStat(), ExplicitTable: ids.MIDs[:1], RowCount: 10, Columns: columns}, &explicit)
	if explicit.Table == nil || len(explicit.Table.Rows) != 1 {
		t.Errorf("QueryRows of one entry: %+v", explicit)
	}
	var matches nspi.GetMatchesResponse
	call(frame.GetMatches, &nspi.GetMatchesRequest{Stat: nspi.NewStat(), RowCount: 10, Columns: columns,
		Filter: mapi.Equal(mapi.Prop{Tag: 0x3001001F, Value: "alice"})}, &matches)
	var special nspi.GetSpecialTableResponse
	call(frame.GetSpecialTable, &nspi.GetSpecialTableRequest{Flags: nspi.SpecialTableUnicode, Stat: nspi.NewStat()}, &special)
	for _, kind := range []frame.RequestType{frame.GetMailboxURL, frame.GetAddressBookURL} {
		var u nspi.URLResponse
		call(kind, &nspi.URLRequest{DN: os.Getenv("MAPI_TEST_USER_DN")}, &u)
	}
	var unbound nspi.UnbindResponse
	call(frame.Unbind, &nspi.UnbindRequest{}, &unbound)
	if unbound.ErrorCode != nspi.UnbindSuccess {
		t.Errorf("Unbind: %v", unbound.ErrorCode)
	}
}
