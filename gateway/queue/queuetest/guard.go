package queuetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// What has the key of an earlier mail is not taken again, as long as the key is remembered.
func testGuard(t *testing.T, b *bench) {
	put := func(key, body string) queue.Receipt {
		t.Helper()
		e := entry("x@one.test")
		e.Body = strings.NewReader(body)
		read := false
		e.Guard = &queue.Guard{For: 10 * time.Minute, Key: func() string { read = true; return key }}
		r, err := b.Put(b.ctx, e)
		if err != nil || !read {
			t.Fatalf("put: %v, asked for the key: %v", err, read)
		}
		return r
	}
	first := put("k", content(300<<10))
	if again := put("k", content(300<<10)); !again.Repeated || again.ID != first.ID || again.Size != 300<<10 {
		t.Errorf("again: %+v, want %s repeated", again, first.ID)
	}
	if other := put("k2", "hello\r\n"); other.Repeated {
		t.Errorf("another key: %+v", other)
	}
	for range 2 {
		if free := put("", "hello\r\n"); free.Repeated {
			t.Errorf("no key: %+v", free)
		}
	}
	if body, err := b.body(first.ID); err != nil || body != content(300<<10) {
		t.Errorf("the first one's body has %d bytes, %v", len(body), err)
	}
	b.clock.Advance(5 * time.Minute)
	if err := b.Sweep(b.ctx); err != nil {
		t.Fatal(err)
	}
	if again := put("k", "hello\r\n"); !again.Repeated {
		t.Errorf("after 5 minutes: %+v", again)
	}
	b.clock.Advance(5 * time.Minute)
	if late := put("k", "hello\r\n"); late.Repeated {
		t.Errorf("after 10 minutes: %+v", late)
	}
	// What was refused is not remembered.
	e := entry("x@one.test")
	e.Body = broken{}
	e.Guard = &queue.Guard{For: time.Hour, Key: func() string { return "k3" }}
	if _, err := b.Put(b.ctx, e); err == nil {
		t.Error("a broken body was taken")
	}
	if r := put("k3", "hello\r\n"); r.Repeated {
		t.Errorf("after a broken body: %+v", r)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, fmt.Errorf("cut") }

// Mails that are not finished are counted for who has sent them.
func testOccupied(t *testing.T, b *bench) {
	source := func(client string) mail.Source { return mail.Source{Kind: "smtp", Name: "apps", Client: client} }
	put := func(client string) mail.ID {
		e := entry("x@one.test", "y@two.test")
		e.Mail.Source = source(client)
		return b.put(e)
	}
	want := func(client string, all, own int64) {
		t.Helper()
		if a, c, err := b.Occupied(b.ctx, source(client)); err != nil || a != all || c != own {
			t.Errorf("occupied by %s: %d, %d, %v; want %d, %d", client, a, c, err, all, own)
		}
	}
	want("10.0.0.1:1", 0, 0)
	first := put("10.0.0.1:1")
	put("10.0.0.1:2")
	put("10.0.0.2:1")
	want("10.0.0.1:9", 3, 2)
	want("10.0.0.2:9", 3, 1)
	for _, g := range b.lease(10) {
		if g.Mail.ID == first {
			b.report(g, failed)
		}
	}
	want("10.0.0.1:9", 2, 1)
	if _, err := b.Operate(b.ctx, first, queue.Revive, "test"); err != nil {
		t.Fatal(err)
	}
	if err := b.Sweep(b.ctx); err != nil {
		t.Fatal(err)
	}
	want("10.0.0.1:9", 3, 2)
	if _, err := b.Operate(b.ctx, first, queue.Drop, "test"); err != nil {
		t.Fatal(err)
	}
	want("10.0.0.1:9", 2, 1)
}

// Who sends little does not wait for who sends much, also when one worker becomes free at a time.
func testTurns(t *testing.T, b *bench) {
	put := func(client string, n int) {
		for range n {
			e := entry("x@one.test")
			e.Mail.Source = mail.Source{Kind: "smtp", Name: "apps", Client: client}
			b.put(e)
		}
		b.clock.Advance(time.Second)
	}
	put("10.0.0.1:1", 200)
	for _, max := range []int{1, 4} {
		put("10.0.0.2:1", 1)
		put("10.0.0.3:1", 1)
		served := 0
		for leased := 0; leased < 12 && served < 2; leased += max {
			for _, g := range b.lease(max) {
				if g.Mail.Source.Client != "10.0.0.1:1" {
					served++
				}
			}
		}
		if served != 2 {
			t.Errorf("of two quiet clients %d were served among the first 12, %d at a time", served, max)
		}
	}
}
