package oxocal

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/vectors"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// exact decodes bytes, checks what they mean and encodes them again.
func exact[T any, P interface {
	*T
	wire.Coder
}](check func(*testing.T, *T)) func(*testing.T, vectors.Vector) {
	return func(t *testing.T, v vectors.Vector) {
		var got T
		if err := wire.Unmarshal(v.Bytes, P(&got)); err != nil {
			t.Fatal(err)
		}
		check(t, &got)
		again, err := wire.Marshal(P(&got))
		if err != nil || !bytes.Equal(again, v.Bytes) {
			t.Errorf("written again\n%x (%v), want\n%x", again, err, v.Bytes)
		}
	}
}

func at(year, month, day, hour, minute int) Minutes {
	return MinutesOf(time.Date(year, time.Month(month), day, hour, minute, 0, 0, time.UTC))
}

func TestVectors(t *testing.T) {
	weekly := RecurrencePattern{ReaderVersion: 0x3004, WriterVersion: 0x3004, Frequency: Weekly, PatternType: PatternWeek, FirstDateTime: 0x21C0,
		Period: 1, Days: 0x32, EndType: EndCount, Count: 12, StartDate: at(2007, 3, 26, 0, 0), EndDate: at(2007, 4, 20, 0, 0),
		Deleted: []Minutes{}, Modified: []Minutes{}}
	vectors.Test(t, vectors.Room{Name: "oxocal", Covered: map[string]func(*testing.T, vectors.Vector){
		"MS-OXOCAL_4.1.1.1_01": exact(func(t *testing.T, p *AppointmentRecurrencePattern) {
			equal(t, p.RecurrencePattern, weekly)
			equal(t, [2]uint32{p.StartTime, p.EndTime}, [2]uint32{600, 630})
		}),
		"MS-OXOCAL_4.1.1.2_01": exact(func(t *testing.T, p *AppointmentRecurrencePattern) {
			with := weekly
			with.Deleted, with.Modified = []Minutes{at(2007, 4, 16, 0, 0)}, []Minutes{at(2007, 4, 16, 0, 0)}
			equal(t, p.RecurrencePattern, with)
			e := p.Exceptions[0]
			equal(t, []Minutes{e.Start, e.End, e.OriginalStart}, []Minutes{at(2007, 4, 16, 11, 0), at(2007, 4, 16, 11, 30), at(2007, 4, 16, 10, 0)})
			equal(t, []string{e.Subject, e.Subject8, e.Location, e.Location8},
				[]string{"Simple Recurrence with exceptions", "Simple Recurrence with exceptions", "34/4141", "34/4141"})
		}),
		"MS-OXOCAL_4.1.1.3_01": exact(func(t *testing.T, p *AppointmentRecurrencePattern) {
			equal(t, p.Deleted, []Minutes{at(2011, 4, 19, 0, 0), at(2011, 4, 22, 0, 0)})
			equal(t, []Minutes{p.StartDate, p.EndDate}, []Minutes{at(2011, 4, 7, 0, 0), at(2011, 5, 4, 0, 0)})
			equal(t, p.Period, 3*minutesPerDay)
		}),
		"MS-OXOCAL_4.1.1.6_01": exact(func(t *testing.T, p *AppointmentRecurrencePattern) {
			equal(t, []uint32{uint32(p.CalendarType), p.Period, p.DayOfMonth}, []uint32{8, 12, 3})
			equal(t, []Minutes{p.StartDate, p.EndDate}, []Minutes{at(2008, 4, 8, 0, 0), NoEnd})
			equal(t, []uint32{uint32(p.Exceptions[0].Flags), p.Exceptions[0].ReminderDelta, p.Exceptions[0].BusyStatus}, []uint32{0x224, 60, 1})
		}),
		"MS-OXOCAL_4.1.2_01": exact(func(t *testing.T, id *GlobalObjectID) {
			equal(t, []int{int(id.Year), int(id.Month), int(id.Day)}, []int{2008, 3, 25})
			created, _ := id.CreationTime()
			equal(t, created.Truncate(time.Second), time.Date(2008, 2, 20, 17, 16, 51, 0, time.UTC))
		}),
		"MS-OXOCAL_4.1.4_01": exact(func(t *testing.T, z *TimeZoneDefinition) {
			equal(t, z.KeyName, "Pacific Standard Time")
			equal(t, []int{len(z.Rules), int(z.Rules[0].Year), int(z.Rules[1].Year), int(z.Effective().Flags)}, []int{2, 2006, 2007, 2})
			equal(t, z.Rules[1].Daylight, SystemTime{Month: 3, Day: 2, Hour: 2})
		}),
		"MS-OXOCAL_4.1.5_01": exact(func(t *testing.T, z *TimeZoneStruct) {
			equal(t, []int32{z.Bias, z.StandardBias, z.DaylightBias}, []int32{480, 0, -60})
			equal(t, z.Standard, SystemTime{Month: 11, Day: 1, Hour: 2})
		}),
		"MS-ASEMAIL_4.3_01": uidOf("040000008200E00074C5B7101A82E00800000000E040C9C12685C4010000000000000000100000000BF0ED4B6E4EE94E9E39E3867B378EF3"),
		"MS-ASEMAIL_4.3_02": uidOf("{81412D3C-2A24-4E9D-B20E-11F7BBE92799}"),
	}})
}

// uidOf checks the UID of an id, and the id of the UID but for its day.
func uidOf(want string) func(*testing.T, vectors.Vector) {
	return exact(func(t *testing.T, id *GlobalObjectID) {
		equal(t, id.UID(), want)
		equal(t, FromUID(want), id.Clean())
	})
}

func equal[T any](t *testing.T, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// Dumps of real items come back byte for byte.
func TestDumps(t *testing.T) {
	root := os.Getenv("MAPIGATE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared")
	}
	files, _ := filepath.Glob(filepath.Join(root, "corpus", "ical", "mfcmapi__In__*.dat"))
	if len(files) == 0 {
		t.Skip("no corpus beside the checkout (MAPIGATE_SHARED)")
	}
	kinds := map[string]func() wire.Coder{
		"APPOINTMENTRECURRENCEPATTERN": func() wire.Coder { return &AppointmentRecurrencePattern{} },
		"RECURRENCEPATTERN":            func() wire.Coder { return &RecurrencePattern{} },
		"GLOBALOBJECTID":               func() wire.Coder { return &GlobalObjectID{} },
		"TIMEZONE":                     func() wire.Coder { return &TimeZoneStruct{} },
		"TIMEZONEDEFINITION":           func() wire.Coder { return &TimeZoneDefinition{} },
	}
	exactly := 0
	for _, file := range files {
		name := strings.TrimPrefix(filepath.Base(file), "mfcmapi__In__")
		kind, _, _ := strings.Cut(name, "-")
		make, ok := kinds[kind]
		if !ok {
			t.Logf("%s: not a structure of this room", name)
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := hex.DecodeString(strings.TrimSpace(string(text)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		v := make()
		c := wire.NewDecoder(raw)
		v.Layout(c)
		used := c.Offset()
		again, err := wire.Marshal(v)
		if c.Err() != nil || err != nil || !bytes.Equal(again, raw[:used]) {
			t.Errorf("%s: read %v, written %v\n%x\n%x", name, c.Err(), err, again, raw[:used])
			continue
		}
		if used < len(raw) {
			t.Logf("%s: %d bytes behind the structure", name, len(raw)-used)
		}
		exactly++
	}
	t.Logf("%d of %d dumps exact", exactly, len(files))
}

func samples() []wire.Coder {
	p := &AppointmentRecurrencePattern{RecurrencePattern: RecurrencePattern{Frequency: Monthly, PatternType: PatternMonthNth, Period: 1, Days: 2, Nth: 5,
		EndType: EndNever, Count: 10, Deleted: []Minutes{5}, Modified: []Minutes{5}, EndDate: NoEnd}, StartTime: 60, EndTime: 90}
	e := Exception{Start: 1, End: 2, OriginalStart: 3, Flags: OverrideColor | OverrideReminder, Color: 7}
	e.SetSubject("日本 subject")
	e.SetLocation("ü")
	p.Exceptions = []Exception{e}
	id := FromUID("x@y")
	return []wire.Coder{p, &p.RecurrencePattern, &TimeZoneStruct{Bias: -60}, &TimeZoneDefinition{KeyName: "W. Europe Standard Time", Rules: []Rule{{Year: 1601, Bias: -60}}}, &id}
}

// Every prefix of a structure fails cleanly.
func TestTruncations(t *testing.T) {
	for _, v := range samples() {
		b, err := wire.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		for n := range b {
			fresh := reflect.New(reflect.TypeOf(v).Elem()).Interface().(wire.Coder)
			if err := wire.Unmarshal(b[:n], fresh); err == nil {
				t.Errorf("%T: %d of %d bytes were enough", v, n, len(b))
			}
		}
	}
}

func TestParseAppointment(t *testing.T) {
	b, err := wire.Marshal(samples()[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		in   []byte
		ok   bool
	}{{"whole", b, true}, {"with rubbish behind", append(bytes.Clone(b), 1, 2, 3), true}, {"without wide strings", b[:len(b)-10], true}, {"half", b[:40], false}} {
		p, err := ParseAppointment(c.in)
		if (err == nil) != c.ok || c.ok && len(p.Exceptions) != 1 {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func FuzzRecurrence(f *testing.F) {
	for _, v := range samples() {
		if b, err := wire.Marshal(v); err == nil {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var p AppointmentRecurrencePattern
		c := wire.NewDecoder(b)
		if p.Layout(c); c.Err() != nil {
			return
		}
		if p.ReaderVersion == 0 || p.WriterVersion == 0 || p.ReaderVersion2 == 0 || p.WriterVersion2 == 0 {
			return
		}
		again, err := wire.Marshal(&p)
		if err != nil || len(again) != c.Offset() {
			t.Fatalf("%d bytes came back as %d: %v", c.Offset(), len(again), err)
		}
	})
}
