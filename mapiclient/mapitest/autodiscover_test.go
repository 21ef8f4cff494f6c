package mapitest_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

const (
	requestNS  = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
	responseNS = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
)

// discover sends a POX request and gives the answer.
func discover(t *testing.T, s *mapitest.Server, user, inner string, capable bool) string {
	t.Helper()
	body := fmt.Sprintf(`<?xml version="1.0"?><Autodiscover xmlns=%q><Request>%s</Request></Autodiscover>`, requestNS, inner)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.AutodiscoverURL(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(user, "secret")
	r.Header.Set("Content-Type", "text/xml")
	if capable {
		r.Header.Set("X-MapiHttpCapability", "1")
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.CertPool()}}}
	defer client.CloseIdleConnections()
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("HTTP %d: %v", resp.StatusCode, err)
	}
	return string(b)
}

func address(a string) string {
	return "<EMailAddress>" + a + "</EMailAddress><AcceptableResponseSchema>" + responseNS + "</AcceptableResponseSchema>"
}

func TestAutodiscover(t *testing.T) {
	s := server(t)
	anna, otto := s.Mailbox("anna"), s.Mailbox("otto")
	if err := anna.Grant("otto", mapitest.FullAccess); err != nil {
		t.Fatal(err)
	}
	escape := func(s string) string { return strings.ReplaceAll(s, "&", "&amp;") }
	tests := []struct {
		name, user, inner string
		capable           bool
		has, lacks        string
	}{
		{"own", "anna", address("anna@example.test"), true, "<InternalUrl>" + escape(anna.URL()) + "</InternalUrl>", "AlternativeMailbox"},
		{"by alias", "anna", address("a.aermel@example.test"), true, anna.LegacyDN(), "<ErrorCode>"},
		{"address book", "anna", address("anna@example.test"), true, escape(anna.AddressBookURL()), "<ErrorCode>"},
		{"without the capability", "anna", address("anna@example.test"), false, "<Action>settings</Action>", "mapiHttp"},
		{"the DN wins", "anna", "<LegacyDN>" + otto.LegacyDN() + "</LegacyDN>" + address("anna@example.test"), true, otto.LegacyDN(), anna.LegacyDN()},
		{"unknown", "anna", address("nobody@example.test"), true, "<ErrorCode>500</ErrorCode>", "Account"},
		{"no schema", "anna", "<EMailAddress>anna@example.test</EMailAddress>", true, "<ErrorCode>601</ErrorCode>", "Account"},
		{"shared mailbox", "otto", address("otto@example.test"), true, "<SmtpAddress>anna@example.test</SmtpAddress>", "<ErrorCode>"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := discover(t, s, test.user, test.inner, test.capable)
			if !strings.Contains(got, test.has) || strings.Contains(got, test.lacks) {
				t.Errorf("want %q and not %q in\n%s", test.has, test.lacks, got)
			}
		})
	}
}
