package mapiclient_test

import (
	"crypto/tls"
	"testing"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// TestEmbeddedServer runs the suite against the test Exchange, as each of the
// servers that it can imitate.
func TestEmbeddedServer(t *testing.T) {
	for _, p := range []*mapitest.Profile{mapitest.ExchangeSE(), mapitest.Gromox()} {
		t.Run(p.Name, func(t *testing.T) {
			s := mapitest.NewServer(t, mapitest.Options{Profile: p})
			for _, name := range []string{"anna", "otto"} {
				u := mapitest.User{Name: name, Address: name + "@example.test", Password: "secret", DisplayName: name + " Tester"}
				if _, err := s.AddUser(u); err != nil {
					t.Fatal(err)
				}
			}
			anna := s.Mailbox("anna")
			runSuite(t, target{recipient: "otto@example.test", options: mapiclient.Options{
				Endpoint: mapiclient.Endpoint{URL: anna.URL(), AddressBookURL: anna.AddressBookURL(), UserDN: anna.LegacyDN()},
				Address:  anna.Address(),
				Auth:     auth.NewBasic(auth.Credentials{User: anna.Address(), Password: auth.NewSecret("secret")}),
				HTTP:     mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: s.CertPool()}},
			}})
		})
	}
}
