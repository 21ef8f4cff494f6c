package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/demo"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// A few answers make a configuration that works.
func TestInit(t *testing.T) {
	x, err := demo.NewExchange(demo.ExchangeOptions{Users: []mapitest.User{{Name: "gateway", Password: "secret"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	dir := t.TempDir()
	ca, file := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "mapigate.yaml")
	writeFile(t, ca, string(x.CertificatePEM()))
	box := x.Mailbox("gateway")
	flags := []string{"init", "-c", file, "--ca", ca, "--url", box.URL(), "--dn", box.LegacyDN(), "--listen", "127.0.0.1:0"}

	got := runLine(t, "gateway@example.test\ngateway\n\n\nsecret\n", flags...)
	for _, want := range []string{"sign in: ntlm, basic (grommunio) or kerberos [ntlm]", "✓ exchange main, mailbox gateway@example.test: signed in as gateway by ntlm", "Next: mapigate serve"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("stdout lacks %q:\n%s\n%s", want, got.out, got.err)
		}
	}
	if strings.Contains(got.out+got.err, "secret") {
		t.Error("the password is shown")
	}
	for _, name := range []string{file, filepath.Join(dir, "mapigate.password")} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if got := runLine(t, "", "config", "check", "-c", file); got.code != cli.Fine {
		t.Errorf("what was written is no configuration: %s", got.err)
	}

	if got := runLine(t, "", flags...); got.code != cli.Failed || !strings.Contains(got.err, "is there already") {
		t.Errorf("a second run: %+v", got)
	}
	if got := runLine(t, "gateway@example.test\ngateway\n\n\nwrong\n", append(flags, "--force")...); got.code != cli.Failed || !strings.Contains(got.out, "✗ exchange main") {
		t.Errorf("with a wrong password: %+v", got)
	}
	if got := runLine(t, "gateway@example.test\n", append(flags, "--force")...); got.code != cli.Failed || !strings.Contains(got.err, "init:") {
		t.Errorf("without answers: %+v", got)
	}
}
