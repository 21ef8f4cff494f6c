package gateway_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/organisation"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// With admin_rights the account opens mailboxes that nobody has shared with it.
func TestAdminRights(t *testing.T) {
	s := mapitest.NewServer(t)
	for _, u := range []mapitest.User{{Name: "ben"}, {Name: "gateway", Admin: true}} {
		u.Address, u.Password = u.Name+"@example.test", "secret"
		if _, err := s.AddUser(u); err != nil {
			t.Fatal(err)
		}
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, s.CertificatePEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, rights := range []bool{false, true} {
		e := &config.Exchange{URL: s.Mailbox("gateway").URL(), UserDN: s.Mailbox("gateway").LegacyDN(), Mailbox: "gateway@example.test",
			CAFile: ca, User: "gateway", Password: "secret", Auth: "ntlm, basic", AdminRights: rights}
		client, err := organisation.NewClient(e, "ben@example.test", nil)
		if err != nil {
			t.Fatal(err)
		}
		m, err := client.OpenMailbox(t.Context())
		if (err == nil) != rights || err != nil && !errors.Is(err, mapi.ErrLoginPerm) {
			t.Errorf("admin_rights %v: %v", rights, err)
		}
		if m != nil {
			_ = m.Close(t.Context())
		}
		client.Close()
	}
}

// Of the ways to sign in that are allowed the first that the server offers is taken.
func TestSeveralWaysToSignIn(t *testing.T) {
	for _, c := range []struct {
		auth    string
		offered []mapitest.AuthScheme
		works   bool
	}{
		{"ntlm, basic", []mapitest.AuthScheme{mapitest.AuthBasic, mapitest.AuthNTLM}, true},
		{"ntlm, basic", []mapitest.AuthScheme{mapitest.AuthBasic}, true},
		{"basic,ntlm", []mapitest.AuthScheme{mapitest.AuthNegotiate}, true},
		{"ntlm", []mapitest.AuthScheme{mapitest.AuthBasic}, false},
	} {
		s := mapitest.NewServer(t, mapitest.Options{Auth: c.offered})
		if _, err := s.AddUser(mapitest.User{Name: "ben", Address: "ben@example.test", Password: "secret"}); err != nil {
			t.Fatal(err)
		}
		ca := filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(ca, s.CertificatePEM(), 0o600); err != nil {
			t.Fatal(err)
		}
		e := &config.Exchange{URL: s.Mailbox("ben").URL(), UserDN: s.Mailbox("ben").LegacyDN(), Mailbox: "ben@example.test",
			CAFile: ca, User: "ben", Password: "secret", Auth: c.auth}
		client, err := organisation.NewClient(e, "ben@example.test", nil)
		if err != nil {
			t.Fatal(err)
		}
		m, err := client.OpenMailbox(t.Context())
		if (err == nil) != c.works {
			t.Errorf("%s where %v is offered: %v", c.auth, c.offered, err)
		}
		if m != nil {
			_ = m.Close(t.Context())
		}
		client.Close()
	}
}
