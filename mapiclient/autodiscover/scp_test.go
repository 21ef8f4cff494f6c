package autodiscover

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jimlambrt/gldap"

	"github.com/mapigate/mapigate/mapiclient/auth"
)

const configuration = "CN=Configuration,DC=a,DC=test"

// A published entry is what an Exchange server writes into its directory.
type published struct {
	dn       string
	keywords []string
	urls     []string
	created  string
}

var servers = []published{
	{"CN=EX1," + configuration, []string{scpURL, "Site=Far"}, []string{"https://far.a.test/Autodiscover/Autodiscover.xml"}, "20200101000000.0Z"},
	{"CN=EX2," + configuration, []string{strings.ToLower(scpURL), "Site=Other", "Site=Near"}, []string{"https://near2.a.test/Autodiscover/Autodiscover.xml"}, "20220101000000.0Z"},
	{"CN=EX3," + configuration, []string{scpURL, "Site=near"}, []string{"https://near1.a.test/Autodiscover/Autodiscover.xml"}, "20210101000000.0Z"},
	{"CN=EX4," + configuration, []string{scpURL}, []string{"https://any.a.test/Autodiscover/Autodiscover.xml", "http://plain.a.test/"}, "20190101000000.0Z"},
	{"CN=Other forest," + configuration, []string{scpPointer, "Domain=b.test"}, []string{"LDAP://dc.b.test"}, "20180101000000.0Z"},
}

// startDirectory is an LDAP server of somebody else's making with the entries
// of an Active Directory. It refuses searches of those who have not signed in.
func startDirectory(t *testing.T, entries []published) string {
	t.Helper()
	server, err := gldap.NewServer()
	if err != nil {
		t.Fatal(err)
	}
	mux, err := gldap.NewMux()
	if err != nil {
		t.Fatal(err)
	}
	signedIn := map[int]bool{}
	bind := func(w *gldap.ResponseWriter, r *gldap.Request) {
		answer := r.NewBindResponse(gldap.WithResponseCode(gldap.ResultInvalidCredentials))
		if m, err := r.GetSimpleBindMessage(); err == nil && m.UserName == "gateway@a.test" && string(m.Password) == "secret" {
			signedIn[r.ConnectionID()] = true
			answer.SetResultCode(gldap.ResultSuccess)
		}
		_ = w.Write(answer)
	}
	search := func(w *gldap.ResponseWriter, r *gldap.Request) {
		m, err := r.GetSearchMessage()
		done := r.NewSearchDoneResponse(gldap.WithResponseCode(gldap.ResultNoSuchObject))
		switch {
		case err != nil:
		case m.BaseDN == "" && m.Scope == gldap.BaseObject:
			_ = w.Write(r.NewSearchResponseEntry("", gldap.WithAttributes(map[string][]string{"configurationNamingContext": {configuration}})))
			done.SetResultCode(gldap.ResultSuccess)
		case !signedIn[r.ConnectionID()]:
			done.SetResultCode(gldap.ResultInsufficientAccessRights)
		case m.BaseDN == configuration && strings.Contains(m.Filter, "objectClass=serviceConnectionPoint"):
			for _, p := range entries {
				_ = w.Write(r.NewSearchResponseEntry(p.dn, gldap.WithAttributes(map[string][]string{
					"keywords": p.keywords, "serviceBindingInformation": p.urls, "whenCreated": {p.created}})))
			}
			done.SetResultCode(gldap.ResultSuccess)
		}
		_ = w.Write(done)
	}
	for _, err := range []error{mux.Bind(bind), mux.Search(search), server.Router(mux)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	ended := make(chan error, 1)
	go func() { ended <- server.Run(address) }()
	t.Cleanup(func() { _ = server.Stop(); <-ended })
	for end := time.Now().Add(10 * time.Second); !server.Ready(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the directory does not start")
		}
	}
	return "ldap://" + address
}

func hosts(urls []string) string {
	var list []string
	for _, u := range urls {
		host, _, _ := strings.Cut(strings.TrimPrefix(u, "https://"), "/")
		list = append(list, host)
	}
	return strings.Join(list, " ")
}

// Directories of other forests are asked where their hosts are allowed: first those for the domain, last those for every
// domain, and none twice however they point to one another.
func TestOtherForests(t *testing.T) {
	const far, near, ours = "https://far.test/", "https://near.test/", "https://ours.test/"
	all := startDirectory(t, []published{
		{"CN=1," + configuration, []string{scpURL}, []string{far}, "1"},
		{"CN=2," + configuration, []string{scpPointer}, []string{"LDAP://127.0.0.1:1"}, "2"}, // nobody there
	})
	theirs := startDirectory(t, []published{{"CN=1," + configuration, []string{scpURL}, []string{near}, "1"},
		{"CN=2," + configuration, []string{scpPointer}, []string{all}, "2"}})
	home := startDirectory(t, []published{
		{"CN=1," + configuration, []string{scpPointer}, []string{strings.Replace(all, "ldap", "LDAP", 1)}, "1"},
		{"CN=2," + configuration, []string{scpURL}, []string{ours}, "2"},
		{"CN=3," + configuration, []string{scpPointer, "Domain=B.test"}, []string{theirs}, "3"},
	})
	d := &Directory{URL: home, Plaintext: true, User: "gateway@a.test", Password: auth.NewSecret("secret")}
	here := func(host string) bool { return host == "127.0.0.1" }
	for name, c := range map[string]struct {
		domain string
		allow  func(string) bool
		want   string
		err    string
	}{
		"the domain of the other forest": {"b.test", here, "near.test far.test ours.test", "127.0.0.1:1"},
		"another domain":                 {"a.test", here, "ours.test far.test", "127.0.0.1:1"},
		"hosts that are not allowed":     {"b.test", func(string) bool { return false }, "ours.test", "was not asked: allow the host"},
	} {
		urls, err := d.URLs(t.Context(), c.domain, c.allow)
		if got := hosts(urls); got != c.want || err == nil || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %q, %v; want %q, %q", name, got, err, c.want, c.err)
		}
	}
}

// The directory's URLs come in the order of the specification: those of our
// site, those of no site, the others, each the oldest first. [MS-OXDISCO] 3.1.5.1
func TestServiceConnectionPoints(t *testing.T) {
	url := startDirectory(t, servers)
	d := &Directory{URL: url, Plaintext: true, User: "gateway@a.test", Password: auth.NewSecret("secret"), Site: "Near"}
	urls, err := d.URLs(t.Context(), "a.test", nil)
	if got, want := hosts(urls), "near1.a.test near2.a.test any.a.test far.a.test"; err != nil || got != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	for name, d := range map[string]*Directory{
		"bind":                       {URL: url, Plaintext: true, User: "gateway@a.test", Password: auth.NewSecret("wrong")},
		"Insufficient Access Rights": {URL: url, Plaintext: true},
		"StartTLS":                   {URL: url, User: "gateway@a.test", Password: auth.NewSecret("secret")},
		"No Such Object":             {URL: url, Plaintext: true, User: "gateway@a.test", Password: auth.NewSecret("secret"), Base: "DC=elsewhere"},
		"want ldap":                  {URL: "https://a.test"},
	} {
		if _, err := d.URLs(t.Context(), "a.test", nil); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v, want it to name %q", err, name)
		}
	}
}

// What the directory names is asked before the mail domain, where its hosts are
// allowed; a directory that is away keeps nobody from looking elsewhere.
func TestDirectoryComesFirst(t *testing.T) {
	url := startDirectory(t, servers)
	near := servers[2].urls[0]
	ntlm := auth.NewNTLM(auth.Credentials{User: "ann", Password: auth.NewSecret("x")})
	w := &world{t: t, answers: map[string]func(auth.Authenticator, string) *http.Response{
		near: signedIn(settings("near1.a.test")), bare: signedIn(settings("mail.a.test")),
	}}
	config := Config{Connect: w.connect, Auth: ntlm,
		Directory: &Directory{URL: url, Plaintext: true, User: "gateway@a.test", Password: auth.NewSecret("secret"), Site: "Near"}}
	found, err := NewFinder(config).Find(t.Context(), "ann@a.test")
	if err != nil || found.Source != near {
		t.Errorf("%+v, %v, want those of %s", found, err, near)
	}
	config.Directory = &Directory{URL: "ldap://127.0.0.1:1", Plaintext: true}
	found, err = NewFinder(config).Find(t.Context(), "ann@a.test")
	if err != nil || found.Source != bare {
		t.Errorf("%+v, %v, want those of %s", found, err, bare)
	}
}
