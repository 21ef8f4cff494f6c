package ingress

import (
	"errors"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/queue"
)

// A mail that is sent again is answered for and not taken again, unless something of it is different.
func TestDuplicates(t *testing.T) {
	const (
		mail  = "> MAIL FROM:<a@here.test>\n250\n"
		to    = "> RCPT TO:<bob@here.test>\n250\n"
		other = "> RCPT TO:<eve@here.test>\n250\n"
		data  = "> DATA\n354\n> "
		first = "Message-ID: <1@app.test>\\r\\n\\r\\nhello\\r\\n.\n250\n"
	)
	for name, c := range map[string]struct {
		again    string
		repeated int
	}{
		"the same":           {mail + to + data + first, 1},
		"another header":     {mail + to + data + "Date: Sun, 1 Mar 2026 12:00:09 +0000\\r\\nMessage-ID: <1@app.test>\\r\\n\\r\\nhello\\r\\n.\n250\n", 1},
		"another text":       {mail + to + data + "Message-ID: <1@app.test>\\r\\n\\r\\nhello!\\r\\n.\n250\n", 0},
		"another recipient":  {mail + other + data + first, 0},
		"one more recipient": {mail + to + other + data + first, 0},
		"another sender":     {"> MAIL FROM:<b@here.test>\n250\n" + to + data + first, 0},
		"another Message-ID": {mail + to + data + "Message-ID: <2@app.test>\\r\\n\\r\\nhello\\r\\n.\n250\n", 0},
		"none":               {mail + to + data + "Subject: x\\r\\n\\r\\nhello\\r\\n.\n250\n", 0},
	} {
		for _, window := range []time.Duration{0, time.Minute} {
			s := newSite(t, loopback(), func(o *Options) { o.Duplicates = window })
			s.talk(mail + to + data + first + c.again)
			want := c.repeated
			if window == 0 {
				want = 0
			}
			if s.seen.repeated != want || s.seen.accepted != 2-want {
				t.Errorf("%s, %v: %d accepted, %d repeated; want %d", name, window, s.seen.accepted, s.seen.repeated, want)
			}
		}
	}
}

// Who has too many mails waiting hears so before sending one.
func TestCeilings(t *testing.T) {
	const whole = "> MAIL FROM:<a@here.test>\n250\n> RCPT TO:<bob@here.test>\n250\n> DATA\n354\n> Subject: x\\r\\n\\r\\nhello\\r\\n.\n250\n"
	for name, c := range map[string]Ceilings{
		"of all":       {All: 2},
		"of a client":  {Client: 2},
		"under memory": {Pressed: func() error { return errors.New("none left") }},
	} {
		script := whole + whole + "> MAIL FROM:<a@here.test>\n452 4.3.1\n> NOOP\n250\n"
		why := "queued"
		if c.Pressed != nil {
			script, why = "> MAIL FROM:<a@here.test>\n452 4.3.1\n", "full"
		}
		s := newSite(t, loopback(), func(o *Options) {
			o.Ceilings = c
			o.Ceilings.Occupied = o.Queue.(queue.Inspector).Occupied
		})
		s.talk(script)
		if s.seen.last() != why {
			t.Errorf("%s: refused %s, want %s", name, s.seen.last(), why)
		}
	}
}
