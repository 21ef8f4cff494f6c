package advice

import (
	"strings"
	"testing"

	"github.com/mapigate/mapigate/gateway/mail"
)

func TestOn(t *testing.T) {
	for _, c := range []struct {
		courier string
		outcome mail.Outcome
		problem string // part of it
	}{
		{"internet", mail.Outcome{Detail: "4.1", Text: "dial tcp 192.0.2.1:25: i/o timeout"}, "mail servers of this destination do not answer"},
		{"internet", mail.Outcome{Detail: "4.1", Text: "dial tcp 192.0.2.1:25: connect: connection refused"}, "nothing listens"},
		{"internet", mail.Outcome{Detail: "4.4", Text: "lookup a.test: no such host"}, "cannot be looked up"},
		{"internet", mail.Outcome{Detail: "7.1", Text: "Greylisted, see the list"}, "come back later"},
		{"internet", mail.Outcome{Detail: "7.1", Text: "192.0.2.9 blocked using zen.spamhaus.org"}, "does not trust our address"},
		{"internet", mail.Outcome{Detail: "7.26", Text: "DMARC policy of example.org"}, "domain from our address"},
		{"internet", mail.Outcome{Verdict: mail.Failed, Detail: "1.1", Text: "no such user"}, "address does not exist"},
		{"internet", mail.Outcome{Detail: "7.5", Text: "tls: no STARTTLS, which the policy of the domain asks for"}, "encryption"},
		{"internet", mail.Outcome{Text: "tls: failed to verify certificate: x509: certificate has expired or is not yet valid"}, "not valid now"},
		{"exchange/main", mail.Outcome{Detail: "4.1", Text: "dial tcp: i/o timeout"}, "Exchange does not answer"},
		{"exchange/main", mail.Outcome{Detail: "3.0", Text: "sign-in was rejected (401)"}, "does not let the gateway sign in"},
		{"exchange/main", mail.Outcome{Detail: "3.5", Text: "logon: ecLoginPerm"}, "no right to this mailbox"},
		{"deposit/main", mail.Outcome{Detail: "2.2", Text: "quota"}, "mailbox is full"},
		{"internet", mail.Outcome{Verdict: mail.Unknown, Text: "EOF"}, "answer of the other side was lost"},
		{"internet", mail.Outcome{Alarm: true}, "at our side"},
		{"internet", mail.Outcome{}, "puts this mail off"},
	} {
		if got := On(c.courier, c.outcome); !strings.Contains(got.Problem, c.problem) || got.Remedy == "" {
			t.Errorf("%s %+v: %+v, want %q", c.courier, c.outcome, got, c.problem)
		}
	}
}

func TestOnCheck(t *testing.T) {
	for name, want := range map[string]string{
		"queue": "queue cannot be asked", "listener apps": "does not take mail", "exchange main": "does not work", "watch a@b.test": "not watched",
		"smarthost/relay": "smarthost does not answer", "courier deposit/main": "cannot deliver", "something": "does not work",
	} {
		if got := OnCheck(name, "x"); !strings.Contains(got.Problem, want) || got.Remedy == "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := OnCheck("watch a@b.test", "ecLoginPerm"); !strings.Contains(got.Problem, "not watched") || !strings.Contains(got.Remedy, "FullAccess") {
		t.Errorf("a missing right: %+v", got)
	}
}
