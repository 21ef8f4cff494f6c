package queuetest

import (
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
)

// testPolicyChanges puts another schedule in force while mails are under way.
func testPolicyChanges(t *testing.T, b *bench) {
	early := b.put(entry("x@one.test"))
	p := b.policy
	p.First, p.Most, p.Expire = 5*time.Minute, 5*time.Minute, 7*time.Minute
	b.SetPolicy(p)
	late := b.put(entry("x@one.test"))
	for _, g := range b.lease(2) {
		b.report(g, mail.Outcome{Verdict: mail.Retry, Text: "later"})
	}
	b.clock.Advance(2 * time.Minute)
	b.wantNone("the first wait is five minutes now")
	b.clock.Advance(4 * time.Minute)
	for _, g := range b.lease(2) {
		b.report(g, mail.Outcome{Verdict: mail.Retry, Text: "later"})
	}
	b.clock.Advance(6 * time.Minute)
	for _, g := range b.lease(2) {
		b.report(g, mail.Outcome{Verdict: mail.Retry, Text: "later"})
	}
	if early, late := b.states(early), b.states(late); early == late {
		t.Errorf("a mail of before is tried for an hour, one of after for seven minutes; both are %s", early)
	}
}
