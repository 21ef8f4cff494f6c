package ingress

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/smtpside/milter"
)

// startLibmilter starts testdata/changes.py on libmilter, the library that most filters are built with, and gives its address.
func startLibmilter(t *testing.T) string {
	t.Helper()
	root := os.Getenv("MAPIGATE_PEERS")
	libraries, err := filepath.Glob(filepath.Join(root, "/usr/lib/*-linux-gnu"))
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "PYTHONPATH="+filepath.Join(root, "/usr/lib/python3/dist-packages"), "LD_LIBRARY_PATH="+strings.Join(libraries, ":"))
	probe := exec.Command("python3", "-c", "import Milter")
	probe.Env = env
	if probe.Run() != nil {
		t.Skip("python3 with pymilter is not installed (Debian: python3-milter): no libmilter to test with")
	}
	socket := filepath.Join(t.TempDir(), "s")
	server := exec.Command("python3", filepath.Join("testdata", "changes.py"), socket)
	server.Env = env
	var said strings.Builder
	server.Stderr = &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Process.Kill(); server.Wait() })
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("unix", socket); err == nil {
			conn.Close()
			return "unix:" + socket
		}
		if time.Now().After(end) {
			t.Fatalf("the milter does not answer: %s", said.String())
		}
	}
}

// What libmilter asks for is done: to the header, the body, the envelope, and the mail is held.
func TestMilterLibmilter(t *testing.T) {
	filter, err := milter.New(milter.Options{Address: startLibmilter(t), Hostname: "gw.test"})
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, loopback(), func(o *Options) { o.Filters, o.Spool = []Filter{{Filter: filter, Name: "changes"}}, t.TempDir() })
	s.talk("> MAIL FROM:<a@here.test>\n250\n> RCPT TO:<bob@here.test>\n250\n> RCPT TO:<eve@far.test>\n250\n> DATA\n354\n" +
		`> From: a@here.test\r\nSubject: hello\r\nDate: d\r\nMessage-ID: <1@x>\r\n\r\nHello\r\n.` + "\n250\n> QUIT\n221")
	rec, body := s.only()
	e := rec.Mail.Envelope
	if e.From != "bounces@here.test" || !e.EightBit || len(e.Recipients) != 2 || e.Recipients[0].Address != "eve@far.test" ||
		e.Recipients[1] != (mail.Recipient{Address: "carl@here.test", Notify: mail.NotifyNever}) {
		t.Errorf("envelope %+v", e)
	}
	if rec.Recipients[0].State.String() != "held" {
		t.Errorf("the mail is %s", rec.Recipients[0].State)
	}
	want := "X-First: yes\r\nFrom: a@here.test\r\nSubject: seen by libmilter\r\nDate: d\r\nMessage-ID: <1@x>\r\nX-Last: two\r\n\tlines\r\n\r\n" +
		"Hello,\r\nwr\xc3\xa4pped\r\nlong " + strings.Repeat("0123456789", 20000) + "\r\n"
	if !strings.HasSuffix(body, want) {
		t.Errorf("the mail is\n%.900q\nwant at its end\n%.300q", body, want)
	}
}
