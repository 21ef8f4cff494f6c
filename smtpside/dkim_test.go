package smtpside

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"

	msgauth "github.com/emersion/go-msgauth/dkim"

	"github.com/mapigate/mapigate/smtpside/dkim"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// dkimKeys are keys of x.example, of both kinds, with what stands in the DNS for them.
var dkimKeys = sync.OnceValues(func() ([]dkim.Key, map[string]string) {
	old, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	_, young, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&old.PublicKey)
	if err != nil {
		panic(err)
	}
	keys := []dkim.Key{{Domain: "x.example", Selector: "r1", Signer: old}, {Domain: "x.example", Selector: "e1", Signer: young}, {Domain: "other.example", Selector: "r1", Signer: old}}
	return keys, map[string]string{
		"r1._domainkey.x.example": "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der),
		"e1._domainkey.x.example": "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(young.Public().(ed25519.PublicKey)),
	}
})

// signedMail sends a message through a Sender with keys and returns what a host got.
func signedMail(t *testing.T, message string, unsigned bool, without ...string) string {
	t.Helper()
	keys, _ := dkimKeys()
	sink := newSink(t, smtptest.Options{Without: without})
	s := newTestSender(t, SenderOptions{DKIM: keys})
	job := jobTo(sink.Addr, "a@y.example")
	job.Open, job.Unsigned = textOf(message), unsigned
	if got := mustSend(t, s, job); codes(got) != "250" {
		t.Fatalf("outcome %+v", got)
	}
	return string(sink.Mails()[0].Raw)
}

// verify counts the signatures that hold and those that do not.
func verify(t *testing.T, mail string) (good, bad int) {
	t.Helper()
	_, zone := dkimKeys()
	list, err := msgauth.VerifyWithOptions(strings.NewReader(mail), &msgauth.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		if txt := zone[strings.TrimSuffix(name, ".")]; txt != "" {
			return []string{txt}, nil
		}
		return nil, errors.New("no such name")
	}})
	if err != nil {
		t.Logf("the verifier: %v", err) // of a mail without a header
	}
	for _, v := range list {
		if v.Err == nil && v.Domain == "x.example" {
			good++
		} else {
			bad++
		}
	}
	return good, bad
}

const dkimHeader = "From: =?utf-8?q?J=C3=B6rg?= <joerg@x.example>\r\nTo: a@y.example\r\nSubject: hello\r\n there\r\n" +
	"Date: Sun, 1 Mar 2026 12:00:00 +0000\r\nMessage-ID: <1@x.example>\r\nMIME-Version: 1.0\r\n"

var dkimMails = []struct {
	name, message string
	without       []string
	signatures    int
}{
	{"plain", dkimHeader + "\r\nhello\r\n.dot\r\n\r\n\r\n", nil, 2},
	{"LF, last line open", strings.ReplaceAll(dkimHeader, "\r\n", "\n") + "\nhello\n.\nworld  \t", nil, 2},
	{"8 bits", dkimHeader + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße\r\n", nil, 2},
	{"8 bits, for a host without 8BITMIME", dkimHeader + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße\r\n", []string{"8BITMIME"}, 2},
	{"large", dkimHeader + "\r\n" + strings.Repeat("0123456789abcdef 0123456789abcdef\r\n", 30000), nil, 2},
	{"no body", dkimHeader + "\r\n", nil, 2},
	{"a subdomain", strings.Replace(dkimHeader, "@x.example>", "@mail.X.example>", 1) + "\r\nx\r\n", nil, 2},
	{"somebody else's", strings.Replace(dkimHeader, "joerg@x.example", "joerg@z.example", 1) + "\r\nx\r\n", nil, 0},
	{"a name alike", strings.Replace(dkimHeader, "joerg@x.example", "joerg@evilx.example", 1) + "\r\nx\r\n", nil, 0},
	{"two From", "From: joerg@x.example\r\n" + dkimHeader + "\r\nx\r\n", nil, 0},
	{"no header", "hello\r\n", nil, 0},
}

func TestDKIM(t *testing.T) {
	for _, tt := range dkimMails {
		mail := signedMail(t, tt.message, false, tt.without...)
		if good, bad := verify(t, mail); good != tt.signatures || bad != 0 {
			t.Errorf("%s: %d good and %d bad signatures, want %d:\n%.2000s", tt.name, good, bad, tt.signatures, mail)
		}
		if tt.without != nil && !strings.Contains(mail, "Gr=C3=BC=C3=9Fe") {
			t.Errorf("%s: not converted:\n%s", tt.name, mail)
		}
		if good, bad := verify(t, signedMail(t, tt.message, true)); good+bad != 0 {
			t.Errorf("%s: signed although it must not be", tt.name)
		}
	}
}

// Whatever is changed or added on the way breaks the signatures.
func TestDKIMTampering(t *testing.T) {
	mail := signedMail(t, dkimMails[0].message, false)
	for _, change := range []struct{ old, new string }{
		{"hello\r\n.dot", "hallo\r\n.dot"}, {"Subject: hello", "Subject: hallo"}, {"From: ", "From: eve@x.example\r\nFrom: "},
		{"To: a@", "Cc: eve@x.example\r\nTo: a@"}, {"MIME-Version", "Content-Type: text/html\r\nMIME-Version"},
		{"Subject:", "Reply-To: eve@z.example\r\nSubject:"},
	} {
		tampered := strings.Replace(mail, change.old, change.new, 1)
		if i := strings.Index(mail, "\r\nFrom: "); strings.HasPrefix(change.old, "From") {
			tampered = mail[:i+2] + change.new + mail[i+2+len(change.old):]
		}
		if good, bad := verify(t, tampered); good != 0 || bad != 2 {
			t.Errorf("%q: %d good signatures, %d bad", change.new, good, bad)
		}
	}
}

const pythonVerify = `
import sys, json, dkim
zone = json.loads(sys.argv[1])
mail = sys.stdin.buffer.read()
def txt(name, timeout=5): return zone.get(name.decode().rstrip('.'), '').encode() or None
n = sum(1 for line in mail.split(b'\r\n\r\n')[0].split(b'\r\n') if line.lower().startswith(b'dkim-signature:'))
print(n, sum(1 for i in range(n) if dkim.DKIM(mail).verify(idx=i, dnsfunc=txt)))
`

// The verifier of others decides: dkimpy (Debian: python3-dkim; with python3-nacl for ed25519).
func TestDKIMByDkimpy(t *testing.T) {
	_, zone := dkimKeys()
	python := ""
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import dkim, dns, nacl.signing").Run() == nil {
			python = name
			break
		}
	}
	if python == "" {
		t.Skip("no python3 with dkim, dns and nacl (Debian: python3-dkim, python3-nacl)")
	}
	records, err := json.Marshal(zone)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for _, tt := range dkimMails {
		mail := signedMail(t, tt.message, false, tt.without...)
		cmd := exec.CommandContext(context.Background(), python, "-c", pythonVerify, string(records))
		var out bytes.Buffer
		cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(mail), &out, &out
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
		if want := fmt.Sprintf("%d %[1]d\n", tt.signatures); out.String() != want {
			t.Errorf("%s: dkimpy says %q, want %q", tt.name, out.String(), want)
		}
		rows = append(rows, append([]string{tt.name}, strings.Fields(out.String())...))
	}
	smtptest.Table(t.Output(), "DKIM, verified by dkimpy", []string{"mail", "signatures", "good"}, rows)
}
