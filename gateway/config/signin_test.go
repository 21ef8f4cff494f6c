package config

import (
	"strings"
	"testing"
)

// Which ways to sign in go together, and what each needs.
func TestSignIns(t *testing.T) {
	const password, keytab = "user: ann@A.TEST\n    password: x", "kerberos: {keytab: /k}"
	const token = "oauth2: {token_url: https://login.example.org/token, client_id: app, client_secret: s}"
	for _, c := range []struct{ auth, rest, err string }{
		{"ntlm", password, ""},
		{"ntlm, basic", password, ""},
		{"kerberos", "user: ann@A.TEST\n    " + keytab, ""},
		{"kerberos", password + "\n    " + keytab, "one of them"},
		{"kerberos, ntlm", password + "\n    " + keytab, ""},
		{"kerberos, ntlm", password, ""},
		{"kerberos, ntlm", "user: ann@A.TEST\n    " + keytab, "password or password_file is needed"},
		{"oauth2", token, ""},
		{"oauth2", token + "\n    " + password, "is not used with auth: oauth2"},
		{"oauth2, ntlm", token + "\n    " + password, ""},
		{"ntlm, certificate", password + "\n    client_certificate: c\n    client_key: k", "certificate stands alone"},
		{"ntlm, digest", password, "auth"},
		{"ntlm,", password, "auth"},
	} {
		text := "hostname: mx.example.org\nexchange:\n  - name: main\n    autodiscover: g@example.org\n    mailbox: g@example.org\n    auth: \"" + c.auth + "\"\n    " + c.rest + "\n"
		_, err := Parse("mapigate.yaml", []byte(text))
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s with %q: %v, want %q", c.auth, c.rest, err, c.err)
		}
	}
}
