package nspi

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A kind is a request type with empty bodies for both directions.
type kind struct{ request, answer wire.Coder }

// kinds are all request types of the address book endpoint that there are.
var kinds = map[string]kind{
	"Bind":              {&BindRequest{}, &BindResponse{}},
	"Unbind":            {&UnbindRequest{}, &UnbindResponse{}},
	"CompareMIds":       {&CompareMIdsRequest{}, &CompareMIdsResponse{}},
	"DNToMId":           {&DNToMIdRequest{}, &DNToMIdResponse{}},
	"GetMatches":        {&GetMatchesRequest{}, &GetMatchesResponse{}},
	"GetPropList":       {&GetPropListRequest{}, &GetPropListResponse{}},
	"GetProps":          {&GetPropsRequest{}, &GetPropsResponse{}},
	"GetSpecialTable":   {&GetSpecialTableRequest{}, &GetSpecialTableResponse{}},
	"QueryRows":         {&QueryRowsRequest{}, &QueryRowsResponse{}},
	"QueryColumns":      {&QueryColumnsRequest{}, &QueryColumnsResponse{}},
	"ResolveNames":      {&ResolveNamesRequest{}, &ResolveNamesResponse{}},
	"SeekEntries":       {&SeekEntriesRequest{}, &SeekEntriesResponse{}},
	"UpdateStat":        {&UpdateStatRequest{}, &UpdateStatResponse{}},
	"GetMailboxUrl":     {&URLRequest{}, &URLResponse{}},
	"GetAddressBookUrl": {&URLRequest{}, &URLResponse{}},
}

func fresh(v wire.Coder) wire.Coder {
	return reflect.New(reflect.TypeOf(v).Elem()).Interface().(wire.Coder)
}

// stat is the bytes of testStat.
const stat = "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x11\x00\x00\x00" + "\xFF\xFF\xFF\xFF" + "\x00\x00\x00\x00" +
	"\x00\x00\x00\x00" + "\xE4\x04\x00\x00" + "\x09\x04\x00\x00" + "\x09\x04\x00\x00"

var testStat = &Stat{CurrentRec: 0x11, Delta: -1, CodePage: 1252, TemplateLocale: 0x409, SortLocale: 0x409}

const (
	displayName mapi.PropTag = 0x3001001F
	addresses   mapi.PropTag = 0x800F101F
	objectType  mapi.PropTag = 0x0FFE0003
	entryID     mapi.PropTag = 0x0FFF0102
)

// bodies are bodies with their bytes, put together from the tables of
// [MS-OXCMAPIHTTP] 2.2.5 and 2.2.1.
var bodies = []struct {
	name string
	body wire.Coder
	want string
}{
	{"Bind", &BindRequest{Flags: 0x20, Stat: testStat, Aux: []byte{}}, "\x20\x00\x00\x00" + "\xFF" + stat + "\x00\x00\x00\x00"},
	{"Bind without Stat", &BindRequest{Aux: []byte{1}}, "\x00\x00\x00\x00" + "\x00" + "\x01\x00\x00\x00\x01"},
	{"Bind failure", &BindResponse{Status: Status{StatusCode: 0x80004005, Aux: []byte{1}}}, "\x05\x40\x00\x80" + "\x01\x00\x00\x00\x01"},
	{"Unbind", &UnbindRequest{Aux: []byte{}}, "\x00\x00\x00\x00" + "\x00\x00\x00\x00"},
	{"Unbind answer", &UnbindResponse{Status{ErrorCode: UnbindSuccess, Aux: []byte{}}}, "\x00\x00\x00\x00" + "\x01\x00\x00\x00" + "\x00\x00\x00\x00"},
	{"ResolveNames", &ResolveNamesRequest{Stat: testStat, Tags: []mapi.PropTag{displayName}, Names: []string{"ü"}, Aux: []byte{}},
		"\x00\x00\x00\x00" + "\xFF" + stat + "\xFF\x01\x00\x00\x00\x1F\x00\x01\x30" + "\xFF\x01\x00\x00\x00\xFC\x00\x00\x00" + "\x00\x00\x00\x00"},
	{"ResolveNames answer", &ResolveNamesResponse{Status: Status{Aux: []byte{}}, CodePage: 1252, MIDs: []MID{Resolved, Ambiguous, Unresolved},
		Table: &Table{Columns: []mapi.PropTag{displayName, addresses, entryID, objectType}, Rows: []mapi.Props{
			{{Tag: displayName, Value: "A"}, {Tag: addresses, Value: []string{"x", ""}}, {Tag: entryID, Value: []byte{1, 2}}, {Tag: objectType, Value: int32(6)}},
			{{Tag: displayName.WithType(mapi.PtypErrorCode), Value: mapi.ErrorCode(0x8004010F)}, {Tag: objectType, Value: int32(6)}},
		}}},
		"\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\xE4\x04\x00\x00" +
			"\xFF" + "\x03\x00\x00\x00" + "\x02\x00\x00\x00" + "\x01\x00\x00\x00" + "\x00\x00\x00\x00" +
			"\xFF" + "\x04\x00\x00\x00" + "\x1F\x00\x01\x30" + "\x1F\x10\x0F\x80" + "\x02\x01\xFF\x0F" + "\x03\x00\xFE\x0F" +
			"\x02\x00\x00\x00" +
			"\x00" + "\xFF" + "A\x00\x00\x00" + "\xFF\x02\x00\x00\x00" + "\xFFx\x00\x00\x00" + "\xFF\x00\x00" + "\xFF\x02\x00\x00\x00\x01\x02" + "\x06\x00\x00\x00" +
			"\x01" + "\x0A\x0F\x01\x04\x80" + "\x01" + "\x01" + "\x00\x06\x00\x00\x00" +
			"\x00\x00\x00\x00"},
	{"DNToMId", &DNToMIdRequest{DNs: []string{"/o=A", ""}, Aux: []byte{}}, "\x00\x00\x00\x00" + "\xFF\x02\x00\x00\x00/o=A\x00\x00" + "\x00\x00\x00\x00"},
	{"DNToMId answer", &DNToMIdResponse{Status: Status{Aux: []byte{}}, MIDs: []MID{0x11, 0}},
		"\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\xFF\x02\x00\x00\x00\x11\x00\x00\x00\x00\x00\x00\x00" + "\x00\x00\x00\x00"},
	{"GetMatches", &GetMatchesRequest{Stat: testStat, MIDs: []MID{1}, InterfaceOptionFlags: 2, RowCount: 50, Aux: []byte{},
		Filter:       mapi.AndRestriction{mapi.ExistRestriction{Tag: objectType}, mapi.Equal(mapi.Prop{Tag: displayName, Value: "A"})},
		PropertyName: &PropertyName{LID: 7}, Columns: []mapi.PropTag{}},
		"\x00\x00\x00\x00" + "\xFF" + stat + "\xFF\x01\x00\x00\x00\x01\x00\x00\x00" + "\x02\x00\x00\x00" +
			"\xFF" + "\x00\x02\x00\x00\x00" + "\x08\x03\x00\xFE\x0F" + "\x04\x04\x1F\x00\x01\x30\xFF\x1F\x00\x01\x30\xFFA\x00\x00\x00" +
			"\xFF" + strings.Repeat("\x00", 16) + "\x07\x00\x00\x00" + "\x32\x00\x00\x00" + "\xFF\x00\x00\x00\x00" + "\x00\x00\x00\x00"},
	{"QueryRows", &QueryRowsRequest{Flags: EphemeralIDs, Stat: testStat, ExplicitTable: []MID{0x11}, RowCount: 3, Aux: []byte{}},
		"\x02\x00\x00\x00" + "\xFF" + stat + "\x01\x00\x00\x00\x11\x00\x00\x00" + "\x03\x00\x00\x00" + "\x00" + "\x00\x00\x00\x00"},
	{"GetProps", &GetPropsRequest{Stat: testStat, Aux: []byte{}}, "\x00\x00\x00\x00" + "\xFF" + stat + "\x00" + "\x00\x00\x00\x00"},
	{"GetProps answer", &GetPropsResponse{Status: Status{ErrorCode: ErrorsReturned, Aux: []byte{}}, CodePage: 1252, Props: &mapi.Props{
		{Tag: displayName, Value: "A"}, {Tag: 0x39FE000A, Value: mapi.ErrorCode(0x8004010F)}, {Tag: 0x3A40000B, Value: true}, {Tag: entryID}}},
		"\x00\x00\x00\x00" + "\x80\x03\x04\x00" + "\xE4\x04\x00\x00" + "\xFF\x04\x00\x00\x00" + "\x1F\x00\x01\x30\xFFA\x00\x00\x00" +
			"\x0A\x00\xFE\x39\x0F\x01\x04\x80" + "\x0B\x00\x40\x3A\x01" + "\x02\x01\xFF\x0F\x00" + "\x00\x00\x00\x00"},
	{"GetSpecialTable", &GetSpecialTableRequest{Flags: SpecialTableUnicode, Version: new(uint32), Aux: []byte{}},
		"\x04\x00\x00\x00" + "\x00" + "\xFF\x00\x00\x00\x00" + "\x00\x00\x00\x00"},
	{"GetMailboxUrl", &URLRequest{DN: "/o", Aux: []byte{}}, "\x00\x00\x00\x00" + "/\x00o\x00\x00\x00" + "\x00\x00\x00\x00"},
	{"GetMailboxUrl answer", &URLResponse{Status: Status{Aux: []byte{}}, URL: "h"}, "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "h\x00\x00\x00" + "\x00\x00\x00\x00"},
	{"UpdateStat", &UpdateStatRequest{Stat: testStat, DeltaRequested: true, Aux: []byte{}}, "\x00\x00\x00\x00" + "\xFF" + stat + "\x01" + "\x00\x00\x00\x00"},
}

func TestBodies(t *testing.T) {
	for _, b := range bodies {
		t.Run(b.name, func(t *testing.T) {
			got, err := wire.Marshal(b.body)
			if err != nil || string(got) != b.want {
				t.Fatalf("written\n%x (%v), want\n%x", got, err, b.want)
			}
			back := fresh(b.body)
			if err := wire.Unmarshal(got, back); err != nil || !reflect.DeepEqual(back, b.body) {
				t.Fatalf("read\n%+v (%v), want\n%+v", back, err, b.body)
			}
			checkTruncated(t, b.body, got)
		})
	}
}

// checkTruncated cuts a body everywhere: it must be refused, except where the
// auxiliary buffer is missing, or a failure's status stands.
func checkTruncated(t *testing.T, body wire.Coder, b []byte) {
	t.Helper()
	for n := range b {
		v := fresh(body)
		if wire.Unmarshal(b[:n], v) != nil {
			continue
		}
		again, err := wire.Marshal(v)
		if failure, ok := v.(interface {
			Codes() (status, code mapi.ErrorCode)
		}); ok {
			if status, _ := failure.Codes(); status != 0 {
				continue
			}
		}
		if err != nil || !bytes.Equal(again, append(bytes.Clone(b[:n]), 0, 0, 0, 0)) {
			t.Errorf("the first %d of %d bytes are read as %+v", n, len(b), v)
		}
	}
}

// A recording is what went over the wire to a server that is not ours.
type recording struct {
	Exchanges []struct{ Type, Request, Answer string }
}

func recorded(t testing.TB) (list []struct {
	kind            string
	request, answer []byte
}) {
	t.Helper()
	text, err := os.ReadFile("testdata/gromox-3.10.json")
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	for _, x := range r.Exchanges {
		request, err1 := hex.DecodeString(x.Request)
		answer, err2 := hex.DecodeString(x.Answer)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		list = append(list, struct {
			kind            string
			request, answer []byte
		}{x.Type, request, answer})
	}
	return list
}

// TestRecorded reads what a real server took and sent, and writes it again.
func TestRecorded(t *testing.T) {
	for _, x := range recorded(t) {
		for _, side := range []struct {
			v wire.Coder
			b []byte
		}{{fresh(kinds[x.kind].request), x.request}, {fresh(kinds[x.kind].answer), x.answer}} {
			if err := wire.Unmarshal(side.b, side.v); err != nil {
				t.Errorf("%T: %v", side.v, err)
				continue
			}
			if r, ok := side.v.(*ResolveNamesResponse); ok && len(r.Table.Columns) == 0 {
				continue // gromox flags rows of no columns as if they had errors
			}
			again, err := wire.Marshal(side.v)
			if err != nil || !bytes.Equal(again, side.b) {
				t.Errorf("%T: written again\n%x (%v), was\n%x", side.v, again, err, side.b)
			}
			checkTruncated(t, side.v, side.b)
		}
	}
}

// TestRecordedValues looks into some of the recorded answers.
func TestRecordedValues(t *testing.T) {
	const dn = "/o=Gromox default/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=0100000001000000-alice"
	list := recorded(t)
	read := func(i int, v wire.Coder) {
		t.Helper()
		if err := wire.Unmarshal(list[i].answer, v); err != nil {
			t.Fatal(err)
		}
	}
	var names ResolveNamesResponse
	read(1, &names)
	if !reflect.DeepEqual(names.MIDs, []MID{Resolved, Resolved, Ambiguous, Ambiguous}) || len(names.Table.Rows) != 2 {
		t.Fatalf("%+v", names)
	}
	row := names.Table.Rows[0]
	for tag, want := range map[mapi.PropTag]any{
		displayName: "Alice Example", 0x39FE001F: "alice@vm.test", 0x3003001F: dn, 0x3002001F: "EX",
		addresses: []string{"SMTP:alice@vm.test"}, 0x39000003: int32(0), 0x3A20001E: mapi.String8("Alice Example"),
	} {
		if got := valueOf(row, tag); !reflect.DeepEqual(got, want) {
			t.Errorf("%v is %v, want %v", tag, got, want)
		}
	}
	var props GetPropsResponse
	read(5, &props)
	if props.ErrorCode != ErrorsReturned || valueOf(*props.Props, 0x3A1C000A) != mapi.ErrorCode(0x8004010F) {
		t.Errorf("%+v", props)
	}
	var matches GetMatchesResponse
	read(10, &matches)
	if !reflect.DeepEqual(matches.MIDs, []MID{17}) || valueOf(matches.Table.Rows[0], displayName) != "Alice Example" {
		t.Errorf("%+v", matches)
	}
	var refused BindResponse
	read(len(list)-1, &refused)
	if refused.StatusCode != 0 || refused.ErrorCode != 0x80040102 {
		t.Errorf("Bind with code page 1200: %+v", refused)
	}
}

func valueOf(ps mapi.Props, tag mapi.PropTag) any {
	for _, p := range ps {
		if p.Tag == tag {
			return p.Value
		}
	}
	return nil
}

func TestRefused(t *testing.T) {
	for name, b := range map[string]string{
		"count beyond the limit": "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\xFF\xA1\x86\x01\x00" + strings.Repeat("\x00", 500000),
		"count beyond the bytes": "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\xFF\xFF\x00\x00\x00\x00",
	} {
		if err := wire.Unmarshal([]byte(b), &DNToMIdResponse{}); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	// What gromox 3.10 sends as a failure: the status twice.
	var r BindResponse
	if err := wire.Unmarshal([]byte{0x7D, 4, 0, 0, 0x7D, 4, 0, 0}, &r); err != nil || r.StatusCode != 0x47D {
		t.Errorf("%+v, %v", r, err)
	}
}

// FuzzBodies reads any bytes as every body and writes them again.
func FuzzBodies(f *testing.F) {
	for _, b := range bodies {
		f.Add([]byte(b.want))
	}
	for _, x := range recorded(f) {
		f.Add(x.request)
		f.Add(x.answer)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		for name, k := range kinds {
			for _, side := range []wire.Coder{k.request, k.answer} {
				v := fresh(side)
				if wire.Unmarshal(in, v) != nil {
					continue
				}
				out, err := wire.Marshal(v)
				if err != nil {
					t.Fatalf("%s: %+v is read but not written: %v", name, v, err)
				}
				v2 := fresh(side)
				if err := wire.Unmarshal(out, v2); err != nil {
					t.Fatalf("%s: %x is written but not read: %v", name, out, err)
				}
				if out2, err := wire.Marshal(v2); err != nil || !bytes.Equal(out, out2) {
					t.Fatalf("%s: %x became %x (%v)", name, out, out2, err)
				}
			}
		}
	})
}
