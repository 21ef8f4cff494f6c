package backup

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

func TestMboxQuoting(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"A: b\r\n\r\nFrom me\r\n>>From you\nnot From here\nend", "A: b\n\n>From me\n>>>From you\nnot From here\nend\n\n"},
		{"", "\n"}, {"\n", "\n\n"}, {"\r", "\r\n\n"}, {"a\rb\r\r\n", "a\rb\r\n\n"},
		{"Fro", "Fro\n\n"}, {"Fro\r\nFrom\r\nFrom ", "Fro\nFrom\n>From \n\n"}, {">", ">\n\n"}, {">Fr>From ", ">Fr>From \n\n"},
	} {
		for size := 1; size < 9; size++ { // however the text is cut
			var out bytes.Buffer
			w := NewMboxWriter(&out)
			if err := w.Begin("a b", noon); err != nil {
				t.Fatal(err)
			}
			for rest := tt.in; rest != ""; {
				n := min(size, len(rest))
				if _, err := io.WriteString(w, rest[:n]); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			if err := w.End(); err != nil {
				t.Fatal(err)
			}
			if want := "From MAILER-DAEMON Mon Nov  2 12:00:00 2026\n" + tt.want; out.String() != want {
				t.Errorf("%q by %d: %q, want %q", tt.in, size, out.String(), want)
			}
		}
	}
}

// readAll reads an mbox and gives subjects, states and times.
func readAll(t *testing.T, text string) (subjects, states []string, times []time.Time, err error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.mbox")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	folders, err := readTree(file, false)
	if err != nil {
		t.Fatal(err)
	}
	p := &parcelReader{
		temporary: t.TempDir(),
		pass:      func(string, int64, time.Time) bool { return false },
		failed:    func(_ context.Context, _ string, err error) error { return err },
		take: func(_ context.Context, p *parcel) error {
			subjects = append(subjects, mapi.PidTagSubject.Get(p.message.Props)+"|"+mapi.PidTagBody.Get(p.message.Props))
			states = append(states, string(p.states))
			times = append(times, mapi.PidTagMessageDeliveryTime.Get(p.message.Props))
			return nil
		},
	}
	err = p.read(t.Context(), folders[0], &folders[0].files[0])
	if left, _ := filepath.Glob(filepath.Join(p.temporary, "*")); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
	return subjects, states, times, err
}

func TestMboxOfOthers(t *testing.T) {
	long := strings.Repeat("x", 200_000)
	subjects, states, times, err := readAll(t, "From a@b Thu Jan  1 10:00:00 2026\nSubject: one\nStatus: RO\nX-Status: AF\n\nFirst\n>From the start\n\nlast\n\n"+
		"From c Thu Jan  1 11:00:00 2026 +0100\r\nSubject: two\r\n\r\n"+long+"\r\nFromage\r\n\r\nFrom - nonsense\n\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"one|First\r\nFrom the start\r\n\r\nlast\r\n", "two|" + long + "\r\nFromage\r\n", "|"}
	for i := range max(len(want), len(subjects)) {
		if i >= len(subjects) || i >= len(want) || strings.TrimRight(subjects[i], "\r\n") != strings.TrimRight(want[i], "\r\n") {
			t.Fatalf("%d: %.200q, want %.200q", i, subjects, want)
		}
	}
	if states[0] != "FRS" || states[1] != "" || !times[0].Equal(time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)) || !times[1].Equal(times[0]) {
		t.Errorf("states %q, times %v", states, times)
	}
	if _, _, _, err := readAll(t, "Subject: no mbox\n\nhello\n"); err == nil {
		t.Error("what begins without From is read")
	}
}

func FuzzMbox(f *testing.F) {
	f.Add("From a Thu Jan  1 10:00:00 2026\nSubject: x\n\n>From b\n\n")
	f.Fuzz(func(t *testing.T, body string) {
		// A body that goes in comes out, but for line ends.
		var out bytes.Buffer
		w := NewMboxWriter(&out)
		for range 2 {
			if err := w.Begin("a@b", noon); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(w, "Subject: x\n\n"+body); err != nil {
				t.Fatal(err)
			}
			if err := w.End(); err != nil {
				t.Fatal(err)
			}
		}
		subjects, _, _, err := readAll(t, out.String())
		if err != nil || len(subjects) != 2 || subjects[0] != subjects[1] {
			t.Fatalf("%v: %q of %q", err, subjects, out.String())
		}
		_, _, _, _ = readAll(t, body)
	})
}
