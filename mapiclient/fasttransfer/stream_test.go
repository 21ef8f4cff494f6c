package fasttransfer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

var (
	set     = mapi.GUID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	numeric = &mapi.PropertyName{Set: set, LID: 0x8205}
	worded  = &mapi.PropertyName{Set: set, Name: "kö"}
	when    = mapi.TimeOf(0x01D08581A89ED000)
)

// samples are properties of every kind with their bytes, put together from
// [MS-OXCFXICS] 2.2.4.1 by hand.
var samples = []struct {
	hex  string
	prop mapi.Prop
}{
	{"0200 0010" + "feff", mapi.Prop{Tag: 0x10000002, Value: int16(-2)}},
	{"0300 0010" + "04030201", mapi.Prop{Tag: 0x10000003, Value: int32(0x01020304)}},
	{"0400 0010" + "0000c03f", mapi.Prop{Tag: 0x10000004, Value: float32(1.5)}},
	{"0500 0010" + "000000000000f83f", mapi.Prop{Tag: 0x10000005, Value: 1.5}},
	{"0600 0010" + "0807060504030201", mapi.Prop{Tag: 0x10000006, Value: mapi.Currency(0x0102030405060708)}},
	{"0700 0010" + "000000000000f83f", mapi.Prop{Tag: 0x10000007, Value: mapi.AppTime(1.5)}},
	{"0a00 0010" + "0f010480", mapi.Prop{Tag: 0x1000000A, Value: mapi.ErrorCode(0x8004010F)}},
	{"0b00 0010" + "0100", mapi.Prop{Tag: 0x1000000B, Value: true}},
	{"1400 0010" + "0807060504030201", mapi.Prop{Tag: 0x10000014, Value: int64(0x0102030405060708)}},
	{"4000 0010" + "00d09ea88185d001", mapi.Prop{Tag: 0x10000040, Value: when}},
	{"4800 0010" + "0102030405060708090a0b0c0d0e0f10", mapi.Prop{Tag: 0x10000048, Value: set}},
	{"1f00 0010" + "06000000" + "4100f6000000", mapi.Prop{Tag: 0x1000001F, Value: "Aö"}},
	{"1e00 0010" + "03000000" + "41f600", mapi.Prop{Tag: 0x1000001E, Value: mapi.String8("A\xf6")}},
	{"0201 0010" + "03000000" + "010203", mapi.Prop{Tag: 0x10000102, Value: []byte{1, 2, 3}}},
	{"0201 0010" + "00000000", mapi.Prop{Tag: 0x10000102, Value: []byte{}}},
	{"0d00 0137" + "02000000" + "0102", mapi.Prop{Tag: 0x3701000D, Value: mapi.Object{1, 2}}},
	{"fb00 0010" + "02000000" + "0102", mapi.Prop{Tag: 0x100000FB, Value: mapi.ServerID{1, 2}}},
	{"0300 1740" + "02000000" + "0102", mapi.Prop{Tag: 0x40170003, Value: []byte{1, 2}}},
	{"0210 0010" + "02000000" + "0100ffff", mapi.Prop{Tag: 0x10001002, Value: []int16{1, -1}}},
	{"0310 0010" + "01000000" + "04030201", mapi.Prop{Tag: 0x10001003, Value: []int32{0x01020304}}},
	{"4010 0010" + "01000000" + "00d09ea88185d001", mapi.Prop{Tag: 0x10001040, Value: []time.Time{when}}},
	{"4810 0010" + "01000000" + "0102030405060708090a0b0c0d0e0f10", mapi.Prop{Tag: 0x10001048, Value: []mapi.GUID{set}}},
	{"1f10 0010" + "02000000" + "04000000" + "41000000" + "02000000" + "0000", mapi.Prop{Tag: 0x1000101F, Value: []string{"A", ""}}},
	{"1e10 0010" + "01000000" + "02000000" + "4100", mapi.Prop{Tag: 0x1000101E, Value: []mapi.String8{"A"}}},
	{"0211 0010" + "02000000" + "01000000" + "41" + "00000000", mapi.Prop{Tag: 0x10001102, Value: [][]byte{{0x41}, {}}}},
	{"0300 0580" + "0102030405060708090a0b0c0d0e0f10" + "00" + "05820000" + "04030201",
		mapi.Prop{Tag: 0x80050003, Name: numeric, Value: int32(0x01020304)}},
	{"1f00 0580" + "0102030405060708090a0b0c0d0e0f10" + "01" + "6b00f6000000" + "04000000" + "41000000",
		mapi.Prop{Tag: 0x8005001F, Name: worded, Value: "A"}},
}

func sampleBytes(s string) []byte { return unhex(strings.ReplaceAll(s, " ", "")) }

func TestElements(t *testing.T) {
	var whole []byte
	var want []Element
	for _, s := range samples {
		b := sampleBytes(s.hex)
		whole, want = append(whole, b...), append(want, Element{Prop: s.prop})
		var out sink
		w := NewWriter(&out)
		_ = w.Prop(s.prop)
		if err := w.Flush(); err != nil || !bytes.Equal(out.all(), b) {
			t.Errorf("%v: written %x, %v, want %x", s.prop, out.all(), err, b)
		}
		got, err := elements(NewReader(bytes.NewReader(b), 0))
		if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0].Prop, s.prop) {
			t.Errorf("%x: read %v, %v, want %v", b, got, err, s.prop)
		}
		for n := 1; n < len(b); n++ {
			_, err := elements(NewReader(bytes.NewReader(b[:n]), 0))
			var e *Error
			if !errors.As(err, &e) || e.Offset > int64(n) || !errors.Is(err, wire.ErrShort) && !errors.Is(err, wire.ErrCount) {
				t.Errorf("the first %d of %x give %v", n, b, err)
			}
		}
	}
	// However the stream comes, and whatever is held, it reads the same.
	for _, hold := range []int{0, 1 << 20, 64} {
		for name, src := range map[string]io.Reader{
			"whole": bytes.NewReader(whole), "bytes": iotest.OneByteReader(bytes.NewReader(whole)),
			"halves": iotest.HalfReader(bytes.NewReader(whole)), "end with data": iotest.DataErrReader(bytes.NewReader(whole)),
		} {
			if got, err := elements(NewReader(src, hold)); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s, hold %d: %v, %v", name, hold, got, err)
			}
		}
	}
}

// An error names its place in the stream, whatever came before it.
func TestErrorOffset(t *testing.T) {
	good := sampleBytes(samples[0].hex)
	for _, tc := range []struct {
		name, hex string
		at        int64
	}{
		{"unknown type", "ff00 0010", 0},
		{"type without values", "0100 0010", 0},
		{"list of booleans", "0b10 0010 00000000", 0},
		{"kind of a name", "0300 0580 0102030405060708090a0b0c0d0e0f10 07", 21},
		{"odd string", "1f00 0010 03000000 410000", 8},
		{"list cut short", "0210 0010 05000000 0100", 8},
		{"endless name", "0300 0580 0102030405060708090a0b0c0d0e0f10 01" + strings.Repeat("4100", 2000), 0},
	} {
		src := bytes.NewReader(append(bytes.Clone(good), sampleBytes(tc.hex)...))
		got, err := elements(NewReader(src, 0))
		var e *Error
		if len(got) != 1 || !errors.As(err, &e) || e.Offset != int64(len(good))+tc.at {
			t.Errorf("%s: %d elements, %v, want offset %d", tc.name, len(got), err, int64(len(good))+tc.at)
		}
	}
}

// A cause that is not the stream's is told as it is.
func TestSourceFails(t *testing.T) {
	broken := errors.New("connection lost")
	b := sampleBytes(samples[11].hex)
	for n := range b {
		_, err := elements(NewReader(io.MultiReader(bytes.NewReader(b[:n]), iotest.ErrReader(broken)), 0))
		if err != broken {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
	if _, err := elements(NewReader(idle{}, 0)); err != io.ErrNoProgress {
		t.Errorf("a source that brings nothing: %v", err)
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestLargeValue(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789abcdef"), 20_000)
	out := &sink{room: 2000}
	w := NewWriter(out)
	_ = w.Large(mapi.PidTagAttachDataBinary.Tag(), int64(len(data)), bytes.NewReader(data))
	_ = w.Prop(mapi.PidTagSubject.Of("behind"))
	_ = w.Large(mapi.PidTagAttachDataBinary.Tag(), int64(len(data)), bytes.NewReader(data))
	_ = w.Marker(EndAttach)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	r := NewReader(bytes.NewReader(out.all()), 1000)
	e, err := r.Next()
	if err != nil || e.Large == nil || e.Size != int64(len(data)) {
		t.Fatalf("%v, %v", e, err)
	}
	if got, err := io.ReadAll(e.Large); err != nil || !bytes.Equal(got, data) {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	if e, err := r.Next(); err != nil || e.Prop.Value != "behind" {
		t.Errorf("behind it: %v, %v", e, err)
	}
	skipped, err := r.Next() // and not read
	if err != nil || skipped.Large == nil {
		t.Fatal(skipped, err)
	}
	if e, err := r.Next(); err != nil || e.Marker != EndAttach {
		t.Errorf("behind what was not read: %v, %v", e, err)
	}
	if n, err := skipped.Large.Read(make([]byte, 10)); n != 0 || err != io.EOF {
		t.Errorf("reading too late: %d, %v", n, err)
	}
	if e, err := r.Next(); err != io.EOF {
		t.Errorf("at the end: %v, %v", e, err)
	}

	w = NewWriter(out)
	if err := w.Large(mapi.PidTagAttachDataBinary.Tag(), 10, strings.NewReader("short")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a value shorter than its size: %v", err)
	}
}

// A length is not believed before the bytes are there.
func TestPromisesCostNothing(t *testing.T) {
	for _, hex := range []string{
		"0201 0010 ffffff7f 00",          // bytes of 2 GiB
		"0210 0010 ffffffff 00",          // list of 4 Gi numbers
		"0211 0010 ffffffff 00",          // list of 4 Gi values
		"0211 0010 01000000 ffffffff 00", // one of 4 GiB in a list
	} {
		b := sampleBytes(hex)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := elements(NewReader(bytes.NewReader(b), 1<<30)); err == nil {
			t.Errorf("%s was read", hex)
		}
		if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 1<<20 {
			t.Errorf("%s: %d bytes allocated", hex, after.TotalAlloc-before.TotalAlloc)
		}
	}
}

// Every buffer ends between atoms or within a value of variable size, and a
// buffer is used as far as that allows.
func TestCuts(t *testing.T) {
	props := mapi.Props{}
	for range 20 {
		for _, s := range samples {
			props = append(props, s.prop)
		}
		props = append(props, mapi.PidTagSubject.Of(strings.Repeat("long ", 1000)),
			mapi.PidTagHtml.Of(bytes.Repeat([]byte("x"), 5001)),
			mapi.Prop{Tag: 0x10001003, Value: make([]int32, 3000)},
			mapi.Prop{Tag: 0x1000101F, Value: []string{strings.Repeat("s", 300), "t"}})
	}
	for room := MinRoom; room < MinRoom+40; room++ {
		out := &sink{room: room}
		w := NewWriter(out)
		_ = w.Props(props)
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		lawful := atomEnds(t, out.all())
		at, used := 0, 0
		for i, b := range out.buffers {
			at, used = at+len(b), used+len(b)
			if len(b) > room {
				t.Fatalf("buffer %d has %d bytes, room for %d", i, len(b), room)
			}
			if !lawful(at) {
				t.Fatalf("room %d: buffer %d is cut at %d, within an atom", room, i, at)
			}
		}
		if fill := float64(used) / float64(room*len(out.buffers)); fill < 0.85 {
			t.Errorf("room %d: buffers are %.0f%% full", room, 100*fill)
		}
	}
	w := NewWriter(&sink{room: 10})
	if err := w.Prop(mapi.Prop{Tag: 0x80050003, Name: numeric, Value: int32(1)}); !errors.Is(err, ErrNoRoom) {
		t.Errorf("a definition of 25 bytes in a buffer of 10: %v", err)
	}
}

// atomEnds tells where a stream may be cut, from the grammar of the atoms alone.
func atomEnds(t *testing.T, b []byte) func(int) bool {
	may := make(map[int]bool)
	off := 0
	count := func() int { // a length is an atom
		n := int(b[off]) | int(b[off+1])<<8 | int(b[off+2])<<16 | int(b[off+3])<<24
		off += 4
		may[off] = true
		return n
	}
	value := func(wide bool) {
		n := count()
		for i := 0; i <= n; i++ {
			if !wide || i%2 == 0 {
				may[off+i] = true
			}
		}
		off += n
	}
	for off < len(b) {
		tag := mapi.PropTag(uint32(b[off]) | uint32(b[off+1])<<8 | uint32(b[off+2])<<16 | uint32(b[off+3])<<24)
		off += 4
		if tag.ID() >= 0x8000 {
			off += 16 + 1
			if b[off-1] == 0 {
				off += 4
			} else {
				for b[off] != 0 || b[off+1] != 0 {
					off += 2
				}
				off += 2
			}
		}
		may[off] = true
		base := tag.Type() &^ mapi.MultiValue
		wide := base == mapi.PtypString
		n := 1
		if tag.Type().IsMulti() {
			n = count()
		}
		for range n {
			if size := fixedSize(base); size > 0 && tag != mapi.PidTagIdsetGiven.Tag() {
				off += size
				may[off] = true
			} else {
				value(wide)
			}
		}
	}
	if off != len(b) {
		t.Fatalf("the stream has %d bytes, its elements %d", len(b), off)
	}
	return func(n int) bool { return may[n] }
}

func TestWriterRefuses(t *testing.T) {
	for _, p := range []mapi.Prop{
		{Tag: 0x10000001}, // PtypNull
		{Tag: 0x100000FD, Value: mapi.Restriction(nil)},      // restriction
		{Tag: 0x1000001F, Value: 7},                          // another type
		{Tag: 0x1000001F, Value: "a\x00b"},                   // NUL
		{Tag: 0x1000000B, Value: 1},                          // not a bool
		{Tag: 0x10001003, Value: []string{"x"}},              // another list
		{Tag: 0x1000101F, Value: []int32{1}},                 // another list
		{Tag: 0x80050003, Value: int32(1)},                   // named without its name
		{Tag: 0x10001102, Value: []byte("not a list")},       // not a list
		{Tag: 0x1000101F, Value: []string{"fine", "a\x00b"}}, // NUL in a list
		{Tag: 0x8005001F, Name: &mapi.PropertyName{Set: set, Name: strings.Repeat("n", 600)}, Value: "x"},
	} {
		var out sink
		w := NewWriter(&out)
		if err := w.Prop(p); err == nil {
			t.Errorf("%v was written as %x", p, out.all())
		}
		if w.Marker(EndMessage) == nil || w.Flush() == nil || w.Err() == nil {
			t.Errorf("%v: the error does not stick", p)
		}
	}
}

func TestCodePages(t *testing.T) {
	for _, tc := range []struct {
		hex  string
		want Element
	}{
		{"b084 0010" + "04000000" + "41000000", Element{Prop: mapi.Prop{Tag: 0x1000001F, Value: "A"}}},
		{"e284 0010" + "02000000" + "4100", Element{Prop: mapi.Prop{Tag: 0x1000001E, Value: mapi.String8("A")}, CodePage: 1250}},
		{"e9fd 0010" + "02000000" + "4100", Element{Prop: mapi.Prop{Tag: 0x1000001E, Value: mapi.String8("A")}, CodePage: 65001}},
	} {
		got, err := elements(NewReader(bytes.NewReader(sampleBytes(tc.hex)), 0))
		if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], tc.want) {
			t.Errorf("%s: %+v, %v", tc.hex, got, err)
		}
	}
}

// A string without its NUL, or with something behind it, ends where C ends it.
func TestStringEnds(t *testing.T) {
	for hex, want := range map[string]string{
		"04000000 41004200": "AB", "08000000 4100000042000000": "A", "00000000": "", "02000000 0000": "",
	} {
		got, err := elements(NewReader(bytes.NewReader(sampleBytes("1f00 0010"+hex)), 0))
		if err != nil || len(got) != 1 || got[0].Prop.Value != want {
			t.Errorf("%s: %v, %v, want %q", hex, got, err, want)
		}
	}
}

func TestMarkers(t *testing.T) {
	for m := Marker(0x40000003); m <= 0x40200003; m += 0x10000 {
		if m.Known() != (m.String() != fmt.Sprintf("marker 0x%08X", uint32(m))) {
			t.Errorf("%v", m)
		}
	}
	var e Element
	for _, m := range []Marker{StartTopFld, IncrSyncProgressMode, IncrSyncGroupInfo, FXErrorInfo} {
		var out sink
		w := NewWriter(&out)
		_ = w.Marker(m)
		_ = w.Flush()
		got, err := elements(NewReader(bytes.NewReader(out.all()), 0))
		if e = (Element{Marker: m}); err != nil || len(got) != 1 || got[0] != e {
			t.Errorf("%v: %v, %v", m, got, err)
		}
	}
}
