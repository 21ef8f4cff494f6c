package autodiscover_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/autodiscover"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
)

// TestLive asks a real server named by MAPI_TEST_AUTODISCOVER_URL.
func TestLive(t *testing.T) {
	where := os.Getenv("MAPI_TEST_AUTODISCOVER_URL")
	if where == "" {
		t.Skip("MAPI_TEST_AUTODISCOVER_URL is not set: no real server to test against")
	}
	var lanes mapihttp.LaneConfig
	if ca := os.Getenv("MAPI_TEST_CA"); ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			t.Fatal(err)
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		lanes.TLS = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	password := auth.NewSecret(os.Getenv("MAPI_TEST_PASSWORD"))
	for name, a := range map[string]auth.Authenticator{
		"Basic":     auth.NewBasic(auth.Credentials{User: os.Getenv("MAPI_TEST_USER"), Password: password}),
		"NTLM":      auth.NewNTLM(auth.Credentials{User: os.Getenv("MAPI_TEST_NTLM_USER"), Password: password}),
		"version 2": auth.NewNTLM(auth.Credentials{User: os.Getenv("MAPI_TEST_NTLM_USER"), Password: password}),
		"wrong":     auth.NewBasic(auth.Credentials{User: os.Getenv("MAPI_TEST_USER"), Password: auth.NewSecret("x")}),
	} {
		t.Run(name, func(t *testing.T) {
			at := where
			if name == "version 2" {
				at = strings.TrimSuffix(where, ".xml") + ".json"
			}
			f := autodiscover.NewFinder(autodiscover.Config{URL: at, Auth: a,
				Connect: func(u *url.URL, a auth.Authenticator) autodiscover.Carrier {
					return mapihttp.NewLanes(u, a, lanes)
				}})
			s, err := f.Find(t.Context(), os.Getenv("MAPI_TEST_USER"))
			if name == "wrong" {
				var rejected *auth.RejectedError
				if !errors.As(err, &rejected) {
					t.Errorf("%v, want a *auth.RejectedError", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%+v", s)
			if s.Source != where {
				t.Errorf("told by %s, want %s", s.Source, where)
			}
			if want := os.Getenv("MAPI_TEST_USER_DN"); want != "" && s.LegacyDN != want {
				t.Errorf("LegacyDN %q, want %q", s.LegacyDN, want)
			}
			if want := os.Getenv("MAPI_TEST_URL"); want != "" && s.MailStore.URLs()[0] != want {
				t.Errorf("URL %q, want %q", s.MailStore.URLs()[0], want)
			}
		})
	}
}
