package mapiclient

import (
	"testing"

	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/autodiscover"
)

// Credentials go to the mail domain's hosts and to those that are allowed by name; and a mailbox of another domain that
// the server names does not add that domain.
func TestWhoMayHaveCredentials(t *testing.T) {
	c, err := New(Options{
		Address: "ann@Home.test", AutodiscoverURL: "https://ask.hoster.test:8443/autodiscover/autodiscover.xml",
		AllowedHosts: []string{"mail.hoster.test", ".below.test", ""},
		Auth:         auth.NewBasic(auth.Credentials{User: "ann"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	other, err := c.Alternative(autodiscover.AlternativeMailbox{SMTPAddress: "boss@evil.test"})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]bool{
		"home.test": true, "autodiscover.home.test": true, "MAIL.home.test": true, "ask.hoster.test": true, "mail.hoster.test": true, "a.below.test": true,
		"evil.test": false, "autodiscover.evil.test": false, "nothome.test": false, "hoster.test": false, "below.test": false, "": false, "test": false,
	} {
		for name, client := range map[string]*Client{"the client": c, "its alternative": other} {
			if got := client.mayHaveCredentials(host); got != want {
				t.Errorf("%s shows credentials to %q: %v, want %v", name, host, got, want)
			}
		}
	}
	if other.opts.Address != "boss@evil.test" {
		t.Errorf("asks for %s", other.opts.Address)
	}
	// Who opens mailboxes that others name says whose hosts may have credentials.
	named, err := New(Options{Address: "x@attacker.test", Domain: "Home.test", Auth: auth.NewBasic(auth.Credentials{})})
	if err != nil || named.mayHaveCredentials("autodiscover.attacker.test") || named.mayHaveCredentials("attacker.test") || !named.mayHaveCredentials("mail.home.test") {
		t.Errorf("with a domain of its own, the client shows credentials to the wrong hosts: %v", err)
	}
	// Without an address nothing is allowed by itself.
	none, err := New(Options{Endpoint: Endpoint{URL: "https://x/", UserDN: "/o=A"}, Auth: auth.NewBasic(auth.Credentials{})})
	if err != nil || none.mayHaveCredentials("x") || none.mayHaveCredentials("") {
		t.Errorf("without an address: %v", err)
	}
}
