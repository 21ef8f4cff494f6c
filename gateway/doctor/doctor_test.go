package doctor_test

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/demo"
	"github.com/mapigate/mapigate/gateway/doctor"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// A ward is everything that a healthy gateway needs.
type ward struct {
	*testing.T
	exchange *demo.Exchange
	sink     *smtptest.Sink
	dir      string
	config   string
	names    names
	now      func() time.Time
}

const healthy = `hostname: gw.example.test
data: %[1]s/data
admin: {address: "127.0.0.1:0"}
listeners:
  - {name: apps, address: "127.0.0.1:0", mode: plain, networks: [127.0.0.0/8]}
exchange:
  - name: main
    url: %[2]s
    user_dn: %[3]s
    user: gateway
    password: secret
    auth: ntlm
    ca_file: %[1]s/ca.pem
    mailbox: gateway@example.test
    identities:
      - {from: sales@example.test, mailbox: gateway@example.test}
      - {from: "*", mailbox: anna@example.test}
outbox:
  - mailboxes: [anna@example.test]
    mode: folder
    acknowledge_bypassed_checks: true
routes:
  - {to: [example.test], via: exchange}
  - {to: [partner.test], via: smarthost/sink}
  - {via: internet}
internet:
  smarthosts:
    - {name: sink, hosts: ["%[4]s"], tls: never}
  dkim:
    - {domain: example.test, selector: one, key_file: %[1]s/dkim.pem}
`

func newWard(t *testing.T) *ward {
	t.Helper()
	w := &ward{T: t, dir: t.TempDir(), names: names{
		"gw.example.test": {"192.0.2.1"}, "PTR 192.0.2.1": {"gw.example.test."},
		"TXT example.test": {"v=spf1 a:gw.example.test -all"}, "TXT _dmarc.example.test": {"v=DMARC1; p=none"},
	}}
	w.names["TXT one._domainkey.example.test"] = []string{newKey(t, filepath.Join(w.dir, "dkim.pem"))}
	var users []mapitest.User
	for _, name := range []string{"gateway", "anna", "sales", "closed"} {
		users = append(users, mapitest.User{Name: name, Password: "secret"})
	}
	var err error
	if w.exchange, err = demo.NewExchange(demo.ExchangeOptions{Users: users}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.exchange.Close() })
	if w.sink, err = smtptest.NewSink(smtptest.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.sink.Close() })
	for _, name := range []string{"anna", "sales"} {
		if err := w.exchange.Mailbox(name).Grant("gateway", mapitest.FullAccess, mapitest.SendAs); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(w.dir, "ca.pem"), w.exchange.CertificatePEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	box := w.exchange.Mailbox("gateway")
	w.config = fmt.Sprintf(healthy, w.dir, box.URL(), box.LegacyDN(), w.sink.Addr)
	return w
}

// newKey writes a DKIM key to a file and gives the record that belongs to it.
func newKey(t *testing.T, file string) (record string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
}

// names is a resolver of a small world: addresses by name, "PTR address" and "TXT name".
type names map[string][]string

func (n names) find(key string) ([]string, error) {
	if list, ok := n[key]; ok {
		return list, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: key, IsNotFound: true}
}

func (n names) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	_, err := n.find("MX " + name)
	return nil, err
}

func (n names) LookupAddr(_ context.Context, address string) ([]string, error) {
	return n.find("PTR " + address)
}

func (n names) LookupTXT(_ context.Context, name string) ([]string, error) {
	return n.find("TXT " + name)
}

func (n names) LookupIPAddr(_ context.Context, name string) ([]net.IPAddr, error) {
	list, err := n.find(name)
	var addresses []net.IPAddr
	for _, a := range list {
		addresses = append(addresses, net.IPAddr{IP: net.ParseIP(a)})
	}
	return addresses, err
}

// examine gives the findings, one line each.
func (w *ward) examine(o doctor.Options) (ok bool, lines string) {
	w.Helper()
	c, err := config.Parse(filepath.Join(w.dir, "mapigate.yaml"), []byte(w.config))
	if err != nil {
		w.Fatal(err)
	}
	o.Report = func(f doctor.Finding) { lines += f.String() + "\n" }
	o.Timeout, o.Now = 10*time.Second, w.now
	if o.Resolver == nil {
		o.Resolver = w.names
	}
	ok = doctor.Run(w.Context(), c, o)
	return ok, lines
}

func TestHealthy(t *testing.T) {
	w := newWard(t)
	ok, lines := w.examine(doctor.Options{})
	if !ok || strings.Contains(lines, "✗") {
		t.Errorf("ok %v\n%s", ok, lines)
	}
	for _, want := range []string{
		"✓ queue folder", "✓ listener apps", "✓ admin", "✓ exchange main, discovery: https://127.0.0.1", "✓ exchange main, TLS 1.3",
		"✓ exchange main, mailbox gateway@example.test: signed in as gateway by ntlm, logged on, owner, may send as it",
		"✓ exchange main, address book: gateway@example.test is", "✓ exchange main, mailbox anna@example.test",
		"✓ exchange main, gateway@example.test sending as sales@example.test: allowed",
		"✓ exchange main, watched mailbox anna@example.test", "✓ DNS: our name gw.example.test is 192.0.2.1", "✓ smarthost sink",
		"✓ exchange main, clock", "✓ reverse name of 192.0.2.1: gw.example.test", "✓ SPF of example.test: 192.0.2.1 may send for it",
		"✓ DMARC of example.test: policy none", "✓ DKIM key one of example.test: published and right",
	} {
		if !strings.Contains(lines, want) {
			t.Errorf("no %q in\n%s", want, lines)
		}
	}
	if _, err := os.Stat(filepath.Join(w.dir, "data")); err == nil {
		t.Error("a folder was made that does not belong to the gateway's user")
	}
	if n := w.sink.Count(); n != 0 {
		t.Errorf("%d mails were sent without being asked for", n)
	}
	if left, _ := filepath.Glob(filepath.Join(w.dir, ".doctor-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// status makes the server answer everything with an HTTP status.
func (w *ward) status(code int) {
	w.exchange.Faults().Add(mapitest.Fault{At: mapitest.AnyRequest(), HTTPStatus: code, Times: -1})
}

// strand puts a mail into the queue for an exchange that the configuration does not have.
func (w *ward) strand() {
	q, err := sqlite.Open(filepath.Join(w.dir, "data", "queue"), sqlite.Options{})
	if err != nil {
		w.Fatal(err)
	}
	_, err = q.Put(w.Context(), queue.Entry{
		Mail: mail.Mail{Envelope: mail.Envelope{Recipients: []mail.Recipient{{Address: "anna@example.test"}}}},
		Body: strings.NewReader("\r\n"), Legs: []queue.Leg{{Courier: "exchange/old", Route: "exchange/old", Destination: "old"}},
	})
	if err := errors.Join(err, q.Close()); err != nil {
		w.Fatal(err)
	}
}

func TestDiagnoses(t *testing.T) {
	tests := []struct {
		name     string
		from, to string // in the configuration
		break_   func(*ward)
		want     []string // what one line must say
	}{
		{"wrong password", "password: secret", "password: wrong", nil,
			[]string{"✗ exchange main, mailbox gateway@example.test", "auth is ntlm"}},
		{"authority unknown", "    ca_file: ", "    # ca_file: ", nil, []string{"✗ exchange main, TLS", "ca_file"}},
		{"server gone", "", "", func(w *ward) { w.exchange.Close() }, []string{"✗ exchange main, TLS", "firewalls"}},
		{"mailbox closed to us", "mailbox: anna@example.test", "mailbox: closed@example.test", nil,
			[]string{"✗ exchange main, mailbox closed@example.test", "give gateway full access"}},
		{"mailbox unknown", "mailbox: anna@example.test", "mailbox: nobody@example.test", nil, []string{"✗ exchange main, mailbox nobody@example.test"}},
		{"watched mailbox closed to us", "mailboxes: [anna@example.test]", "mailboxes: [closed@example.test]", nil,
			[]string{"✗ exchange main, watched mailbox closed@example.test", "full access"}},
		{"sending as nobody", "from: sales@example.test", "from: nobody@example.test", nil,
			[]string{"✗ exchange main, gateway@example.test sending as nobody@example.test", "rewrite_from"}},
		{"sending as one who may not be opened", "from: sales@example.test", "from: closed@example.test", nil,
			[]string{"? exchange main, gateway@example.test sending as closed@example.test"}},
		{"name unknown", "", "", func(w *ward) { delete(w.names, "gw.example.test") }, []string{"✗ DNS", "internet.helo"}},
		{"smarthost gone", "", "", func(w *ward) { w.sink.Close() }, []string{"✗ smarthost sink", "firewalls"}},
		{"folder not ours", "", "", func(w *ward) {
			if err := os.WriteFile(filepath.Join(w.dir, "data"), nil, 0o600); err != nil {
				w.Fatal(err)
			}
		}, []string{"✗ queue folder", "a folder of its own"}},
		{"mail for an exchange that has another name now", "", "", (*ward).strand, []string{"✗ mail for exchange/old: exchange/old is not in the configuration any more; recipients that wait: 1", "mapigate queue drop"}},
		{"no MAPI there", "", "", func(w *ward) { w.status(http.StatusNotFound) }, []string{"✗ exchange main, mailbox gateway@example.test", "Set-OrganizationConfig -MapiHttpEnabled"}},
		{"nobody may go there", "", "", func(w *ward) { w.status(http.StatusForbidden) }, []string{"✗ exchange main, mailbox gateway@example.test", "Set-CASMailbox -MapiHttpEnabled"}},
		{"application pool down", "", "", func(w *ward) { w.status(http.StatusServiceUnavailable) }, []string{"✗ exchange main, mailbox gateway@example.test", "MSExchangeMapiMailboxAppPool"}},
		{"throttled", "", "", func(w *ward) { w.status(http.StatusTooManyRequests) }, []string{"✗ exchange main, mailbox gateway@example.test", "throttling policy"}},
		{"another DN", "user_dn: /o=", "user_dn: /o=Another", nil, []string{"✗ exchange main, mailbox gateway@example.test", "belong together"}},
		{"clock wrong", "", "", func(w *ward) { w.now = func() time.Time { return time.Now().Add(time.Hour) } }, []string{"✗ exchange main, clock", "NTP"}},
		{"server's certificate ran out", "", "", func(w *ward) { w.now = func() time.Time { return time.Now().AddDate(50, 0, 0) } }, []string{"✗ exchange main, TLS 1.3", "renew it"}},
		{"no reverse name", "", "", func(w *ward) { delete(w.names, "PTR 192.0.2.1") }, []string{"✗ reverse name of 192.0.2.1", "PTR record to gw.example.test"}},
		{"another reverse name", "", "", func(w *ward) { w.names["PTR 192.0.2.1"] = []string{"dsl-1.provider.test."} }, []string{"✗ reverse name of 192.0.2.1", "internet.helo to that name"}},
		{"no SPF", "", "", func(w *ward) { delete(w.names, "TXT example.test") }, []string{"✗ SPF of example.test", "publish a TXT record"}},
		{"SPF without us", "", "", func(w *ward) { w.names["TXT example.test"] = []string{"v=spf1 ip4:198.51.100.0/24 -all"} }, []string{"✗ SPF of example.test", "add a:gw.example.test"}},
		{"no DMARC", "", "", func(w *ward) { delete(w.names, "TXT _dmarc.example.test") }, []string{"✗ DMARC of example.test", "is a beginning"}},
		{"strict DMARC and the key of another domain", "{domain: example.test, selector", "{domain: test, selector", func(w *ward) {
			w.names["TXT _dmarc.example.test"] = []string{"v=DMARC1; p=reject; adkim=s"}
		}, []string{"✗ DMARC of example.test", "add a key for example.test"}},
		{"DKIM key not published", "", "", func(w *ward) { delete(w.names, "TXT one._domainkey.example.test") }, []string{"✗ DKIM key one of example.test", "publish its public half"}},
		{"DKIM key of another record", "", "", func(w *ward) { newKey(w.T, filepath.Join(w.dir, "dkim.pem")) }, []string{"✗ DKIM key one of example.test", "publish its public half"}},
		{"smarthost without TLS", `tls: never}`, `tls: required}`, nil, []string{"✗ smarthost sink", "certificate"}},
		{"certificate missing", "mode: plain", "mode: starttls, cert: none.pem, key: none.key", nil,
			[]string{"✗ listener apps, certificate", "PEM"}},
	}
	t.Logf("doctor: %d seeded faults, each named with its remedy", len(tests))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWard(t)
			w.config = strings.Replace(w.config, tt.from, tt.to, 1)
			if tt.break_ != nil {
				tt.break_(w)
			}
			ok, lines := w.examine(doctor.Options{})
			if wrong := strings.HasPrefix(tt.want[0], "✗"); ok == wrong {
				t.Errorf("ok is %v", ok)
			}
			for _, line := range strings.Split(lines, "\n") {
				if strings.HasPrefix(line, tt.want[0]) && strings.Contains(line, tt.want[len(tt.want)-1]) {
					return
				}
			}
			t.Errorf("no line says %q in\n%s", tt.want, lines)
		})
	}
}

func TestTakenPort(t *testing.T) {
	w := newWard(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	w.config = strings.Replace(w.config, `name: apps, address: "127.0.0.1:0"`, fmt.Sprintf("name: apps, address: %q", l.Addr()), 1)
	if ok, lines := w.examine(doctor.Options{}); ok || !strings.Contains(lines, "✗ listener apps") {
		t.Errorf("ok %v\n%s", ok, lines)
	}
	// A gateway that is running already is no reason to worry.
	sink, err := smtptest.NewSink(smtptest.Options{Hostname: "gw.example.test"})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	w.config = strings.Replace(w.config, l.Addr().String(), sink.Addr, 1)
	if ok, lines := w.examine(doctor.Options{}); !ok || !strings.Contains(lines, "is served already") {
		t.Errorf("ok %v\n%s", ok, lines)
	}
}

func TestSendTo(t *testing.T) {
	w := newWard(t)
	ok, lines := w.examine(doctor.Options{SendTo: "sales@example.test"})
	if !ok || !strings.Contains(lines, "✓ test mail to sales@example.test: submitted through gateway@example.test") {
		t.Errorf("ok %v\n%s", ok, lines)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	m, err := w.exchange.Mailbox("sales").WaitFor(ctx, mapitest.Inbox, nil)
	if err != nil || !strings.Contains(mapi.PidTagSubject.Get(m.Props), "test mail") {
		t.Errorf("%v, %v", m.Props, err)
	}
	ok, lines = w.examine(doctor.Options{SendTo: "x@partner.test"})
	if !ok || w.sink.Count() != 1 || !strings.Contains(lines, "✓ test mail to x@partner.test: taken by") {
		t.Errorf("ok %v, %d mails\n%s", ok, w.sink.Count(), lines)
	}
	w.sink.Fail(smtptest.Fault{Verb: "RCPT", Reply: "550 5.1.1 nobody"})
	if ok, lines = w.examine(doctor.Options{SendTo: "x@partner.test"}); ok || !strings.Contains(lines, "✗ test mail to x@partner.test") {
		t.Errorf("ok %v\n%s", ok, lines)
	}
}

// What a logon does not tell about sending in another's name, a mail does, once mail may be sent.
func TestSendToTellsInWhoseName(t *testing.T) {
	for name, c := range map[string]struct {
		grants []mapitest.Grant
		want   string
	}{
		"nothing":   {nil, "✗ exchange main, gateway@example.test sending as closed@example.test: not allowed"},
		"on behalf": {[]mapitest.Grant{mapitest.SendOnBehalf}, "✓ exchange main, gateway@example.test sending as closed@example.test: allowed; recipients see that gateway"},
		"on behalf and full access": {[]mapitest.Grant{mapitest.SendOnBehalf, mapitest.FullAccess},
			"✓ exchange main, gateway@example.test sending as closed@example.test: allowed; recipients see that gateway"},
		"send as": {[]mapitest.Grant{mapitest.SendAs}, "✓ exchange main, gateway@example.test sending as closed@example.test: allowed\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWard(t)
			w.config = strings.Replace(w.config, "from: sales@example.test", "from: closed@example.test", 1)
			if err := w.exchange.Mailbox("closed").Grant("gateway", c.grants...); err != nil {
				t.Fatal(err)
			}
			if _, lines := w.examine(doctor.Options{SendTo: "sales@example.test"}); !strings.Contains(lines, c.want) {
				t.Errorf("no %q in\n%s", c.want, lines)
			}
		})
	}
}

// What keeps a test mail from leaving has its remedy: a port that is blocked, a host that does not trust us.
func TestSendToTheInternet(t *testing.T) {
	const closed = "127.0.0.1:1" // a port that nobody is given
	w := newWard(t)
	w.names["away.test"] = []string{"127.0.0.1"}
	try := func(address string) string {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			t.Fatal(err)
		}
		whole := w.config
		defer func() { w.config = whole }()
		w.config = strings.Replace(w.config, "internet:\n", "internet:\n  port: "+port+"\n", 1)
		_, lines := w.examine(doctor.Options{SendTo: "x@away.test"})
		return lines
	}
	if lines := try(closed); !strings.Contains(lines, "✗ test mail to x@away.test") || !strings.Contains(lines, "outwards may be blocked") {
		t.Errorf("a blocked port:\n%s", lines)
	}
	w.sink.Fail(smtptest.Fault{Verb: "RCPT", Reply: "550 5.7.1 listed"})
	if lines := try(w.sink.Addr); !strings.Contains(lines, "does not trust us") {
		t.Errorf("a host that does not trust us:\n%s", lines)
	}
	w.sink.Heal()
	if lines := try(w.sink.Addr); !strings.Contains(lines, "✓ test mail to x@away.test") {
		t.Errorf("all is well:\n%s", lines)
	}
}

// TestNoMoreThanOneRejection: an account is not locked by looking at it.
func TestNoMoreThanOneRejection(t *testing.T) {
	w := newWard(t)
	w.config = strings.Replace(w.config, "password: secret", "password: wrong", 1)
	if ok, lines := w.examine(doctor.Options{}); ok || strings.Count(lines, "was refused") != 1 {
		t.Errorf("ok %v\n%s", ok, lines)
	}
}
