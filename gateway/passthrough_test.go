package gateway_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/gateway"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

const tokensConfig = `
hostname: gw.example.test
data: %[1]s/data
admin: {address: ""}
listeners:
  - {name: users, address: "127.0.0.1:0", mode: plain, auth_plaintext: true, pass_through: main}
exchange:
  - {name: main, url: %[2]s, user_dn: %[3]s, user: robot, ca_file: %[1]s/ca.pem, mailbox: robot@example.test, auth: oauth2,
     oauth2: {token_url: "http://127.0.0.1:1/token", client_id: x, client_secret: y}}
routes: [{via: exchange}]
`

// An access token for Exchange that a client signs in with is handed on, and the mail is submitted with it.
func TestPassThroughOfTokens(t *testing.T) {
	t.Parallel()
	w := &directWorld{T: t}
	var err error
	w.exchange, err = mapitest.New(mapitest.Options{Domains: []string{"example.test"}, Auth: []mapitest.AuthScheme{mapitest.AuthBearer},
		Token: func(_ context.Context, token string) (string, error) {
			if name, ok := strings.CutPrefix(token, "token-of-"); ok {
				return name, nil
			}
			return "", errors.New("no such token")
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.exchange.Close() })
	for _, name := range []string{"robot", "alice"} {
		if _, err := w.exchange.AddUser(mapitest.User{Name: name, Address: name + "@example.test", Password: "secret"}); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), w.exchange.CertificatePEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	robot := w.exchange.Mailbox("robot")
	c, err := config.Parse("test.yaml", fmt.Appendf(nil, tokensConfig, dir, robot.URL(), robot.LegacyDN()))
	if err != nil {
		t.Fatal(err)
	}
	if w.gateway, err = gateway.New(c, gateway.Options{Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.gateway.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	token := func(user, token string) string {
		return base64.StdEncoding.EncodeToString([]byte("user=" + user + "\x01auth=Bearer " + token + "\x01\x01"))
	}
	say := func(lines ...[2]string) {
		t.Helper()
		conn, err := net.Dial("tcp", w.gateway.Addresses()["users"].String())
		if err != nil {
			t.Fatal(err)
		}
		speak(t, conn, append([][2]string{{"", "220"}, {"EHLO app.test\r\n", "250"}}, lines...)...)
	}
	say([2]string{"AUTH XOAUTH2 " + token("alice@example.test", "token-of-alice") + "\r\n", "235"}, [2]string{"MAIL FROM:<alice@example.test>\r\n", "250"},
		[2]string{"RCPT TO:<robot@example.test>\r\n", "250"}, [2]string{"DATA\r\n", "354"},
		[2]string{"From: alice@example.test\r\nTo: robot@example.test\r\nSubject: by token\r\n\r\nx\r\n.\r\n", "250 2.0.0 handed over"})
	if n := w.copies("robot", "by token"); n != 1 {
		t.Errorf("%d copies", n)
	}
	say([2]string{"AUTH XOAUTH2 " + token("alice@example.test", "no-token") + "\r\n", "334"}, [2]string{"\r\n", "535"})
	say([2]string{"AUTH XOAUTH2 " + token("", "token-of-alice") + "\r\n", "334"}, [2]string{"\r\n", "535"})
	say([2]string{"AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n", "504"})
}
