package queuetest

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
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
	o.Verdict = mail.Retry
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
