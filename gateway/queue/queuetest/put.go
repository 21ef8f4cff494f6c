package queuetest

import (
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

func testPutAndLease(t *testing.T, b *bench) {
	e := entry("x@one.test", "y@one.test")
	e.Mail = mail.Mail{
		ID: mail.NewID(b.clock.Now()),
		Envelope: mail.Envelope{
			From: "Søren@here.test", SMTPUTF8: true, EightBit: true, Ret: "HDRS", EnvID: "env 1", RequireTLS: true,
			Recipients: []mail.Recipient{
				{Address: "x@one.test", Notify: mail.NotifySuccess | mail.NotifyDelay, OrigRecipient: "rfc822;X@one.test"},
				{Address: "y@one.test", Notify: mail.NotifyNever},
			},
		},
		Source:    mail.Source{Kind: "outbox", Name: "box@here.test", Client: "192.0.2.1:25", User: "u", Claim: "{c}"},
		Received:  b.clock.Now().Add(-time.Minute),
		MessageID: "<ü@here.test>",
		Subject:   "Grüße",
	}
	r, err := b.Put(b.ctx, e)
	if err != nil {
		t.Fatal(err)
	}
	if r.ID != e.Mail.ID || r.Size != 24 || r.Repeated {
		t.Errorf("receipt %+v", r)
	}
	g := b.leaseOne()
	got := g.Mail
	if got.Body == nil || got.Body.Size() != 24 {
		t.Fatalf("body %v", got.Body)
	}
	rc, err := got.Body.Open(b.ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer rc.Close()
	if got, err := io.ReadAll(rc); err != nil || string(got) != text {
		t.Errorf("body %q, %v", got, err)
	}
	got.Body = nil
	if !reflect.DeepEqual(got, e.Mail) {
		t.Errorf("mail\n%+v, want\n%+v", got, e.Mail)
	}
	if g.Route != "default" || g.Destination != "one.test" || !g.Until.Equal(b.clock.Now().Add(time.Minute)) {
		t.Errorf("group %+v", g)
	}
	want := []queue.Item{
		{Recipient: e.Mail.Envelope.Recipients[0], Index: 0, Attempt: 1},
		{Recipient: e.Mail.Envelope.Recipients[1], Index: 1, Attempt: 1},
	}
	if !reflect.DeepEqual(g.Items, want) {
		t.Errorf("items\n%+v, want\n%+v", g.Items, want)
	}
}

func testBodies(t *testing.T, b *bench) {
	sizes := []int{0, 1, 1 << 20}
	for _, n := range b.engine.Thresholds {
		sizes = append(sizes, n-1, n, n+1, 2*n)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, size := range sizes {
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		e := entry("x@one.test")
		e.Body = iotest.HalfReader(strings.NewReader(string(data)))
		id := b.put(e)
		got, err := b.body(id)
		if err != nil || got != string(data) {
			t.Errorf("%d bytes came back as %d bytes, %v", size, len(got), err)
		}
		if n := b.show(id).Mail.Body.Size(); n != int64(size) {
			t.Errorf("%d bytes have size %d", size, n)
		}
	}
}

func testBrokenBody(t *testing.T, b *bench) {
	for _, size := range []int{0, 100, 200 << 10} {
		for _, broken := range []error{errors.New("torn"), io.ErrUnexpectedEOF} {
			e := entry("x@one.test")
			e.Mail.ID = mail.NewID(b.clock.Now())
			e.Body = io.MultiReader(strings.NewReader(strings.Repeat("x", size)), iotest.ErrReader(broken))
			if _, err := b.Put(b.ctx, e); !errors.Is(err, broken) {
				t.Errorf("after %d bytes: error %v, want %v", size, err, broken)
			}
			if _, err := b.Show(b.ctx, e.Mail.ID); !errors.Is(err, queue.ErrNotFound) {
				t.Errorf("after %d bytes the mail is there: %v", size, err)
			}
		}
	}
	b.wantNone("all bodies were broken")
}

func testBadEntries(t *testing.T, b *bench) {
	none := entry()
	odd := entry("x@one.test")
	odd.Legs = nil
	evil := entry("x@one.test")
	evil.Mail.ID = "../../../../etc/pass"
	for name, e := range map[string]queue.Entry{"no recipients": none, "no legs": odd, "bad id": evil} {
		if _, err := b.Put(b.ctx, e); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	twice := entry("x@one.test")
	twice.Mail.ID = b.put(entry("x@one.test"))
	if _, err := b.Put(b.ctx, twice); err == nil {
		t.Errorf("one id twice: taken")
	}
	if text, err := b.body(twice.Mail.ID); err != nil || text == "" {
		t.Errorf("the first one has lost its body: %v", err)
	}
}

func testClaims(t *testing.T, b *bench) {
	claimed := func() queue.Entry {
		e := entry("x@one.test")
		e.Mail.Source.Claim = "{guid}"
		return e
	}
	first := b.put(claimed())
	for range 2 {
		r, err := b.Put(b.ctx, claimed())
		if err != nil || r.ID != first || !r.Repeated {
			t.Errorf("again: %+v, %v; want %s repeated", r, err, first)
		}
	}
	if n := len(b.lease(10)); n != 1 {
		t.Errorf("one claim became %d mails", n)
	}
	rec, err := b.FindClaim(b.ctx, "{guid}")
	if err != nil || rec.Mail.ID != first {
		t.Errorf("find: %s, %v", rec.Mail.ID, err)
	}
	for _, claim := range []string{"{other}", ""} {
		if _, err := b.FindClaim(b.ctx, claim); !errors.Is(err, queue.ErrNotFound) {
			t.Errorf("find %q: %v", claim, err)
		}
	}
}

func testNotBeforeAndHold(t *testing.T, b *bench) {
	deferred := entry("x@one.test")
	deferred.NotBefore = b.clock.Now().Add(2 * time.Hour)
	held := entry("y@one.test")
	held.Hold = true
	d, h := b.put(deferred), b.put(held)
	b.wantNone("deferred and held")
	b.wantStates(h, "held")
	b.clock.Advance(2 * time.Hour)
	g := b.leaseOne()
	if g.Mail.ID != d {
		t.Errorf("leased %s, want the deferred one", g.Mail.ID)
	}
	if got := b.report(g, retry); got[0] != queue.Waiting {
		t.Errorf("the life of a deferred mail begins when it is due, not before: %v", got)
	}
}

// Every field of an outcome comes back.
func testOutcomesAreWhole(t *testing.T, b *bench) {
	o := mail.Outcome{
		Verdict: mail.Retry, Code: 451, Detail: "4.1", Text: "kömmt spöter", Remote: "mx [192.0.2.1]:25", RemoteID: "Q1",
		Relayed: true, Reports: true, Absent: true, Alarm: true, RetryAfter: 90 * time.Second,
	}
	b.put(entry("x@one.test"))
	g := b.leaseOne()
	b.report(g, o)
	if got := b.show(g.Mail.ID).Recipients[0].Last; got != o {
		t.Errorf("outcome\n%+v, want\n%+v", got, o)
	}
	b.clock.Advance(time.Hour)
	if got := b.leaseOne().Items[0]; got.Last != o || got.Attempt != 2 {
		t.Errorf("item %+v", got)
	}
}
