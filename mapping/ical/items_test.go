package ical

import (
	"bytes"
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
	"github.com/mapigate/mapigate/mapping/ical/oxocal"
	"github.com/mapigate/mapigate/mapping/msg"
)

// computed checks that what this package computes for a series is what the
// program that made it computed.
func computed(t *testing.T, name string, p *oxocal.RecurrencePattern) bool {
	t.Helper()
	if !gregorian(p.CalendarType) || p.Period == 0 {
		return false
	}
	q := *p
	setFirstDateTime(&q)
	if q.FirstDateTime != p.FirstDateTime {
		t.Errorf("%s: FirstDateTime is %d, want %d (%+v)", name, q.FirstDateTime, p.FirstDateTime, p)
	}
	if p.EndType == oxocal.EndDate {
		count := uint32(0)
		for day := range occurrences(p, maxOccurrences) {
			if day > p.EndDate {
				break
			}
			count++
		}
		if count != p.Count {
			t.Errorf("%s: %d occurrences until %v, want %d", name, count, p.EndDate.Time(), p.Count)
		}
	}
	rule, err := formatRule(p, func(m oxocal.Minutes) string { return formatDay(m.Time()) })
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return true
	}
	again, err := parseRule(rule, p.StartDate.Time())
	if err != nil || again.FirstDateTime != p.FirstDateTime || again.Days != p.Days || again.DayOfMonth != p.DayOfMonth || again.Nth != p.Nth || again.Period != p.Period {
		t.Errorf("%s: %s came back as %+v, %v; was %+v", name, rule, again, err, p)
	}
	return true
}

// Dumps of series that Outlook made.
func TestComputedDumps(t *testing.T) {
	checked := 0
	for _, file := range sharedFiles(t, "ical", "mfcmapi__In__*RECURRENCEPATTERN*") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := hex.DecodeString(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		var p oxocal.RecurrencePattern
		c := wire.NewDecoder(raw)
		if p.Layout(c); c.Err() != nil {
			t.Fatal(c.Err())
		}
		if computed(t, filepath.Base(file), &p) {
			checked++
		}
	}
	t.Logf("%d series", checked)
}

func sharedFiles(t *testing.T, folder, pattern string) []string {
	root := os.Getenv("MAPIGATE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	files, _ := filepath.Glob(filepath.Join(root, "corpus", folder, pattern))
	if len(files) == 0 {
		t.Skipf("no %s in the corpus beside the checkout (MAPIGATE_SHARED)", pattern)
	}
	return files
}

// Items that Outlook saved: their structures come back byte for byte, and what
// this package computes is what Outlook did.
func TestOutlookItems(t *testing.T) {
	blobs, series, items := 0, 0, 0
	for _, file := range sharedFiles(t, "msg", "*.msg") {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := msg.Read(context.Background(), bytes.NewReader(b), msg.Options{})
		if err != nil {
			continue // the room of .msg files says why
		}
		name := filepath.Base(file)
		ps := r.Message.Props
		blobs += exactBlobs(t, name, ps)
		if p, err := oxocal.ParseAppointment(mapi.PidLidAppointmentRecur.Get(ps)); err == nil && computed(t, name, &p.RecurrencePattern) {
			series++
		}
		if Maps(mapi.PidTagMessageClass.Get(ps)) {
			items++
			roundTrip(t, name, 0, r.Message)
		}
	}
	t.Logf("%d structures exact, %d series computed, %d items written and read", blobs, series, items)
	if blobs == 0 || items == 0 {
		t.Error("no items found")
	}
}

// exactBlobs decodes and encodes an item's structures.
func exactBlobs(t *testing.T, name string, ps mapi.Props) (n int) {
	for _, s := range []struct {
		tag mapi.Named[[]byte]
		v   wire.Coder
	}{
		{mapi.PidLidAppointmentRecur, &oxocal.AppointmentRecurrencePattern{}}, {mapi.PidLidTimeZoneStruct, &oxocal.TimeZoneStruct{}},
		{mapi.PidLidAppointmentTimeZoneDefinitionRecur, &oxocal.TimeZoneDefinition{}}, {mapi.PidLidAppointmentTimeZoneDefinitionStartDisplay, &oxocal.TimeZoneDefinition{}},
		{mapi.PidLidAppointmentTimeZoneDefinitionEndDisplay, &oxocal.TimeZoneDefinition{}}, {mapi.PidLidGlobalObjectId, &oxocal.GlobalObjectID{}},
		{mapi.PidLidCleanGlobalObjectId, &oxocal.GlobalObjectID{}},
	} {
		raw, ok := s.tag.From(ps)
		if !ok || len(raw) == 0 {
			continue
		}
		c := wire.NewDecoder(raw)
		s.v.Layout(c)
		used := c.Offset()
		again, err := wire.Marshal(s.v)
		if c.Err() != nil || err != nil || !bytes.Equal(again, raw[:used]) {
			t.Errorf("%s: %v: read %v, written %v\n%x\n%x", name, s.tag.PropertyName, c.Err(), err, again, raw)
			continue
		}
		n++
	}
	return n
}
