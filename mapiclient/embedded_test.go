package mapiclient_test

import (
	"crypto/tls"
	"testing"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// TestEmbeddedServer runs the suite against the test Exchange.
func TestEmbeddedServer(t *testing.T) {
	s := mapitest.NewServer(t)
	var boxes []*mapitest.Mailbox
	for _, name := range []string{"anna", "otto"} {
		m, err := s.AddUser(mapitest.User{Name: name, Address: name + "@example.test", Password: "secret", DisplayName: name + " Tester"})
		if err != nil {
			t.Fatal(err)
		}
		boxes = append(boxes, m)
	}
	anna := boxes[0]
	runSuite(t, target{recipient: boxes[1].Address(), options: mapiclient.Options{
		Endpoint: mapiclient.Endpoint{URL: anna.URL(), AddressBookURL: anna.AddressBookURL(), UserDN: anna.LegacyDN()},
		Address:  anna.Address(),
		Auth:     auth.NewBasic(auth.Credentials{User: anna.Address(), Password: auth.NewSecret("secret")}),
		HTTP:     mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: s.CertPool()}},
	}})
}
