package queuetest

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// Every field of a mail and of an outcome comes back, also those that nobody had thought of when the engine was written.
func testNothingForgotten(t *testing.T, b *bench) {
	var m mail.Mail
	fillStruct(t, reflect.ValueOf(&m).Elem(), "mail")
	m.ID, m.Body = mail.NewID(b.clock.Now()), nil
	e := entry("x@one.test")
	m.Envelope.Recipients[0].Address = "x@one.test"
	e.Mail = m
	b.put(e)
	g := b.leaseOne()
	g.Mail.Body = nil
	if !reflect.DeepEqual(g.Mail, m) {
		t.Errorf("mail\n%+v, want\n%+v", g.Mail, m)
	}
	var o mail.Outcome
	fillStruct(t, reflect.ValueOf(&o).Elem(), "outcome")
	o.Verdict, o.Unanswered = mail.Retry, 0 // that one is the engine's own count
	o.Untried = false                       // such an attempt is given back, not reported
	o.Findable, o.Reach = false, 0          // the count has told the one, the courier the other
	b.report(g, o)
	if got := b.show(m.ID).Recipients[0].Last; got != o {
		t.Errorf("outcome\n%+v, want\n%+v", got, o)
	}
}

// fillStruct sets every field to something that is not zero.
func fillStruct(t *testing.T, v reflect.Value, path string) {
	t.Helper()
	for i := range v.NumField() {
		f, name := v.Field(i), path+"."+v.Type().Field(i).Name
		switch {
		case f.Type() == reflect.TypeFor[time.Time]():
			f.Set(reflect.ValueOf(time.Date(2026, 2, 3, 4, 5, 6, 7000, time.UTC)))
		case f.Type() == reflect.TypeFor[time.Duration]():
			f.SetInt(int64(90 * time.Second))
		case f.Kind() == reflect.Interface: // the body
		case f.Kind() == reflect.Struct:
			fillStruct(t, f, name)
		case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
			fillStruct(t, f.Index(0), name)
		case f.Kind() == reflect.String:
			f.SetString(fmt.Sprint("value of ", name))
		case f.Kind() == reflect.Bool:
			f.SetBool(true)
		case f.CanInt():
			f.SetInt(7)
		case f.CanUint():
			f.SetUint(2)
		default:
			t.Fatalf("the test knows no value for %s", name)
		}
	}
}

// Bytes that are no text come back as they were: headers and envelopes of the world hold them.
func testOddBytes(t *testing.T, b *bench) {
	for _, odd := range []string{"\x00", "a\xff\xfeb@x", "\x01base64:", "\u2028'\"\\;--", "😀"} {
		e := entry("x@one.test")
		e.Mail.MessageID, e.Mail.Envelope.From, e.Mail.Source.Name = "<"+odd+">", odd, odd
		e.Mail.Envelope.Recipients[0].Address, e.Mail.Envelope.Recipients[0].OrigRecipient = odd, odd
		id := b.put(e)
		g := b.leaseOne()
		if g.Mail.MessageID != e.Mail.MessageID || g.Mail.Envelope.From != odd || g.Mail.Source.Name != odd || g.Items[0].Address != odd || g.Items[0].OrigRecipient != odd {
			t.Errorf("%q became %+v", odd, g.Mail)
		}
		b.report(g, mail.Outcome{Verdict: mail.Delivered, Text: odd, Remote: odd})
		if page, err := b.List(b.ctx, queue.Filter{All: true, MessageID: e.Mail.MessageID}); err != nil || len(page.Records) != 1 || page.Records[0].Mail.ID != id {
			t.Errorf("%q is not found by its Message-ID: %+v, %v", odd, page, err)
		}
	}
}
