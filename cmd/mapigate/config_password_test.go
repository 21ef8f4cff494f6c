package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/smtpside"
	"github.com/mapigate/mapigate/smtpside/signin"
)

// The line that the command prints lets the user in, with that password alone.
func TestConfigPassword(t *testing.T) {
	got := runLine(t, "correct horse\n", "config", "password", "erp")
	if got.code != cli.Fine || !strings.HasPrefix(got.out, "erp:$argon2id$") || strings.Contains(got.out+got.err, "horse") {
		t.Fatalf("%+v", got)
	}
	file := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(file, []byte(got.out), 0o600); err != nil {
		t.Fatal(err)
	}
	users, err := signin.OpenUsers(file, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{"correct horse": true, "wrong horse": false} {
		if _, err := users.Check(t.Context(), nil, smtpside.Credentials{Username: "erp", Password: password}); (err == nil) != want {
			t.Errorf("%s: %v", password, err)
		}
	}
	if got := runLine(t, "\n", "config", "password"); got.code != cli.Failed {
		t.Errorf("an empty password: %+v", got)
	}
}
