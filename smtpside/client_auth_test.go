package smtpside

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// The examples are those of RFC 2195 2 and of Google's page on XOAUTH2; OAUTHBEARER's follows RFC 7628 3.1.
const (
	cramChallenge = "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"
	cramResponse  = "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw"
	exampleToken  = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"
	xoauthInitial = "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ=="
)

// issued gives tokens in turn.
type issued struct {
	tokens []string
	asked  []bool
}

func (i *issued) Token(_ context.Context, fresh bool) (string, error) {
	i.asked = append(i.asked, fresh)
	if len(i.asked) > len(i.tokens) {
		return "", io.EOF
	}
	return i.tokens[len(i.asked)-1], nil
}

// script is a host that follows lines: "S: " it says, "C: " it expects. Behind them it takes one mail.
func scripted(t *testing.T, offers, lines string) string {
	t.Helper()
	return hostile(t, func(c net.Conn) {
		in := bufio.NewReader(c)
		fmt.Fprint(c, "220 x\r\n")
		in.ReadString('\n')
		fmt.Fprintf(c, "250-x\r\n250 AUTH %s\r\n", offers)
		for line := range strings.FieldsFuncSeq(lines, func(r rune) bool { return r == '\n' }) {
			who, text, _ := strings.Cut(strings.TrimSpace(line), ": ")
			if who == "S" {
				fmt.Fprintf(c, "%s\r\n", text)
				continue
			}
			if got, _ := in.ReadString('\n'); strings.TrimRight(got, "\r\n") != strings.TrimSpace(text) {
				t.Errorf("the client says %q, want %q", got, text)
				return
			}
		}
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			reply := "250 ok"
			if strings.HasPrefix(line, "DATA") {
				reply = "354 go"
			}
			if inMail := reply == "250 ok" && !strings.ContainsAny(line[:1], "MR.Q"); inMail {
				continue
			}
			fmt.Fprintf(c, "%s\r\n", reply)
		}
	})
}

func TestAuthMechanisms(t *testing.T) {
	refusal := base64.StdEncoding.EncodeToString([]byte(`{"status":"401"}`))
	bearerInitial := base64.StdEncoding.EncodeToString([]byte("n,a=a=2Cb@example.com,\x01auth=Bearer tok\x01\x01"))
	for _, tt := range []struct {
		name, offers, lines string
		cred                Credentials
		code                string
	}{
		{"CRAM-MD5 before PLAIN without TLS", "PLAIN CRAM-MD5", "C: AUTH CRAM-MD5\nS: 334 " + cramChallenge + "\nC: " + cramResponse + "\nS: 235 ok",
			Credentials{Username: "tim", Password: "tanstaaftanstaaf"}, "250"},
		{"XOAUTH2", "PLAIN XOAUTH2", "C: AUTH XOAUTH2 " + xoauthInitial + "\nS: 235 ok",
			Credentials{Username: "someuser@example.com", Tokens: &issued{tokens: []string{exampleToken}}}, "250"},
		{"XOAUTH2, the first token refused", "XOAUTH2", "C: AUTH XOAUTH2 dXNlcj11AWF1dGg9QmVhcmVyIG9sZAEB\nS: 334 " + refusal + "\nC: \nS: 535 5.7.3 no\n" +
			"C: AUTH XOAUTH2 dXNlcj11AWF1dGg9QmVhcmVyIG5ldwEB\nS: 235 ok",
			Credentials{Username: "u", Tokens: &issued{tokens: []string{"old", "new"}}}, "250"},
		{"XOAUTH2, both refused", "XOAUTH2", "C: AUTH XOAUTH2 dXNlcj11AWF1dGg9QmVhcmVyIG9sZAEB\nS: 535 5.7.3 no\n" +
			"C: AUTH XOAUTH2 dXNlcj11AWF1dGg9QmVhcmVyIG5ldwEB\nS: 535 5.7.3 no",
			Credentials{Username: "u", Tokens: &issued{tokens: []string{"old", "new"}}}, "451"},
		{"OAUTHBEARER", "OAUTHBEARER", "C: AUTH OAUTHBEARER " + bearerInitial + "\nS: 235 ok",
			Credentials{Username: "a,b@example.com", Tokens: &issued{tokens: []string{"tok"}}}, "250"},
		{"no token to be had", "XOAUTH2", "", Credentials{Username: "u", Tokens: &issued{}}, "451"},
		{"a token is no password", "PLAIN LOGIN CRAM-MD5", "", Credentials{Username: "u", Tokens: &issued{tokens: []string{"t"}}}, "451"},
		{"only what was asked for", "PLAIN LOGIN", "", Credentials{Mechanism: "CRAM-MD5", Username: "u", Password: "p"}, "451"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			job := jobTo(scripted(t, tt.offers, tt.lines), "a@y.example")
			job.Route.Auth, job.Route.AuthPlain = &tt.cred, true
			if got := mustSend(t, newTestSender(t, SenderOptions{}), job); codes(got) != tt.code {
				t.Errorf("outcome %+v", got)
			}
		})
	}
}
