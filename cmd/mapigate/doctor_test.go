package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/demo"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

func TestDoctor(t *testing.T) {
	x, err := demo.NewExchange(demo.ExchangeOptions{Users: []mapitest.User{{Name: "gateway", Password: "secret"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	dir := t.TempDir()
	file := filepath.Join(dir, "mapigate.yaml")
	write := func(password string) {
		writeFile(t, filepath.Join(dir, "ca.pem"), string(x.CertificatePEM()))
		writeFile(t, file, fmt.Sprintf(`hostname: gw.example.test
data: data
admin: {address: ""}
listeners: [{name: apps, address: "127.0.0.1:0", mode: plain, networks: [127.0.0.0/8]}]
exchange:
  - {name: main, url: %q, user_dn: %q, user: gateway, password: %s, auth: ntlm, ca_file: ca.pem, mailbox: gateway@example.test}
routes: [{via: exchange}]
`, x.Mailbox("gateway").URL(), x.Mailbox("gateway").LegacyDN(), password))
	}
	write("secret")
	if got := runLine(t, "", "doctor", "-c", file); got.code != cli.Fine || strings.Contains(got.out, "✗") || got.err != "" {
		t.Errorf("healthy: code %d\n%s%s", got.code, got.out, got.err)
	}
	var list []finding
	if got := runLine(t, "", "doctor", "-c", file, "--json"); got.code != cli.Fine || json.Unmarshal([]byte(got.out), &list) != nil || len(list) < 5 || list[0].Mark != "fine" {
		t.Errorf("healthy, as JSON: code %d, %v\n%s%s", got.code, list, got.out, got.err)
	}
	if got := runLine(t, "", "config", "check", "-c", file, "--json"); got.code != cli.Fine || !strings.Contains(got.out, `"fine": true`) {
		t.Errorf("config check as JSON: code %d\n%s%s", got.code, got.out, got.err)
	}
	if got := runLine(t, "", "mailbox", "ls", "-c", file); got.code != cli.Fine || !strings.Contains(got.out, "\nSent Items ") {
		t.Errorf("mailbox ls: code %d\n%s%s", got.code, got.out, got.err)
	}
	if got := runLine(t, "", "mailbox", "ls", "-c", file, "--exchange", "other"); got.code != cli.Failed || !strings.Contains(got.err, `no exchange "other"`) {
		t.Errorf("mailbox ls: code %d\n%s", got.code, got.err)
	}
	if got := runLine(t, "", "mailbox", "ls", "-c", file, "--user", "x"); got.code != cli.Usage {
		t.Errorf("mailbox ls: code %d\n%s", got.code, got.err)
	}
	write("wrong")
	if got := runLine(t, "", "doctor", "-c", file); got.code != cli.Failed || !strings.Contains(got.out, "✗ exchange main") {
		t.Errorf("wrong password: code %d\n%s%s", got.code, got.out, got.err)
	}
	if got := runLine(t, "", "doctor", "-c", file, "--json"); got.code != cli.Failed || !strings.Contains(got.out, `"mark": "wrong"`) || strings.Contains(got.out, "✗") {
		t.Errorf("wrong password, as JSON: code %d\n%s%s", got.code, got.out, got.err)
	}
	writeFile(t, filepath.Join(dir, "bad.yaml"), "nonsense: 1\nlag: 2\n")
	var said struct{ Errors []string }
	if got := runLine(t, "", "config", "check", "-c", filepath.Join(dir, "bad.yaml"), "--json"); got.code != cli.Failed || json.Unmarshal([]byte(got.out), &said) != nil || len(said.Errors) != 2 {
		t.Errorf("bad configuration, as JSON: code %d\n%s%s", got.code, got.out, got.err)
	}
	if got := runLine(t, "", "doctor", "-c", filepath.Join(dir, "none.yaml")); got.code != cli.Failed || !strings.Contains(got.out, "none.yaml") {
		t.Errorf("no configuration: code %d\n%s%s", got.code, got.out, got.err)
	}
}
