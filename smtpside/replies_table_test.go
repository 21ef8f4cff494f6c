package smtpside

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// hi is how transcripts begin that are not about beginnings.
const (
	hi       = "S: 220\nC: EHLO x\nS: *\n"
	saidMail = hi + "C: MAIL FROM:<a@b>\nS: 250\n"
	saidRcpt = saidMail + "C: RCPT TO:<c@d>\nS: 250\n"
	saidData = saidRcpt + "C: DATA\nS: 354\n"
)

// replyTranscripts are those that show what the other transcripts do not, a reply or two each.
func replyTranscripts(t *testing.T, m *minute) []transcript {
	secure := serverTLS(t)
	down := errors.New("down")
	passwords := ServerOptions{Auth: true, AuthPlaintext: true, Limits: Limits{AuthDelay: -1}}
	longName := strings.Repeat("x", 1100) + "@example.test"
	list := []transcript{
		{name: "nothing offered", script: hi + "C: STARTTLS\nS: 502 5.5.1\nC: AUTH PLAIN\nS: 502 5.5.1\nC: XCLIENT ADDR=1.2.3.4\nS: 550 5.7.0\n" +
			"C: EXPN l\nS: 502\nC: HELP\nS: 502\nC: SEND x\nS: 502\nC: SOML x\nS: 502\nC: SAML x\nS: 502\nC: TURN\nS: 502\nC: LHLO x\nS: 500 5.5.1"},
		{name: "LMTP", opts: ServerOptions{LMTP: true}, script: "S: 220 mail.example LMTP\nC: EHLO x\nS: 500 5.5.1\nC: LHLO x\nS: *"},
		{name: "bad senders", script: hi + "C: MAIL FROM:<\nS: 501 5.5.2\nC: MAIL FROM:<a b@c>\nS: 501\nC: MAIL FROM:<a@-b->\nS: 501 5.1.7\nC: MAIL FROM:<" + longName +
			">\nS: 501 5.1.7\nC: MAIL FROM:<\"a\\ü\"@b>\nS: 501 5.1.7\nC: MAIL FROM:<a@\"b>\nS: 501 5.1.7\nC: MAIL FROM:a@b>\nS: 555"},
		{name: "bad recipients", script: saidMail + "C: RCPT FROM:<a@b>\nS: 501 5.5.2\nC: RCPT TO:<a@-b->\nS: 501 5.1.3\nC: RCPT TO:<" + longName +
			">\nS: 501 5.1.3\nC: RCPT TO:<\"a\\ü\"@b>\nS: 501 5.1.3\nC: RCPT TO:<a@\"b>\nS: 501 5.1.3\nC: RCPT TO:<>\nS: 501\nC: RCPT TO:<c@d> A=B=C\nS: 501 5.5.4"},
		{name: "parameters of MAIL", opts: ServerOptions{DSN: true, ForwardTLS: true}, script: hi +
			"C: MAIL FROM:<a@b> SIZE=x\nS: 501 5.5.4\nC: MAIL FROM:<a@b> BODY=9BIT\nS: 501 5.5.4\nC: MAIL FROM:<a@b> RET=ALL\nS: 501 5.5.4\n" +
			"C: MAIL FROM:<a@b> ENVID=+zz\nS: 501 5.5.4\nC: MAIL FROM:<a@b> AUTH=+zz\nS: 501 5.5.4\nC: MAIL FROM:<a@b> AUTH=@\nS: 501 5.5.4\n" +
			"C: MAIL FROM:<a@b> FOO\nS: 555 5.5.4\nC: MAIL FROM:<a@b> A=B=C\nS: 501 5.5.4\nC: MAIL FROM:<a@b> REQUIRETLS\nS: 530 5.7.30\nC: MAIL FROM:<a@b> SIZE=99999999\nS: 552 5.3.4"},
		{name: "parameters of RCPT", opts: ServerOptions{DSN: true}, script: saidMail +
			"C: RCPT TO:<c@d> NOTIFY=NEVER,DELAY\nS: 501 5.5.4\nC: RCPT TO:<c@d> ORCPT=x\nS: 501 5.5.4\nC: RCPT TO:<c@d> RRVS=x\nS: 555 5.5.4\nC: RCPT TO:<c@d> BY=1;R\nS: 555 5.5.4\n" +
			"C: RCPT TO:<c@d> MT-PRIORITY=1\nS: 555 5.5.4\nC: RCPT TO:<c@d> FOO=1\nS: 555 5.5.4"},
		{name: "parameters of what is not offered", opts: ServerOptions{NoUTF8: true}, script: hi +
			"C: MAIL FROM:<a@b> SMTPUTF8\nS: 555 5.5.4\nC: MAIL FROM:<a@b> REQUIRETLS\nS: 555 5.5.4\n" +
			"C: MAIL FROM:<a@b> RET=FULL\nS: 555 5.5.4\nC: MAIL FROM:<a@b> ENVID=x\nS: 555 5.5.4\nC: MAIL FROM:<a@b>\nS: 250\nC: RCPT TO:<c@d> NOTIFY=NEVER\nS: 555 5.5.4\nC: RCPT TO:<c@d> ORCPT=rfc822;x\nS: 555 5.5.4"},
		{name: "out of order", script: "S: 220\nC: MAIL FROM:<a@b>\nS: 503 5.5.1\nC: EHLO x\nS: *\nC: RCPT TO:<c@d>\nS: 503 5.5.1\nC: DATA\nS: 503 5.5.1\n" +
			"C: MAIL FROM:<a@b>\nS: 250\nC: DATA\nS: 503\nC= \"BDAT 3\\r\\nx\\r\\n\"\nS: 503\nC: MAIL FROM:<a@b>\nS: 503 5.5.1 nested"},
		{name: "a message by BDAT on its way", script: saidRcpt + "C= \"BDAT 3\\r\\nx\\r\\n\"\nS: 250\nC: MAIL FROM:<a@b>\nS: 503 5.5.1 a message is on its way\nC: RCPT TO:<a@b>\nS: 503\nC: DATA\nS: 503\nC: RSET\nS: 250\nC: BDAT 0\nS: 250 2.0.0 nothing"},
		{name: "a binary message by DATA", script: hi + "C: MAIL FROM:<a@b> BODY=BINARYMIME\nS: 250\nC: RCPT TO:<c@d>\nS: 250\nC: DATA\nS: 503 5.5.1"},
		{name: "a signed binary part", script: hi + "C: MAIL FROM:<a@b> BODY=BINARYMIME\nS: 250\nC: RCPT TO:<c@d>\nS: 250\n" +
			`C= "BDAT 113 LAST\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: binary\r\n\r\nxxxxxxxxxxxxxxxxxx\r\n--b--"` + "\nS: 554 5.6.3"},
		{name: "DATA with words", script: saidRcpt + "C: DATA now\nS: 501 5.5.4"},
		{name: "BDAT too large", opts: ServerOptions{Limits: Limits{MessageBytes: 5}}, script: saidRcpt + "C= \"BDAT 7 LAST\\r\\nabcde\\r\\n\"\nS: 552 5.3.4"},
		{name: "DATA too large", opts: ServerOptions{Limits: Limits{MessageBytes: 5}}, script: saidData + "C= \"abcde\\r\\n.\\r\\n\"\nS: 552 5.3.4 message"},
		{name: "bare CR", script: saidData + "C= \"a\\rb\\r\\n\"\nS: 554 5.6.0\nEOF"},
		{name: "bare LF", script: saidData + "C= \"a\\nb\\r\\n\"\nS: 554 5.6.0\nEOF"},
		{name: "NUL", script: saidData + "C= \"a\\x00b\\r\\n\"\nS: 554 5.6.0\nEOF"},
		{name: "long text line", opts: ServerOptions{Limits: Limits{TextLine: 10}}, script: saidData + "C: 01234567890\nS: 554 5.6.0\nEOF"},
		{name: "message without end", opts: ServerOptions{Limits: Limits{DataTimeout: time.Second}}, script: saidData + "C: x\nS: 451 4.4.2\nEOF"},
		{name: "not UTF-8", script: "S: 220\nC= \"NOOP \\xff\\r\\n\"\nS: 501 5.5.2\nC: EHLO\nS: 501 5.5.2\nC: \nS: 500"},
		{name: "STARTTLS", opts: ServerOptions{Mode: TLSStart, TLS: secure, RequireTLS: true, Auth: true},
			script: hi + "C: MAIL FROM:<a@b>\nS: 530 5.7.0 must\nC: AUTH PLAIN\nS: 538 5.7.11\nC: STARTTLS now\nS: 501 5.5.4\nC: STARTTLS\nS: 220 2.0.0\nTLS\nC: EHLO x\nS: *\nC: STARTTLS\nS: 503 5.5.1\n" +
				"C: MAIL FROM:<a@b>\nS: 530 5.7.0 auth"},
		{name: "pipelined STARTTLS", opts: ServerOptions{Mode: TLSStart, TLS: secure}, script: hi + "C= \"STARTTLS\\r\\nEHLO y\\r\\n\"\nS: 503 5.5.1\nEOF"},
		{name: "XCLIENT", opts: ServerOptions{XClient: loopback}, script: hi + "C: XCLIENT ADDR=x\nS: 501 5.5.4\nC: XCLIENT ADDR=1.2.3.4\nS: 220"},
		{name: "pipelined XCLIENT", opts: ServerOptions{XClient: loopback}, script: hi + "C= \"XCLIENT ADDR=1.2.3.4\\r\\nEHLO y\\r\\n\"\nS: 503 5.5.1\nEOF"},
		{name: "AUTH", opts: passwords, script: "S: 220\nC: AUTH PLAIN\nS: 503 5.5.1\nC: EHLO x\nS: *\nC: AUTH\nS: 501 5.5.4\nC: AUTH NTLM\nS: 504 5.5.4\nC: AUTH PLAIN !\nS: 501 5.5.2\n" +
			"C: AUTH PLAIN dXNlcg==\nS: 501 5.5.2\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: !\nS: 501 5.5.2\nC: AUTH LOGIN\nS: 334\nC: *\nS: 501 5.7.0\nC: AUTH PLAIN Ym9zcwB1c2VyAHNlY3JldA==\nS: 535 5.7.8\n" +
			"C: AUTH PLAIN AHVzZXIAc2VjcmV0\nS: 235 2.7.0\nC: AUTH PLAIN AHVzZXIAc2VjcmV0\nS: 503 5.5.1"},
		{name: "AUTH in a transaction", opts: passwords, script: hi + "C: AUTH PLAIN AHVzZXIAc2VjcmV0\nS: 235\nC: MAIL FROM:<a@b>\nS: 250\nC: AUTH PLAIN\nS: 503 5.5.1"},
		{name: "AUTH in a transaction that a trusted client began", opts: ServerOptions{Auth: true, AuthPlaintext: true, Trusted: loopback}, script: saidMail + "C: AUTH PLAIN\nS: 503 5.5.1 AUTH inside"},
		{name: "AUTH with a long line", opts: passwords, script: hi + "C: AUTH LOGIN\nS: 334\nC: " + strings.Repeat("QUFB", 4000) + "\nS: 500 5.5.6\nEOF"},
		{name: "AUTH by LF", opts: passwords, script: hi + "C: AUTH LOGIN\nS: 334\nC= \"eA==\\n\"\nS: 501 5.5.2\nEOF"},
		{name: "AUTH while the directory is down", opts: passwords, book: &notebook{refuse: map[string]error{"AUTH": down}}, script: hi + "C: AUTH PLAIN AHVzZXIAc2VjcmV0\nS: 454 4.7.0"},
		{name: "nobody", opts: ServerOptions{Trusted: trusted("192.0.2.0/24")}, script: hi + "C: MAIL FROM:<a@b>\nS: 550 5.7.1"},
		{name: "a backend that is down", book: &notebook{refuse: map[string]error{"MAIL": down}}, script: hi + "C: MAIL FROM:<a@b>\nS: 451 4.3.0"},
		{name: "the one session too many", opts: ServerOptions{Limits: Limits{Sessions: 1}}, script: "S: 220\nACT\nC: QUIT\nS: 221", act: func(t *testing.T, _ *Server, addr string) {
			k := dialTalk(t, addr)
			k.heard = m.line
			k.play("S: 421 4.7.0 too many sessions\nEOF")
		}},
		{name: "going down", script: hi + "ACT\nS: 421 4.3.2\nEOF", act: func(t *testing.T, s *Server, _ string) {
			go s.Shutdown(context.Background())
		}},
	}
	for _, verb := range []string{"GET", "HEAD", "POST", "PUT", "OPTIONS", "CONNECT"} {
		list = append(list, transcript{name: "HTTP " + verb, script: "S: 220\nC: " + verb + " / HTTP/1.1\nS: 421 4.7.0 this is SMTP\nEOF"})
	}
	return list
}
