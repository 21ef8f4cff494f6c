package mapi

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// unhex reads hex digits, ignoring blanks.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(string(bytes.Join(bytes.Fields([]byte(s)), nil)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// golden checks that the bytes decode to want, that want encodes to the bytes,
// and that no prefix of the bytes decodes.
func golden[T any](t *testing.T, b []byte, want T, layout func(*wire.Codec, *T)) {
	t.Helper()
	var got T
	c := wire.NewDecoder(b)
	layout(c, &got)
	if c.End(); c.Err() != nil {
		t.Fatalf("decode: %v", c.Err())
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("decoded\n %#v, want\n %#v", got, want)
	}
	e := wire.NewEncoder(nil)
	if layout(e, &want); e.Err() != nil {
		t.Fatalf("encode: %v", e.Err())
	}
	if !bytes.Equal(e.Bytes(), b) {
		t.Errorf("encoded\n %x, want\n %x", e.Bytes(), b)
	}
	for n := range b {
		var x T
		c := wire.NewDecoder(b[:n])
		if layout(c, &x); c.Err() == nil {
			t.Errorf("the first %d of %d bytes decode without an error", n, len(b))
		}
	}
}

func TestRow(t *testing.T) {
	columns := []PropTag{0x0E1B000B, 0x0E080003, 0x0037001F}
	for _, tc := range []struct {
		name    string
		columns []PropTag
		hex     string
		row     Props
	}{
		// [MS-OXCPRPT] 4.3.2 prints this row.
		{"error", columns, "01 00 00 00 62000000 0a 0f010480", Props{
			{Tag: 0x0E1B000B, Value: false}, {Tag: 0x0E080003, Value: int32(98)}, {Tag: 0x0037000A, Value: ErrorCode(0x8004010F)}}},
		{"standard", columns, "00 01 62000000 4100 0000", Props{
			{Tag: 0x0E1B000B, Value: true}, {Tag: 0x0E080003, Value: int32(98)}, {Tag: 0x0037001F, Value: "A"}}},
		{"absent", columns, "01 01 00 62000000 01", Props{{Tag: 0x0E080003, Value: int32(98)}}},
		{"no columns", nil, "00", Props{}},
		{"unspecified", []PropTag{0x00370000}, "00 1f00 4100 0000", Props{{Tag: 0x0037001F, Value: "A"}}},
		{"unspecified flagged", []PropTag{0x00370000, 0x0E080000, 0x0E1B0000}, "01 1f00 00 4100 0000 0a00 0a 0f010480 0000 01",
			Props{{Tag: 0x0037001F, Value: "A"}, {Tag: 0x0E08000A, Value: ErrorCode(0x8004010F)}}},
		{"instance of a list", []PropTag{0x8012301F}, "00 4100 0000", Props{{Tag: 0x8012001F, Value: "A"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			golden(t, unhex(t, tc.hex), tc.row, func(c *wire.Codec, row *Props) { LayoutRow(c, tc.columns, row) })
		})
	}
}
