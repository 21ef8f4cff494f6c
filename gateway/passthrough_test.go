package gateway_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"strings"
	"testing"

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
	w.open(tokensConfig, mapitest.Options{Auth: []mapitest.AuthScheme{mapitest.AuthBearer},
		Token: func(_ context.Context, token string) (string, error) {
			if name, ok := strings.CutPrefix(token, "token-of-"); ok {
				return name, nil
			}
			return "", errors.New("no such token")
		}})
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
