package mapitest_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// Names of the environment by which a test makes a process of its own a server.
const (
	serveDir  = "MAPITEST_SERVE_DIR"
	serveAddr = "MAPITEST_SERVE_ADDR"
)

// A killable is a server in a process of its own, and how to reach it.
type killable struct {
	cmd             *exec.Cmd
	Addr, URL, Anna string
}

// stateOptions are those of a server whose state is in dir. What it sends goes
// into a file there, a line each.
func stateOptions(dir, addr string) mapitest.Options {
	return mapitest.Options{
		Addr: addr, StateDir: filepath.Join(dir, "state"), Domains: []string{"example.test"},
		Users: []mapitest.User{
			{Name: "anna", Address: "anna@example.test", Password: "secret"},
			{Name: "otto", Address: "otto@example.test", Password: "secret"},
		},
		Transport: func(_ context.Context, m *mapi.Message, _ mapitest.Envelope) error {
			out, err := os.OpenFile(filepath.Join(dir, "out"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
			if err != nil {
				return err
			}
			defer out.Close()
			_, err = fmt.Fprintln(out, mapi.PidTagSubject.Get(m.Props))
			return err
		},
	}
}

// TestServe is no test but the server that TestKill kills.
func TestServe(t *testing.T) {
	dir := os.Getenv(serveDir)
	if dir == "" {
		t.Skip("this is the server of TestKill, which starts it by " + serveDir)
	}
	s, err := mapitest.New(stateOptions(dir, os.Getenv(serveAddr)))
	if err != nil {
		t.Fatal(err)
	}
	m := s.Mailbox("anna")
	if err := json.NewEncoder(os.Stdout).Encode(killable{Addr: s.Addr(), URL: m.URL(), Anna: m.LegacyDN()}); err != nil {
		t.Fatal(err)
	}
	<-t.Context().Done() // it is killed before
}

// startKillable starts the server of TestServe.
func startKillable(t *testing.T, dir, addr string) *killable {
	t.Helper()
	k := &killable{cmd: exec.Command(os.Args[0], "-test.run=^TestServe$", "-test.timeout=2m")}
	k.cmd.Env = append(os.Environ(), serveDir+"="+dir, serveAddr+"="+addr)
	k.cmd.Stderr = os.Stderr
	out, err := k.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := k.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.kill)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if json.Unmarshal(lines.Bytes(), k) == nil && k.URL != "" {
			return k
		}
	}
	t.Fatalf("the server did not start: %v", lines.Err())
	return nil
}

// kill ends the process as kill -9 does.
func (k *killable) kill() {
	_ = k.cmd.Process.Kill()
	_ = k.cmd.Wait()
}

// A promise is what the server has answered.
type promise struct {
	subject   string
	id        mapi.MessageID
	submitted bool
}

// promises are what all answers have said.
type promises struct {
	mu   sync.Mutex
	list []promise
}

func (p *promises) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.list)
}

// work saves and submits until the server is gone.
func (p *promises) work(t *testing.T, k *killable, dir, name string) {
	pem, err := os.ReadFile(filepath.Join(dir, "state", "authority.pem"))
	if err != nil {
		t.Error(err)
		return
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	c := &client{
		t: t, url: k.URL, user: "anna", password: "secret", dn: k.Anna, guid: fmt.Sprintf("{%v}", mapi.GUID{9, byte(len(name))}),
		cookies: make(map[string]string), maxOut: frame.MaxRopBuffer, flags: frame.ExecuteNoCompression | frame.ExecuteNoXorMagic,
		http: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}},
	}
	defer c.http.CloseIdleConnections()
	var connected frame.ConnectResponse
	if a, err := c.send(frame.Connect, c.connectRequest(), &connected); err != nil || a.code != 0 {
		return
	}
	b := rop.NewBatch(0)
	logon := rop.Add(b, rop.Slot{}, c.logonRequest())
	if c.try(b) != nil {
		return
	}
	r, err := logon.Result()
	if err != nil {
		t.Error(err)
		return
	}
	c.logon, c.folders = logon.Handle(), r.Folders
	for i := 0; ; i++ {
		q := promise{subject: fmt.Sprintf("%s-%d", name, i), submitted: i%2 == 0}
		if !c.promised(&q) {
			return
		}
		p.mu.Lock()
		p.list = append(p.list, q)
		p.mu.Unlock()
	}
}

// promised saves a message, or submits it, in one Execute.
func (c *client) promised(q *promise) bool {
	to := smtpRecipients(mapi.RecipientTo, "otto@example.test", "far@away.test")
	folder := rop.FolderOutbox
	if !q.submitted {
		folder = rop.FolderSentItems
	}
	b := rop.NewBatch(0)
	m := rop.Add(b, b.Use(c.logon), &rop.CreateMessageRequest{CodePageID: rop.CodePageLogon, FolderID: c.folders[folder]})
	rop.Add(b, m.Out, &rop.SetPropertiesRequest{Props: mapi.Props{mapi.PidTagSubject.Of(q.subject), mapi.PidTagBody.Of(strings.Repeat("x", 2000)), c.sentItems()}})
	columns := mapi.RecipientColumns(to)
	rows := &rop.ModifyRecipientsRequest{Columns: columns}
	for i, r := range to {
		row := mapi.MakeRecipientRow(r, columns)
		rows.Rows = append(rows.Rows, rop.ModifyRecipientRow{RowID: uint32(i), Type: r.Type, Row: &row})
	}
	rop.Add(b, m.Out, rows)
	saved := rop.Add(b, m.Out, &rop.SaveChangesMessageRequest{SaveFlags: rop.KeepOpenReadWrite})
	if q.submitted {
		rop.Add(b, m.Out, &rop.SubmitMessageRequest{})
	}
	b.Release(m.Out)
	if c.try(b) != nil {
		return false
	}
	r, err := saved.Result()
	if err != nil {
		c.t.Error(err)
		return false
	}
	q.id = r.MessageID
	return true
}

// TestKill kills a server again and again while clients save and submit. At the
// end everything that was answered is there.
func TestKill(t *testing.T) {
	const kills, workers = 4, 4
	dir := t.TempDir()
	p, addr := &promises{}, "127.0.0.1:0"
	for n := range kills {
		k := startKillable(t, dir, addr)
		addr = k.Addr
		var work sync.WaitGroup
		for w := range workers {
			work.Go(func() { p.work(t, k, dir, fmt.Sprintf("%d-%d", n, w)) })
		}
		for deadline := time.Now().Add(30 * time.Second); p.count() < 4*(n+1) && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
		k.kill()
		work.Wait()
	}
	s := mapitest.NewServer(t, stateOptions(dir, ""))
	p.check(t, s, dir, kills)
}

func (p *promises) check(t *testing.T, s *mapitest.Server, dir string, kills int) {
	if len(p.list) < 10 {
		t.Fatalf("only %d answers", len(p.list))
	}
	waitEmpty(t, s.Mailbox("anna"))
	arrived := perSubject(s.Mailbox("otto").Messages(mapitest.Inbox))
	ids := make(map[mapi.MessageID]bool)
	for _, q := range p.list {
		if ids[q.id] {
			t.Errorf("%s: the id %v was given twice", q.subject, q.id)
		}
		ids[q.id] = true
		if q.submitted && arrived[q.subject] == 0 {
			t.Errorf("%s was submitted and did not arrive", q.subject)
		} else if m, ok := s.Mailbox("anna").Message(q.id); !q.submitted && (!ok || mapi.PidTagSubject.Get(m.Props) != q.subject) {
			t.Errorf("%s was saved, and is not there", q.subject)
		}
	}
	for subject, n := range arrived {
		if n != 1 {
			t.Errorf("%s was delivered %d times", subject, n)
		}
	}
	t.Logf("%d answers, %d arrived", len(p.list), len(arrived))
	p.checkOut(t, dir, kills)
}

// waitEmpty waits until nothing submitted is in the Outbox: all is filed. A kill may
// leave a draft there, which was saved and not yet submitted.
func waitEmpty(t *testing.T, m *mapitest.Mailbox) {
	for deadline := time.Now().Add(30 * time.Second); submitted(m) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d messages stay in the Outbox", submitted(m))
		}
	}
}

func perSubject(list []mapitest.Stored) map[string]int {
	n := make(map[string]int)
	for _, m := range list {
		n[mapi.PidTagSubject.Get(m.Props)]++
	}
	return n
}

// checkOut looks at what went out: everything, and twice only what was under
// way at a kill, at most eight at a time.
func (p *promises) checkOut(t *testing.T, dir string, kills int) {
	b, err := os.ReadFile(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(b))
	slices.Sort(lines)
	once := slices.Compact(slices.Clone(lines))
	if doubled := len(lines) - len(once); doubled > 8*kills {
		t.Errorf("%d of %d went out twice", doubled, len(once))
	}
	for _, q := range p.list {
		if _, ok := slices.BinarySearch(once, q.subject); q.submitted && !ok {
			t.Errorf("%s was submitted and did not go out", q.subject)
		}
	}
}

// TestRestart ends a server in order and looks at what the next one has.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	s, err := mapitest.New(stateOptions(dir, ""))
	if err != nil {
		t.Fatal(err)
	}
	anna := s.Mailbox("anna")
	large := strings.Repeat("large value ", 20000)
	id, err := anna.Deposit(mapitest.Drafts, &mapi.Message{
		Props:       mapi.Props{mapi.PidTagSubject.Of("kept")},
		Attachments: []mapi.Attachment{{Data: mapi.BytesStream(large)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := anna.Grant("otto", mapitest.SendAs, mapitest.FullAccess); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddUser(mapitest.User{Name: "eva", Address: "eva@example.test", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	certificate, dn := string(s.CertificatePEM()), anna.LegacyDN()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = mapitest.NewServer(t, stateOptions(dir, ""))
	anna = s.Mailbox("anna")
	if string(s.CertificatePEM()) != certificate || anna.LegacyDN() != dn {
		t.Error("the next server has another certificate, or anna another DN")
	}
	m, ok := anna.Message(id)
	if !ok || m.Folder != mapitest.Drafts || string(read(t, m.Attachments[0].Data)) != large {
		t.Errorf("the message is %v in %q, or its attachment another", ok, m.Folder)
	}
	if _, err := s.AddUser(mapitest.User{Name: "eva", Address: "eva@example.test", Password: "secret"}); err != nil {
		t.Errorf("adding a user that was: %v", err)
	}
	if _, err := s.AddUser(mapitest.User{Name: "eva", Address: "eva@example.test", Password: "secret"}); err == nil {
		t.Error("a user was added twice")
	}
	c := dial(t, s, "otto", "anna")
	c.connect()
	c.logOn()
}

// TestStateLost takes the disk away: from then on nothing is answered as if it were kept.
func TestStateLost(t *testing.T) {
	dir := t.TempDir()
	s := mapitest.NewServer(t, stateOptions(dir, ""))
	c := open(t, s, "anna")
	if err := os.RemoveAll(filepath.Join(dir, "state", "values")); err != nil {
		t.Fatal(err)
	}
	large := &mapi.Message{Attachments: []mapi.Attachment{{Data: mapi.BytesStream(make([]byte, 100000))}}}
	if _, err := s.Mailbox("anna").Deposit(mapitest.Drafts, large); err == nil {
		t.Error("a value that cannot be kept was taken")
	}
	if c.promised(&promise{subject: "after"}) {
		t.Error("a message was saved by a server that can keep nothing")
	}
}

// submitted counts what is on its way out.
func submitted(m *mapitest.Mailbox) int {
	n := 0
	for _, s := range m.Messages(mapitest.Outbox) {
		if s.Flags&0x8 == 0 {
			n++
		}
	}
	return n
}
