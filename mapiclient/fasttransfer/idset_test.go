package fasttransfer

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// packed are sets with their commands, written by hand from
// [MS-OXCFXICS] 2.2.2.6; the bitmask is the example of 3.1.5.4.3.1.3.
var packed = []struct {
	name string
	set  GlobSet
	hex  string
}{
	{"empty", GlobSet{}, "00"},
	{"one", GlobSet{{0x010203040506, 0x010203040506}}, "06 010203040506 00"},
	{"range", GlobSet{{1, 0x2000}}, "04 00000000 52 0001 2000 50 00"},
	{"everything", GlobSet{{0, MaxCounter}}, "52 000000000000 ffffffffffff 00"},
	{"bitmask of the specification", GlobSet{{1, 3}, {5, 5}, {7, 9}}, "05 0000000000 42 01 eb 50 00"},
	{"range in the last byte", GlobSet{{1, 9}}, "05 0000000000 52 01 09 50 00"},
	{"two far apart", GlobSet{{1, 1}, {0x100, 0x100}}, "04 00000000 02 0001 02 0100 50 00"},
	{"last bytes far apart", GlobSet{{1, 1}, {0x80, 0x81}}, "05 0000000000 01 01 52 80 81 50 00"},
	{"groups", GlobSet{{1, 1}, {3, 3}, {0x101, 0x101}, {0x103, 0x103}},
		"04 00000000 01 00 42 01 02 50 01 01 42 01 02 50 50 00"},
	{"first bytes differ", GlobSet{{1, 2}, {0x010000000000, 0x010000000001}},
		"05 0000000000 52 01 02 50 05 0100000000 52 00 01 50 00"},
}

func TestGlobSet(t *testing.T) {
	for _, tc := range packed {
		b := sampleBytes(tc.hex)
		got, err := wire.Marshal(&tc.set)
		if err != nil || !bytes.Equal(got, b) {
			t.Errorf("%s: packed %x, %v, want %x", tc.name, got, err, b)
		}
		var back GlobSet
		if err := wire.Unmarshal(b, &back); err != nil || !slices.Equal(back, tc.set) {
			t.Errorf("%s: unpacked %x, %v, want %x", tc.name, back, err, tc.set)
		}
		for n := range len(b) {
			if err := wire.Unmarshal(b[:n], &back); !errors.Is(err, wire.ErrShort) {
				t.Errorf("%s: the first %d bytes give %v", tc.name, n, err)
			}
		}
	}
}

func TestGlobSetUnpack(t *testing.T) {
	for _, tc := range []struct {
		name, hex string
		want      GlobSet
		err       error
	}{
		{"in any order, overlapping, touching", "06 000000000009 52 000000000003 000000000005 52 000000000004 000000000008 00",
			GlobSet{{3, 9}}, nil},
		{"end with a stack", "04 00000000 52 0001 0002 00", GlobSet{{1, 2}}, nil},
		{"several pushes", "02 0000 02 0000 01 01 01 02 50 52 0003 0004 50 50 00", GlobSet{{3, 4}, {0x102, 0x102}}, nil},
		{"one pop too many", "02 0000 02 0000 01 01 01 02 50 52 0003 0004 50 50 50 00", nil, errStackEmpty},
		{"push by push", "02 0000 02 0000 01 01 01 02 50 52 0003 0004 50 52 00000007 00000008 50 00",
			GlobSet{{3, 4}, {7, 8}, {0x102, 0x102}}, nil},
		{"bitmask without bits", "05 0000000000 42 07 00 50 00", GlobSet{{7, 7}}, nil},
		{"bitmask at the edge", "05 0000000000 42 f7 ff 50 00", GlobSet{{0xF7, 0xFF}}, nil},
		{"bitmask over the edge", "05 0000000000 42 f8 80 50 00", nil, nil},
		{"bitmask too early", "04 00000000 42 01 01", nil, errBitmask},
		{"range backwards", "52 000000000002 000000000001 00", nil, errRange},
		{"seven bytes", "04 00000000 03 000000", nil, errStackOver},
		{"pop of nothing", "50 00", nil, errStackEmpty},
		{"unknown command", "07 00", nil, nil},
	} {
		var got GlobSet
		err := wire.Unmarshal(sampleBytes(tc.hex), &got)
		switch {
		case tc.want != nil:
			if err != nil || !slices.Equal(got, tc.want) {
				t.Errorf("%s: %x, %v, want %x", tc.name, got, err, tc.want)
			}
		case err == nil || tc.err != nil && !errors.Is(err, tc.err):
			t.Errorf("%s: %x, %v, want %v", tc.name, got, err, tc.err)
		}
	}
}

// A set behaves as the numbers in it.
func TestGlobSetAgainstMap(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var s GlobSet
		model := make(map[uint64]bool)
		for range 60 {
			low := uint64(rnd.IntN(3))<<40 | uint64(rnd.IntN(3))<<8 | uint64(rnd.IntN(40))
			if rnd.IntN(4) == 0 {
				s.Remove(low)
				delete(model, low)
				continue
			}
			high := low + uint64(rnd.IntN(4))
			s.Add(low, high)
			for n := low; n <= high; n++ {
				model[n] = true
			}
		}
		if s.Len() != uint64(len(model)) {
			t.Fatalf("%x has %d, want %d", s, s.Len(), len(model))
		}
		for n := range s.All() {
			if !model[n] {
				t.Fatalf("%x has %x", s, n)
			}
		}
		for n := range model {
			if !s.Contains(n) || s.Contains(n^0x8000) {
				t.Fatalf("%x and %x", s, n)
			}
		}
		for i := 1; i < len(s); i++ {
			if s[i].Low <= s[i-1].High+1 {
				t.Fatalf("ranges of %x touch", s)
			}
		}
		roundTripSet(t, s)
	}
}

func roundTripSet(t *testing.T, s GlobSet) {
	t.Helper()
	b, err := wire.Marshal(&s)
	if err != nil {
		t.Fatal(err)
	}
	var back GlobSet
	if err := wire.Unmarshal(b, &back); err != nil || !slices.Equal(back, s) {
		t.Fatalf("%x packed is %x, unpacked %x, %v", s, b, back, err)
	}
	// No worse than naming each range by itself.
	if plain := 1 + 14*len(s); len(b) > plain {
		t.Errorf("%x takes %d bytes, plainly %d", s, len(b), plain)
	}
}

func TestGlobSetRefusesToPack(t *testing.T) {
	for _, s := range []GlobSet{{{2, 1}}, {{1, MaxCounter + 1}}} {
		if b, err := wire.Marshal(&s); err == nil {
			t.Errorf("%x was packed as %x", s, b)
		}
	}
}

func TestIDSets(t *testing.T) {
	low, high := mapi.GUID{1}, mapi.GUID{2}
	s := IDSet{{high, GlobSet{{5, 5}}}, {low, GlobSet{{1, 2}}}}
	const want = "01000000000000000000000000000000" + "05 0000000000 52 01 02 50 00" +
		"02000000000000000000000000000000" + "06 000000000005 00"
	b, err := wire.Marshal(&s)
	if err != nil || !bytes.Equal(b, sampleBytes(want)) {
		t.Errorf("%x, %v", b, err)
	}
	// A replica that comes twice means both.
	var back IDSet
	if err := wire.Unmarshal(append(b, sampleBytes("02000000000000000000000000000000"+"06 000000000004 00")...), &back); err != nil {
		t.Fatal(err)
	}
	if want := (IDSet{{low, GlobSet{{1, 2}}}, {high, GlobSet{{4, 5}}}}); !reflect.DeepEqual(back, want) || back.Len() != 4 {
		t.Errorf("read %x, want %x", back, want)
	}
	id := mapi.LongTermID{Replica: high, Counter: [6]byte{5: 9}}
	if back.Contains(id) {
		t.Error("9 is in the set")
	}
	back.Add(id)
	back.Add(mapi.LongTermID{Replica: mapi.GUID{3}})
	if !back.Contains(id) || back.Len() != 6 {
		t.Errorf("after adding: %x", back)
	}

	var short ShortIDSet
	message := mapi.MessageID(mapi.MakeID(2, 0x0102))
	short.Add(message)
	short.Add(mapi.MessageID(mapi.MakeID(1, 7)))
	const wantShort = "0100" + "06 000000000007 00" + "0200" + "06 000000000102 00"
	if b, err = wire.Marshal(&short); err != nil || !bytes.Equal(b, sampleBytes(wantShort)) {
		t.Errorf("%x, %v", b, err)
	}
	var shortBack ShortIDSet
	if err := wire.Unmarshal(b, &shortBack); err != nil || !shortBack.Contains(message) || shortBack.Len() != 2 {
		t.Errorf("%x, %v", shortBack, err)
	}
	if all := slices.Collect(shortBack.All()); len(all) != 2 || all[1] != message {
		t.Errorf("all are %v", all)
	}
	if shortBack.Contains(mapi.MessageID(mapi.MakeID(3, 0x0102))) {
		t.Error("an id of another replica is in the set")
	}
}

// What a server sends costs no more than in proportion to its size.
func TestManyReplicas(t *testing.T) {
	var b []byte
	for i := range 20_000 {
		g := mapi.GUID{byte(i), byte(i >> 8), 1}
		b = append(append(b, g[:]...), cmdEnd)
	}
	if err := wire.Unmarshal(b, new(IDSet)); err == nil {
		t.Error("20,000 replicas were read")
	}
}

func FuzzGlobSet(f *testing.F) {
	for _, tc := range packed {
		f.Add(sampleBytes(tc.hex))
	}
	f.Add(sampleBytes("02 0000 02 0000 01 01 01 02 50 52 0003 0004 50 52 00000007 00000008 50 00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		c := wire.NewDecoder(in)
		var s GlobSet
		if s.Layout(c); c.Err() != nil {
			return
		}
		for i, r := range s {
			if r.Low > r.High || r.High > MaxCounter || i > 0 && r.Low <= s[i-1].High+1 {
				t.Fatalf("not a set: %x", s)
			}
		}
		if len(s) > 2*len(in) {
			t.Fatalf("%d bytes make %d ranges", len(in), len(s))
		}
		b, err := wire.Marshal(&s)
		if err != nil {
			t.Fatal(err)
		}
		var back GlobSet
		if err := wire.Unmarshal(b, &back); err != nil || !slices.Equal(back, s) {
			t.Fatalf("%x packed is %x, unpacked %x, %v", s, b, back, err)
		}
		var ids IDSet
		_ = wire.Unmarshal(in, &ids)
		var short ShortIDSet
		_ = wire.Unmarshal(in, &short)
	})
}

func BenchmarkGlobSet(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var s GlobSet
	for n := uint64(1); len(s) < 10_000; n += 2 + uint64(rnd.IntN(5)) {
		s.Add(n, n)
	}
	bytes, err := wire.Marshal(&s)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("pack", func(b *testing.B) {
		b.ReportMetric(float64(len(bytes))/float64(len(s)), "bytes/range")
		for b.Loop() {
			_, _ = wire.Marshal(&s)
		}
	})
	b.Run("unpack", func(b *testing.B) {
		for b.Loop() {
			var back GlobSet
			if err := wire.Unmarshal(bytes, &back); err != nil {
				b.Fatal(err)
			}
		}
	})
}
