package mapiclient_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A counter counts the requests of a client: all that travel in a session
// context, and not the sign-in of connections.
type counter struct {
	n     int
	types []string
}

func (c *counter) note(x mapihttp.Exchange) {
	c.n++
	c.types = append(c.types, x.Type)
}

func (c *counter) reset() { c.n, c.types = 0, nil }

// roundTrip is one row of the table that TestRoundTrips holds and prints.
type roundTrip struct {
	name string
	// prepare does what must have happened before; run is what is counted.
	prepare, run func(*testing.T, *trip)
	most         int
}

// A trip is where a roundTrip happens.
type trip struct {
	client  *mapiclient.Client
	mailbox *mapiclient.Mailbox
	rows    []mapiclient.Row
	message *mapi.Message
}

// TestRoundTrips counts the requests that operations take, and holds them.
func TestRoundTrips(t *testing.T) {
	for _, r := range append(roundTrips(), transferTrips()...) {
		t.Run(r.name, func(t *testing.T) {
			_, opts := newExchange(t)
			var c counter
			opts.Observe = c.note
			client, err := mapiclient.New(opts)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			x := &trip{client: client}
			if r.prepare != nil {
				x.open(t)
				r.prepare(t, x)
			}
			c.reset()
			r.run(t, x)
			got, types := c.n, strings.Join(c.types, " ")
			t.Logf("%-52s %3d requests, at most %d", r.name, got, r.most)
			if got > r.most {
				t.Errorf("%d requests, want at most %d: %s", got, r.most, types)
			}
			if x.mailbox != nil {
				_ = x.mailbox.Close(context.Background())
			}
		})
	}
}

func (x *trip) open(t *testing.T) {
	t.Helper()
	m, err := x.client.OpenMailbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	x.mailbox = m
}

func (x *trip) submit(t *testing.T) {
	t.Helper()
	if _, err := x.mailbox.Submit(t.Context(), x.message, mapiclient.SubmitOptions{OneRequest: true}); err != nil {
		t.Fatal(err)
	}
}

// outbox saves messages into the Outbox and reads their rows.
func (x *trip) outbox(t *testing.T, list ...*mapi.Message) {
	t.Helper()
	folder := x.mailbox.SpecialFolder(rop.FolderOutbox)
	for _, msg := range list {
		if _, err := x.mailbox.Save(t.Context(), folder, msg); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := x.mailbox.Messages(t.Context(), folder, mapiclient.Query{Columns: []mapi.PropTag{mapi.PidTagMessageSize.Tag()}})
	if err != nil || len(rows) != len(list) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	x.rows = rows
}

// read opens every row and checks that all of it came.
func (x *trip) read(t *testing.T) {
	t.Helper()
	refs := make([]mapiclient.Ref, 0, len(x.rows))
	for _, r := range x.rows {
		refs = append(refs, mapiclient.Ref{ID: r.ID, Size: int(mapi.PidTagMessageSize.Get(r.Props))})
	}
	seen := 0
	err := x.mailbox.OpenAll(t.Context(), x.mailbox.SpecialFolder(rop.FolderOutbox), refs,
		func(_ mapiclient.Ref, o *mapiclient.Opened, err error) error {
			if err != nil {
				return err
			}
			defer o.Close()
			seen++
			want := plainNote()
			if mapi.PidTagBody.Get(o.Props) != mapi.PidTagBody.Get(want.Props) || len(o.Recipients) != 1 ||
				mapi.InternetHeader("X-Mapigate-Id").Get(o.Props) != "q1" {
				t.Errorf("message %d came incomplete", seen)
			}
			for i := range o.Attachments {
				if data := content(t, o.Attachments[i].Data); len(data) == 0 {
					t.Errorf("attachment %d is empty", i)
				}
			}
			return nil
		})
	if err != nil || seen != len(x.rows) {
		t.Fatalf("%d of %d messages, %v", seen, len(x.rows), err)
	}
}

// withAttachments is the plain message with attachments of these sizes.
func withAttachments(sizes ...int) *mapi.Message {
	msg := plainNote()
	for i, n := range sizes {
		msg.Attachments = append(msg.Attachments, mapi.Attachment{
			Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachByValue), mapi.PidTagAttachLongFilename.Of(fmt.Sprintf("file %d.bin", i))},
			Data:  mapi.BytesStream(bytes.Repeat([]byte{byte(i)}, n)),
		})
	}
	return msg
}

// known has the names and the shape of a message known, as after the first of its kind.
func known(msg func() *mapi.Message) func(*testing.T, *trip) {
	return func(t *testing.T, x *trip) {
		x.message = msg()
		x.submit(t)
		x.message = msg()
	}
}

func submits(t *testing.T, x *trip) { x.submit(t) }
func reads(t *testing.T, x *trip)   { x.read(t) }

func roundTrips() []roundTrip {
	list := []roundTrip{
		{name: "logon, folders, names, watch: ready", most: 3, run: func(t *testing.T, x *trip) {
			x.open(t)
			m := x.mailbox
			err := m.Prepare(t.Context(), mapiclient.Setup{
				Folders: []mapiclient.NewFolder{{m.SpecialFolder(rop.FolderRoot), "Claimed"}, {m.SpecialFolder(rop.FolderRoot), "Ledger"}},
				Names:   []mapi.PropertyName{mapi.InternetHeader("X-Mapigate-Id").PropertyName},
				Watch:   []mapi.FolderID{m.SpecialFolder(rop.FolderOutbox)},
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.EnsureFolder(t.Context(), m.SpecialFolder(rop.FolderRoot), "Claimed"); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "submit, 4 KB, known shape, OneRequest", most: 1, prepare: known(plainNote), run: submits},
		// What ROPs behind a failed one do nobody can forbid, so that one who must not send a torso asks for the submit only when all
		// of the message is known to be there: that is what the gateway does unless it is told otherwise (submit_in_one_request).
		{name: "submit, 4 KB, checked before it is sent (default)", most: 2, prepare: known(plainNote), run: func(t *testing.T, x *trip) {
			if _, err := x.mailbox.Submit(t.Context(), x.message, mapiclient.SubmitOptions{}); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "submit, 4 KB, new shape", most: 2, prepare: func(t *testing.T, x *trip) {
			known(plainNote)(t, x)
			x.message.Props.Set(mapi.PidTagImportance.Of(2))
		}, run: submits},
	}
	for _, sizes := range [][]int{{5_000}, {10_000, 10_000, 10_000}, {100_000}, {1 << 20},
		{11_000, 11_000, 11_000, 11_000, 11_000, 11_000, 11_000, 11_000, 11_000, 11_000}, {300_000, 700, 40_000, 9_000}} {
		total := 0
		for _, n := range sizes {
			total += n
		}
		list = append(list, roundTrip{
			name: fmt.Sprintf("submit, 4 KB and %d attachments, %d KB", len(sizes), total/1000), most: 2 + total/30_000,
			prepare: known(func() *mapi.Message { return withAttachments(sizes...) }), run: submits,
		})
	}
	return append(list,
		roundTrip{name: "read, 4 KB", most: 1, run: reads, prepare: func(t *testing.T, x *trip) { x.outbox(t, plainNote()) }},
		roundTrip{name: "read, 3 messages of 4 KB", most: 2, run: reads, prepare: func(t *testing.T, x *trip) {
			x.outbox(t, plainNote(), plainNote(), plainNote())
		}},
		roundTrip{name: "read, 40 messages of 300 bytes", most: 3, run: func(t *testing.T, x *trip) {
			refs := make([]mapiclient.Ref, 0, len(x.rows))
			for _, r := range x.rows {
				refs = append(refs, mapiclient.Ref{ID: r.ID, Size: int(mapi.PidTagMessageSize.Get(r.Props))})
			}
			seen := 0
			if err := x.mailbox.OpenAll(t.Context(), x.mailbox.SpecialFolder(rop.FolderOutbox), refs,
				func(_ mapiclient.Ref, o *mapiclient.Opened, err error) error {
					if err == nil {
						seen++
						o.Close()
					}
					return err
				}); err != nil || seen != 40 {
				t.Fatalf("%d messages, %v", seen, err)
			}
		}, prepare: func(t *testing.T, x *trip) {
			var list []*mapi.Message
			for range 40 {
				msg := plainNote()
				msg.Props.Set(mapi.PidTagBody.Of(strings.Repeat("x", 300)))
				list = append(list, msg)
			}
			x.outbox(t, list...)
		}},
		roundTrip{name: "read, 4 KB and 3 small attachments", most: 2, run: reads, prepare: func(t *testing.T, x *trip) {
			x.outbox(t, withAttachments(1_000, 2_000, 3_000))
		}},
		roundTrip{name: "read, 4 KB and an attachment of 1 MB", most: 5 + 4, run: reads, prepare: func(t *testing.T, x *trip) {
			x.outbox(t, withAttachments(1<<20))
		}},
	)
}
