package signin

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/smtpside"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// A slapd is OpenLDAP's server with two users, alice and "bob, jr", that it locks after five wrong passwords.
type slapd struct {
	ldap, ldaps string // URLs
	ca          *smtptest.CA
}

const slapdData = `dn: dc=example,dc=test
objectClass: dcObject
objectClass: organization
o: test
dc: example

dn: ou=people,dc=example,dc=test
objectClass: organizationalUnit
ou: people

dn: cn=policy,dc=example,dc=test
objectClass: device
objectClass: pwdPolicy
cn: policy
pwdAttribute: userPassword
pwdLockout: TRUE
pwdMaxFailure: 5
pwdLockoutDuration: 600

dn: uid=alice,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
uid: alice
cn: Alice
sn: A
mail: alice@example.test
userPassword: wonder

dn: uid=bob\, jr,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
uid: bob, jr
cn: Bob
sn: B
userPassword: build

dn: uid=twin1,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
uid: twin1
cn: Twin
sn: T
mail: twin@example.test
userPassword: t

dn: uid=twin2,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
uid: twin2
cn: Twin
sn: T
mail: twin@example.test
userPassword: t
`

// startSlapd starts the server of the system, or of packages unpacked in the folder that MAPIGATE_PEERS names.
func startSlapd(t *testing.T) *slapd {
	t.Helper()
	root := os.Getenv("MAPIGATE_PEERS")
	program := filepath.Join(root, "/usr/sbin/slapd")
	if _, err := os.Stat(program); err != nil {
		t.Skip("slapd is not installed (Debian: slapd): no directory to test with")
	}
	dir := t.TempDir()
	ca, err := smtptest.NewCA()
	if err != nil {
		t.Fatal(err)
	}
	certPEM, keyPEM, err := ca.Files("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	s := &slapd{ca: ca}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cert, key := write("cert.pem", string(certPEM)), write("key.pem", string(keyPEM))
	if err := os.Mkdir(filepath.Join(dir, "db"), 0o700); err != nil {
		t.Fatal(err)
	}
	schema := filepath.Join(root, "/etc/ldap/schema")
	conf := write("slapd.conf", strings.Join([]string{
		"include " + schema + "/core.schema", "include " + schema + "/cosine.schema", "include " + schema + "/inetorgperson.schema",
		"modulepath " + filepath.Join(root, "/usr/lib/ldap"), "moduleload ppolicy",
		"TLSCertificateFile " + cert, "TLSCertificateKeyFile " + key,
		"security simple_bind=128", // no password in the clear
		"database ldif", `suffix "dc=example,dc=test"`, `rootdn "cn=admin,dc=example,dc=test"`, "directory " + filepath.Join(dir, "db"), "overlay ppolicy", `ppolicy_default "cn=policy,dc=example,dc=test"`,
		"access to attrs=userPassword by anonymous auth by * none", "access to * by * read", "",
	}, "\n"))
	libraries, err := filepath.Glob(filepath.Join(root, "/usr/lib/*-linux-gnu"))
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "LD_LIBRARY_PATH="+strings.Join(libraries, ":"))
	add := exec.Command(program, "-Ta", "-f", conf, "-l", write("data.ldif", slapdData))
	add.Env = env
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("slapadd: %v\n%s", err, out)
	}
	plain, secure := freeAddress(t), freeAddress(t)
	s.ldap, s.ldaps = "ldap://"+plain, "ldaps://"+secure
	server := exec.Command(program, "-d", "0", "-f", conf, "-h", s.ldap+"/ "+s.ldaps+"/")
	server.Env = env
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Process.Kill(); server.Wait() })
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", secure)
		if err == nil {
			conn.Close()
			return s
		}
		if time.Now().After(end) {
			t.Fatalf("slapd does not answer: %v", err)
		}
	}
}

func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestLDAPWithSlapd(t *testing.T) {
	s := startSlapd(t)
	trusting := s.ca.Client()
	const people = "ou=people,dc=example,dc=test"
	bind := LDAPOptions{URL: s.ldaps, TLS: trusting, BindDN: "uid=%s," + people}
	start := LDAPOptions{URL: s.ldap, TLS: trusting, BindDN: "uid=%s," + people}
	find := LDAPOptions{URL: s.ldaps, TLS: trusting, Base: "dc=example,dc=test", Filter: "(|(uid=%s)(mail=%s))", NameAttribute: "mail"}
	service := LDAPOptions{URL: s.ldaps, TLS: trusting, Base: people, Filter: "(uid=%s)", SearchDN: "uid=alice," + people, SearchPassword: "wonder"}
	clear := start
	clear.Plaintext = true
	distrusting := bind
	distrusting.TLS = &tls.Config{}
	for _, tt := range []struct {
		how            string
		opts           LDAPOptions
		name, password string
		want           string // the user; "" for refused, "!" for an error of ours
	}{
		{"bind", bind, "alice", "wonder", "alice"},
		{"bind", bind, "alice", "wrong", ""},
		{"bind", bind, "alice", "", ""}, // an unauthenticated bind would succeed
		{"bind", bind, "nobody", "x", ""},
		{"bind", bind, "bob, jr", "build", "bob, jr"}, // escaped
		{"bind", bind, "alice,ou=people", "wonder", ""},
		{"StartTLS", start, "alice", "wonder", "alice"},
		{"no TLS", clear, "alice", "wonder", "!"}, // slapd insists
		{"search", find, "alice@example.test", "wonder", "alice@example.test"},
		{"search", find, "alice", "wonder", "alice@example.test"},
		{"search", find, "alice", "wrong", ""},
		{"search", find, "*", "wonder", ""}, // escaped
		{"search", find, "twin@example.test", "t", "!"},
		{"search", find, "bob, jr", "build", "!"}, // has no mail
		{"search, signed in", service, "bob, jr", "build", "bob, jr"},
		{"another CA", distrusting, "alice", "wonder", "!"},
		{"nobody there", LDAPOptions{URL: "ldap://" + freeAddress(t), BindDN: "uid=%s"}, "alice", "wonder", "!"},
	} {
		l, err := NewLDAP(tt.opts)
		if err != nil {
			t.Fatal(err)
		}
		user, err := l.Check(context.Background(), nil, smtpside.Credentials{Username: tt.name, Password: tt.password})
		got := user
		if err != nil && !errors.As(err, new(smtpside.Status)) {
			got = "!"
		}
		if got != tt.want || (err == nil) != (tt.want != "" && tt.want != "!") {
			t.Errorf("%s %q with %q: %q, %v", tt.how, tt.name, tt.password, user, err)
		}
	}
}

// The directory locks an account after five wrong passwords. It does so when everybody asks it, and never behind the bans.
func TestBansKeepSlapdFromLocking(t *testing.T) {
	s := startSlapd(t)
	l, err := NewLDAP(LDAPOptions{URL: s.ldaps, TLS: s.ca.Client(), BindDN: "uid=%s,ou=people,dc=example,dc=test"})
	if err != nil {
		t.Fatal(err)
	}
	bans, err := NewBans(BansOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(c Checker, name, password string) error {
		_, err := c.Check(context.Background(), nil, smtpside.Credentials{Username: name, Password: password})
		return err
	}
	for i := range 50 {
		ask(bans.Guard(l), "alice", fmt.Sprint("guess", i))
		if i < 10 {
			ask(l, "bob, jr", fmt.Sprint("guess", i))
		}
	}
	if err := ask(l, "alice", "wonder"); err != nil {
		t.Errorf("alice, guarded: %v", err)
	}
	if err := ask(l, "bob, jr", "build"); !blames(err) {
		t.Errorf("bob, not guarded: %v; does this directory lock at all?", err)
	}
}

func TestLDAPOptions(t *testing.T) {
	for _, o := range []LDAPOptions{
		{}, {URL: "http://x", BindDN: "%s"}, {URL: "ldap://x"}, {URL: "ldap://x", BindDN: "uid=bob"}, {URL: "ldap://x", Base: "dc=x"},
		{URL: "ldap://x", Base: "dc=x", Filter: "(uid=bob)"}, {URL: "ldaps://", BindDN: "%s"},
	} {
		if _, err := NewLDAP(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}
