package mapi

import (
	"bytes"
	"context"
	"io"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

// jsonOf encodes m and fails the test on an error.
func jsonOf(t *testing.T, m *Message) string {
	t.Helper()
	var b bytes.Buffer
	if err := EncodeJSON(t.Context(), &b, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestJSONForm(t *testing.T) {
	m := &Message{
		Props: Props{
			PidTagSubject.Of("Grüße <&> \"\x01"),
			PidTagImportance.Of(2),
			PidLidAppointmentStartWhole.Of(time.Date(2026, 11, 22, 20, 5, 0, 1234500, time.UTC)),
			InternetHeader("X-Mapigate-Id").Of("abc"),
			{Tag: 0x8012001F, Name: &PropertyName{Set: PSETIDCommon, LID: 0x8FFF}, Value: "x"},
			{Tag: 0x80FF0003, Value: int32(-1)},
			{Tag: 0x0037001E, Value: String8("Gr\xfc\xdfe")},
		},
		Recipients: []Recipient{{Type: RecipientBcc | RecipientSubmitted, Props: Props{PidTagDisplayName.Of("A")}}},
		Attachments: []Attachment{
			{Props: Props{PidTagAttachMethod.Of(1)}, Data: BytesStream("hello")},
			{Props: Props{PidTagAttachMethod.Of(6)}, Data: BytesStream("ole")},
			{Props: Props{}, Message: &Message{Props: Props{}}},
		},
	}
	want := `{
  "props": {
    "PidTagSubject": {"tag": "0x0037001F", "value": "Grüße <&> \"\u0001"},
    "PidTagImportance": {"tag": "0x00170003", "value": 2},
    "PidLidAppointmentStartWhole": {"tag": "0x00000040", "value": "2026-11-22T20:05:00.0012345Z"},
    "{00020386-0000-0000-c000-000000000046}/x-mapigate-id": {"tag": "0x0000001F", "value": "abc"},
    "{00062008-0000-0000-c000-000000000046}/0x00008FFF": {"tag": "0x8012001F", "value": "x"},
    "0x80FF0003": {"tag": "0x80FF0003", "value": -1},
    "0x0037001E": {"tag": "0x0037001E", "value": "Grüße"}
  },
  "recipients": [
    {
      "PidTagRecipientType": {"tag": "0x0C150003", "value": -2147483645},
      "PidTagDisplayName": {"tag": "0x3001001F", "value": "A"}
    }
  ],
  "attachments": [
    {
      "props": {
        "PidTagAttachMethod": {"tag": "0x37050003", "value": 1},
        "PidTagAttachDataBinary": {"tag": "0x37010102", "value": "aGVsbG8="}
      }
    },
    {
      "props": {
        "PidTagAttachMethod": {"tag": "0x37050003", "value": 6},
        "PidTagAttachDataObject": {"tag": "0x3701000D", "value": "b2xl"}
      }
    },
    {
      "props": {},
      "message": {
        "props": {},
        "recipients": [],
        "attachments": []
      }
    }
  ]
}
`
	if got := jsonOf(t, m); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	back, err := DecodeJSON(strings.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, m) {
		t.Errorf("decoded\n%+v\nwant\n%+v", back, m)
	}
}

func TestJSONValues(t *testing.T) {
	guid := GUID{0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF}
	for _, tc := range []struct {
		tag   PropTag
		value any
		want  string
	}{
		{0x00010002, int16(math.MinInt16), "-32768"},
		{0x00010003, int32(math.MaxInt32), "2147483647"},
		{0x00010014, int64(math.MaxInt64), "9223372036854775807"},
		{0x00010014, int64(math.MinInt64), "-9223372036854775808"},
		{0x00010004, float32(0.1), "0.1"},
		{0x00010005, 1e300, "1e+300"},
		{0x00010005, math.Copysign(0, -1), "-0"},
		{0x00010005, math.Inf(-1), `"-Infinity"`},
		{0x00010004, float32(math.Inf(1)), `"Infinity"`},
		{0x00010006, Currency(-123400), `"-12.3400"`},
		{0x00010006, Currency(math.MinInt64), `"-922337203685477.5808"`},
		{0x00010006, Currency(5), `"0.0005"`},
		{0x00010007, AppTime(45000.5), "45000.5"},
		{0x0001000A, ErrNotFound, `"0x8004010F"`},
		{0x0001000B, true, "true"},
		{0x0001001F, "", `""`},
		{0x0001001E, String8("\x80\xff"), `"` + "\u0080ÿ" + `"`},
		{0x00010040, time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC), `"1601-01-01T00:00:00.0000000Z"`},
		{0x00010040, TimeOf(math.MaxUint64), `"0xFFFFFFFFFFFFFFFF"`},
		{0x00010048, guid, `"00112233-4455-6677-8899-aabbccddeeff"`},
		{0x000100FB, ServerID{1, 2}, `"AQI="`},
		{0x000100FE, RuleActions{3}, `"Aw=="`},
		{0x000100FD, Restriction(ExistRestriction{0x0037001F}), `"CB8ANwA="`},
		{0x0001000D, Object{4}, `"BA=="`},
		{0x00010102, []byte{}, `""`},
		{0x00010003, nil, "null"},
		{0x00011003, []int32{1, -2}, "[1, -2]"},
		{0x00011003, []int32{}, "[]"},
		{0x0001101F, []string{"a", "b"}, `["a", "b"]`},
		{0x00011102, [][]byte{{1}, {}}, `["AQ==", ""]`},
		{0x00011048, []GUID{guid}, `["00112233-4455-6677-8899-aabbccddeeff"]`},
	} {
		raw, err := appendJSON(nil, tc.value)
		if err != nil || string(raw) != tc.want {
			t.Errorf("0x%08X %v: got %s, %v, want %s", uint32(tc.tag), tc.value, raw, err, tc.want)
			continue
		}
		m := &Message{Props: Props{{Tag: tc.tag, Value: tc.value}}}
		back, err := DecodeJSON(strings.NewReader(jsonOf(t, m)))
		if err != nil || !reflect.DeepEqual(back.Props, m.Props) {
			t.Errorf("0x%08X %v: back is %+v, %v", uint32(tc.tag), tc.value, back, err)
		}
	}
	back, err := DecodeJSON(strings.NewReader(jsonOf(t, &Message{Props: Props{{Tag: 0x00010005, Value: math.NaN()}}})))
	if f, ok := back.Props[0].Value.(float64); err != nil || !ok || !math.IsNaN(f) {
		t.Errorf("NaN comes back as %v, %v", back, err)
	}
}

func TestDecodeJSONRefuses(t *testing.T) {
	prop := func(key, tag, value string) string {
		return `{"props": {"` + key + `": {"tag": "` + tag + `", "value": ` + value + `}}}`
	}
	for _, tc := range []struct{ in, want string }{
		{`[]`, "message: want {"},
		{``, "message: the JSON ends too early"},
		{`{"props": {}`, "message: the JSON ends too early"},
		{`{"props": {}} x`, "there is more behind the message"},
		{`{"body": 1}`, `message: unknown member "body"`},
		{`{"props": {}, "props": {}}`, `message: "props" appears twice`},
		{`{"props": []}`, "props: want {"},
		{prop("PidTagNonsense", "0x0037001F", `""`), "props.PidTagNonsense: unknown property name"},
		{prop("PidTagSubject", "0x00370", `""`), `props.PidTagSubject: tag "0x00370" is not of the form 0x0037001F`},
		{prop("PidTagSubject", "0x0038001F", `""`), "props.PidTagSubject: tag is 0x0038001F, want the id of 0x0037001F"},
		{prop("PidTagSubject", "0x0037001F", `1`), "props.PidTagSubject.value: want a string"},
		{prop("0x00370003", "0x00370003", `1.5`), "props.0x00370003.value: want an integer of 32 bits"},
		{prop("0x00370003", "0x00370003", `4294967296`), "props.0x00370003.value: want an integer of 32 bits"},
		{prop("0x00370003", "0x00370002", `1`), "props.0x00370003: tag is 0x00370002"},
		{prop("0x00370004", "0x00370004", `"1"`), `props.0x00370004.value: want a number of 32 bits, "NaN", "Infinity" or "-Infinity"`},
		{prop("0x00370004", "0x00370004", `1e300`), `props.0x00370004.value: want a number of 32 bits, "NaN", "Infinity" or "-Infinity"`},
		{prop("0x0037000B", "0x0037000B", `1`), "props.0x0037000B.value: want true or false"},
		{prop("0x00370040", "0x00370040", `"yesterday"`), `props.0x00370040.value: time "yesterday" is not of the form 2006-01-02T15:04:05.0000000Z`},
		{prop("0x00370040", "0x00370040", `"2026-01-01T00:00:00.00000001Z"`), `props.0x00370040.value: time "2026-01-01T00:00:00.00000001Z" is finer than 100 ns`},
		{prop("0x00370006", "0x00370006", `"12.34"`), `props.0x00370006.value: amount "12.34" is not of the form -12.3400`},
		{prop("0x00370102", "0x00370102", `"a"`), "props.0x00370102.value: illegal base64 data at input byte 0"},
		{prop("0x0037001E", "0x0037001E", `"€"`), "props.0x0037001E.value: U+20AC does not stand for a byte"},
		{prop("0x00371003", "0x00371003", `[1, "x"]`), "props.0x00371003.value: element 1: want an integer of 32 bits"},
		{prop("0x00371003", "0x00371003", `[null]`), "props.0x00371003.value: element 0: null in a list"},
		{prop("0x00370099", "0x00370099", `1`), "props.0x00370099.value: property type 0x0099 is unknown"},
		{prop("{x}/y", "0x0000001F", `""`), `props.{x}/y: GUID "{x}" is not of the form 01234567-89ab-cdef-0123-456789abcdef`},
		{`{"props": {"PidTagSubject": {"value": ""}}}`, `props.PidTagSubject: "tag" is missing`},
		{`{"props": {"PidTagSubject": {"tag": "0x0037001F"}}}`, `props.PidTagSubject: "value" is missing`},
		{`{"props": {"PidTagSubject": {"tag": "0x0037001F", "value": "", "x": 1}}}`, `props.PidTagSubject: unknown member "x"`},
		{`{"props": {"PidTagSubject": {"tag": "0x0037001F", "value": ""}, "0x0037001F": {"tag": "0x0037001F", "value": ""}}}`,
			"props.0x0037001F: property appears twice"},
		{`{"recipients": [{}]}`, "recipients[0]: PidTagRecipientType is missing"},
		{`{"recipients": [{"PidTagRecipientType": {"tag": "0x0C150003", "value": 256}}]}`,
			"recipients[0].PidTagRecipientType: recipient type 256 has unknown bits"},
		{`{"attachments": [{"props": {}}, {"data": ""}]}`, `attachments[1]: unknown member "data"`},
		{`{"attachments": [{"props": {"PidTagAttachDataBinary": {"tag": "0x37010102", "value": ""}}, "message": {}}]}`,
			"attachments[0]: attachment has both data and a message"},
		{strings.Repeat(`{"attachments": [{"message": `, 100), strings.Repeat(".attachments[0].message", 65)[1:] + ": messages are nested more than 64 deep"},
	} {
		m, err := DecodeJSON(strings.NewReader(tc.in))
		if err == nil {
			t.Errorf("%s: decoded %+v", tc.in, m)
		} else if err.Error() != tc.want {
			t.Errorf("%.200s:\n got  %s\n want %s", tc.in, err, tc.want)
		}
	}
}

// zeros is a stream of zero bytes that remembers how many of it were asked for.
type zeros struct{ size, claimed int64 }

func (z zeros) Size() int64 { return z.claimed }
func (z zeros) Open(context.Context) (io.ReadCloser, error) {
	return io.NopCloser(io.LimitReader(zeroReader{}, z.size)), nil
}

type zeroReader struct{}

func (zeroReader) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func TestEncodeJSONHoldsNoContent(t *testing.T) {
	const size = 64 << 20
	m := &Message{Attachments: []Attachment{{Data: zeros{size, size}}}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := EncodeJSON(t.Context(), io.Discard, m); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("encoding an attachment of %d bytes allocates %d", size, got)
	}
}

func TestEncodeJSONRefuses(t *testing.T) {
	loop := &Message{}
	loop.Attachments = []Attachment{{Message: loop}}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tc := range []struct {
		ctx  context.Context
		m    *Message
		want string
	}{
		{t.Context(), &Message{Props: Props{{Tag: 0x0037001F, Value: 1}}}, "props.PidTagSubject: value is a int, its tag is 0x0037001F"},
		{t.Context(), &Message{Props: Props{PidTagSubject.Of("a"), PidTagSubject.Of("b"), PidTagSubject.Of("c")}}, "props.0x0037001F: property appears twice"},
		{t.Context(), &Message{Attachments: []Attachment{{Data: zeros{5, 6}}}},
			"attachments[0].props.PidTagAttachDataBinary: the content has 5 bytes, its size is given as 6"},
		{t.Context(), &Message{Attachments: []Attachment{{Data: zeros{}, Message: &Message{}}}}, "attachments[0]: attachment has both data and a message"},
		{t.Context(), loop, strings.Repeat(".attachments[0].message", 65)[1:] + ": messages are nested more than 64 deep"},
		{cancelled, &Message{Props: Props{PidTagSubject.Of("a")}}, "props.PidTagSubject: context canceled"},
	} {
		if err := EncodeJSON(tc.ctx, io.Discard, tc.m); err == nil || err.Error() != tc.want {
			t.Errorf("got  %v\nwant %s", err, tc.want)
		}
	}
}

func FuzzDecodeJSON(f *testing.F) {
	f.Add(`{"props": {"PidTagSubject": {"tag": "0x0037001F", "value": "x"}}, "recipients": [], "attachments": [{"props": {}, "message": {}}]}`)
	f.Add(`{"props": {"{00062008-0000-0000-c000-000000000046}/0x00008FFF": {"tag": "0x00001040", "value": ["2026-01-01T00:00:00Z"]}}}`)
	f.Add(`{"recipients": [{"PidTagRecipientType": {"tag": "0x0C150003", "value": 1}, "0x30010006": {"tag": "0x30010006", "value": "1.0000"}}]}`)
	f.Fuzz(func(t *testing.T, s string) {
		m, err := DecodeJSON(strings.NewReader(s))
		if err != nil {
			return
		}
		first := jsonOf(t, m)
		back, err := DecodeJSON(strings.NewReader(first))
		if err != nil {
			t.Fatalf("what was written does not decode: %v\n%s", err, first)
		}
		if second := jsonOf(t, back); second != first {
			t.Errorf("written once\n%s\nand again\n%s", first, second)
		}
	})
}
