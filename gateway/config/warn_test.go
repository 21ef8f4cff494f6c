package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const careful = `hostname: gw.example.test
listeners:
  - {name: apps, address: ":2525", mode: plain, networks: [10.1.0.0/16]}
routes:
  - {to: [example.test], via: smarthost/out}
  - {via: internet}
internet: {smarthosts: [{name: out, hosts: ["out.test:587"]}]}
`

func TestWarnings(t *testing.T) {
	if c, err := Parse("mapigate.yaml", []byte(careful)); err != nil || len(c.Warnings()) > 0 {
		t.Fatalf("%v, %v", err, c.Warnings())
	}
	for name, tt := range map[string]struct{ from, to, want string }{
		"wide network":        {"10.1.0.0/16", "203.0.0.0/8", "mapigate.yaml:3: listeners[0].networks[0]: 203.0.0.0/8 is very large"},
		"passwords in clear":  {"networks: [10.1.0.0/16]", "users: users, auth_plaintext: true", "mapigate.yaml:3: listeners[0].auth_plaintext: passwords travel in the clear"},
		"strangers":           {"networks: [10.1.0.0/16]", "recipients: [example.test]", "mapigate.yaml:3: listeners[0].recipients: strangers write"},
		"old TLS":             {"mode: plain,", "mode: starttls, cert: c, key: k, old_tls: [203.0.0.0/8],", "listeners[0].old_tls[0]"},
		"unreached rule":      {"{to: [example.test], via: smarthost/out}", "{via: smarthost/out}", "mapigate.yaml:6: routes[1]: nothing comes as far as this"},
		"no TLS":              {"internet: {", "internet: {tls: never, ", "internet.tls: mail travels in the clear"},
		"no MTA-STS":          {"internet: {", "internet: {mta_sts: false, ", "internet.mta_sts"},
		"smarthost, no TLS":   {`"out.test:587"]`, `"out.test:587"], tls: never`, "internet.smarthosts[0].tls: mail travels to out in the clear"},
		"smarthost, password": {`"out.test:587"]`, `"out.test:587"], user: u, password: p, auth_plaintext: true`, "internet.smarthosts[0].auth_plaintext"},
		"anonymous operator":  {"routes:", "admin: {anonymous: operator}\nroutes:", "admin.anonymous: whoever reaches"},
		"plain HTTP":          {"routes:", "admin: {address: \":9125\", plain_http: true, tokens: [{name: x, token: 0123456789012345678901234}]}\nroutes:", "admin.plain_http"},
		"guessing":            {"routes:", "logins: {user_failures: 100}\nroutes:", "logins.user_failures: 100 wrong passwords"},
		"no floor":            {"routes:", "queue: {min_free: 0}\nroutes:", "queue.min_free"},
		"short patience":      {"routes:", "retry: {expire: 1h, expire_reports: 1h, most: 10m, warn: 0s}\nroutes:", "retry.expire: mail comes back after 1h"},
		"traces":              {"routes:", "tracing: {endpoint: \"http://collector.test:4318\"}\nroutes:", "tracing.endpoint: addresses travel to collector.test:4318"},
	} {
		if !strings.Contains(careful, tt.from) {
			t.Fatalf("%s: no %q", name, tt.from)
		}
		c, err := Parse("mapigate.yaml", []byte(strings.Replace(careful, tt.from, tt.to, 1)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if list := c.Warnings(); len(list) != 1 || !strings.Contains(list[0], tt.want) {
			t.Errorf("%s: %q, want %q", name, list, tt.want)
		}
	}
}

// A secret that everybody can read is no secret.
func TestWarningsOfFiles(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "mapigate.yaml")
	password := filepath.Join(dir, "password")
	text := careful + `exchange:
  - {name: a, url: "https://a.test/mapi/emsmdb", user_dn: /o=a, user: u, password: secret, mailbox: u@a.test}
  - {name: b, url: "https://b.test/mapi/emsmdb", user_dn: /o=b, user: u, password_file: password, mailbox: u@b.test}
`
	for name, content := range map[string]string{file: text, password: "secret"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	warnings := func() string {
		c, err := Load(file)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(c.Warnings(), "\n")
	}
	if text := warnings(); text != "" {
		t.Errorf("warned of\n%s", text)
	}
	for _, name := range []string{file, password} {
		if err := os.Chmod(name, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text = warnings()
	for _, want := range []string{":9: exchange[0].password: everybody on this machine can read this file", ":10: exchange[1].password_file: everybody on this machine can read"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
