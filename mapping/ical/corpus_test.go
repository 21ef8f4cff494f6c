package ical

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/ical/oxocal"
)

// corpus gives the calendars beside the checkout, or skips.
func corpus(t testing.TB) []string {
	root := os.Getenv("MAPIGATE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	files, _ := filepath.Glob(filepath.Join(root, "corpus", "ical", "*"))
	var calendars []string
	for _, f := range files {
		if !strings.Contains(f, "mfcmapi__") {
			calendars = append(calendars, f)
		}
	}
	if len(calendars) == 0 {
		t.Skip("no corpus beside the checkout (MAPIGATE_SHARED)")
	}
	return calendars
}

// essence is what must survive a round trip through iCalendar.
func essence(m *mapi.Message) map[string]any {
	people := 0
	for _, r := range m.Recipients {
		if !isOrganizer(&r) { // who is not written as an attendee
			people++
		}
	}
	e := map[string]any{"recipients": people, "exceptions": len(m.Attachments)}
	for _, p := range m.Props {
		name := p.Tag.String()
		if p.Name != nil {
			name = mapi.NameOf(*p.Name)
		}
		switch name {
		case "PidTagSubject", "PidTagBody", "PidLidLocation", "PidLidAppointmentStartWhole", "PidLidAppointmentEndWhole", "PidLidAppointmentSubType",
			"PidLidAppointmentRecur", "PidLidBusyStatus", "PidLidReminderSet", "PidLidReminderDelta", "PidLidAppointmentSequence", "PidLidCleanGlobalObjectId",
			"PidLidGlobalObjectId", "PidTagImportance", "PidTagSensitivity", "PidNameKeywords", "PidLidTaskDueDate", "PidLidTaskStatus", "PidLidPercentComplete",
			"PidTagSentRepresentingEmailAddress", "PidTagMessageClass":
			if p.Value != "" {
				e[name] = p.Value
			}
		}
	}
	if s, _ := e["PidTagBody"].(string); strings.TrimSpace(s) == "" {
		delete(e, "PidTagBody")
	} else {
		e["PidTagBody"] = strings.TrimSpace(s)
	}
	return e
}

func TestCorpus(t *testing.T) {
	var messages, equal, none, withLosses int
	for _, path := range corpus(t) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		got, err := ToMAPI(bytes.NewReader(b), Options{})
		if errors.Is(err, ErrNoCalendar) {
			none++
			if bytes.Contains(b, []byte("BEGIN:VEVENT")) && bytes.Contains(b, []byte("BEGIN:VCALENDAR")) {
				t.Logf("%s: no calendar found, but there is an event: %v", name, got.Losses)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(got.Losses) > 0 {
			withLosses++
		}
		for i, m := range got.Messages {
			messages++
			if roundTrip(t, name, i, m) {
				equal++
			}
		}
	}
	t.Logf("%d files: %d without an item, %d with losses; %d items, %d equal after a round trip", len(corpus(t)), none, withLosses, messages, equal)
	if equal*100 < messages*99 {
		t.Error("less than 99 % of the items survive")
	}
}

func roundTrip(t *testing.T, name string, i int, m *mapi.Message) bool {
	var out bytes.Buffer
	if _, err := FromMAPI(context.Background(), &out, m, FromOptions{}); err != nil {
		t.Errorf("%s, item %d: %v", name, i, err)
		return false
	}
	again, err := ToMAPI(bytes.NewReader(out.Bytes()), Options{})
	if err != nil {
		t.Errorf("%s, item %d: %v\n%s", name, i, err, out.Bytes())
		return false
	}
	// What the round trip adds (a UID, say) is no loss.
	equal, got := true, essence(again.Messages[0])
	for k, w := range essence(m) {
		if !reflect.DeepEqual(got[k], w) {
			t.Logf("%s, item %d: %s is %s, was %s", name, i, k, brief(got[k]), brief(w))
			equal = false
		}
	}
	return equal
}

// brief prints a value for the eye.
func brief(v any) string {
	if b, ok := v.([]byte); ok {
		if p, err := oxocal.ParseAppointment(b); err == nil {
			v = *p
		}
	}
	s := fmt.Sprintf("%v", v)
	return s[:min(len(s), 600)]
}
