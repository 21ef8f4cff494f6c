package frame

import (
	"bytes"
	"errors"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

func TestPayloadBytes(t *testing.T) {
	abc := bytes.Repeat([]byte("abc"), 100)
	for name, c := range map[string]struct {
		data  []byte
		flags PayloadFlags
		want  []byte
	}{
		"plain":          {[]byte{1, 2, 3}, Last, []byte{0, 0, 4, 0, 3, 0, 3, 0, 1, 2, 3}},
		"empty":          {nil, Last, []byte{0, 0, 4, 0, 0, 0, 0, 0}},
		"obfuscated":     {[]byte{1, 0xA5}, Last | XorMagic, []byte{0, 0, 6, 0, 2, 0, 2, 0, 0xA4, 0}},
		"not worth it":   {[]byte{1, 2, 3}, Last | Compressed, []byte{0, 0, 4, 0, 3, 0, 3, 0, 1, 2, 3}},
		"compressed":     {abc, Compressed, append([]byte{0, 0, 1, 0, 13, 0, 0x2C, 1}, Compress(abc)...)},
		"compressed xor": {abc, Compressed | XorMagic, append([]byte{0, 0, 3, 0, 13, 0, 0x2C, 1}, xored(Compress(abc))...)},
	} {
		got, err := AppendPayload(nil, c.data, c.flags)
		if err != nil || !bytes.Equal(got, c.want) {
			t.Errorf("%s: %x (%v), want %x", name, got, err, c.want)
		}
	}
	if _, err := AppendPayload(nil, make([]byte, 1<<16), Last); !errors.Is(err, wire.ErrTooLong) {
		t.Errorf("64 KiB: %v, want ErrTooLong", err)
	}
}

func xored(b []byte) []byte {
	for i := range b {
		b[i] ^= 0xA5
	}
	return b
}

func TestPayloadsRoundTrip(t *testing.T) {
	data := [][]byte{samples()["text"][:30000], {}, {1}, samples()["noise"][:1000]}
	for flags := range Compressed | XorMagic + 1 {
		b, err := AppendPayloads([]byte("before"), data, flags)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Payloads(b[len("before"):], 1<<20)
		if err != nil || len(got) != len(data) {
			t.Fatalf("flags %d: %d payloads (%v)", flags, len(got), err)
		}
		for i := range data {
			if !bytes.Equal(got[i], data[i]) {
				t.Errorf("flags %d: payload %d differs", flags, i)
			}
		}
	}
}

func TestPayloadsRefused(t *testing.T) {
	many := make([][]byte, MaxPayloads+1)
	full, err := AppendPayloads(nil, many[1:], 0)
	if err != nil {
		t.Fatal(err)
	}
	if list, err := Payloads(full, 0); err != nil || len(list) != MaxPayloads {
		t.Errorf("%d payloads: %v", MaxPayloads, err)
	}
	if _, err := AppendPayloads(nil, many, 0); !errors.Is(err, ErrPayloads) {
		t.Errorf("writing %d payloads: %v, want ErrPayloads", len(many), err)
	}
	tooMany := append(bytes.Repeat([]byte{0, 0, 0, 0, 0, 0, 0, 0}, MaxPayloads), full...)
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"nothing":            {nil, wire.ErrShort},
		"no last":            {[]byte{0, 0, 0, 0, 0, 0, 0, 0}, wire.ErrShort},
		"cut off":            {[]byte{0, 0, 4, 0, 2, 0, 2, 0, 1}, wire.ErrShort},
		"behind the last":    {[]byte{0, 0, 4, 0, 1, 0, 1, 0, 1, 9}, wire.ErrTrailing},
		"too many":           {tooMany, ErrPayloads},
		"too large":          {[]byte{0, 0, 4, 0, 3, 0, 3, 0, 1, 2, 3}, ErrTooLarge},
		"damaged":            {[]byte{0, 0, 5, 0, 1, 0, 2, 0, 1}, ErrCompressed},
		"size promised less": {append([]byte{0, 0, 5, 0, 13, 0, 2, 0}, Compress(bytes.Repeat([]byte("abc"), 100))...), nil},
	} {
		list, err := Payloads(c.b, 2)
		if c.want == nil {
			if err != nil || !bytes.Equal(list[0], []byte("ab")) {
				t.Errorf("%s: %q, %v", name, list, err)
			}
		} else if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := Payloads([]byte{1, 0, 4, 0, 0, 0, 0, 0}, 2); err == nil {
		t.Error("version 1 is taken")
	}
}

// FuzzPayloads reads any bytes as a RopBuffer.
func FuzzPayloads(f *testing.F) {
	for flags := range Compressed | XorMagic + 1 {
		b, err := AppendPayloads(nil, [][]byte{samples()["text"][:fuzzMost/2], {}, {1}}, flags)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		const most = 1 << 20
		list, err := Payloads(b, most)
		if err != nil {
			return
		}
		total := 0
		for _, p := range list {
			total += len(p)
		}
		if len(list) > MaxPayloads || total > most+MaxPayloads*1<<16 {
			t.Fatalf("%d payloads of %d bytes", len(list), total)
		}
		if total > 8*fuzzMost {
			return
		}
		again, err := AppendPayloads(nil, list, Compressed|XorMagic)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := Payloads(again, total); err != nil || len(back) != len(list) {
			t.Fatalf("written and read again: %v", err)
		}
	})
}

func TestAuxBlocks(t *testing.T) {
	want := []AuxBlock{{Version: 1, Type: 0x17, Data: []byte{1, 0, 0, 0}}, {Version: 2, Type: 0x99}}
	for _, flags := range []PayloadFlags{Last, Last | XorMagic} {
		payload := []byte{8, 0, 1, 0x17, 1, 0, 0, 0, 4, 0, 2, 0x99}
		b, err := AppendPayload(nil, payload, flags)
		if err != nil {
			t.Fatal(err)
		}
		got, err := AuxBlocks(b)
		if err != nil || len(got) != 2 || got[1].Type != 0x99 || !bytes.Equal(got[0].Data, want[0].Data) {
			t.Errorf("flags %d: %+v, %v", flags, got, err)
		}
	}
	for _, bad := range [][]byte{
		{0, 0, 4, 0, 4, 0, 4, 0, 3, 0, 1, 1}, // smaller than its header
		{0, 0, 4, 0, 4, 0, 4, 0, 9, 0, 1, 1}, // larger than the buffer
		{0, 0, 4, 0, 1, 0, 1, 0, 3},
	} {
		if got, err := AuxBlocks(bad); err == nil {
			t.Errorf("%x is taken as %+v", bad, got)
		}
	}
	if got, err := AuxBlocks(nil); err != nil || got != nil {
		t.Errorf("an empty buffer: %v, %v", got, err)
	}
	if b, err := AppendAux(nil, nil); err != nil || len(b) != 0 {
		t.Errorf("no blocks: %x, %v", b, err)
	}
}
