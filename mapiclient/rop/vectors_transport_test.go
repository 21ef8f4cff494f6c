package rop

import (
	"bytes"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/vectors"
)

// transportVectors are the examples of [MS-OXOMSG] 4 and the buffer of
// [MS-OXCROPS] 4.4.
var transportVectors = map[string]func(*testing.T, vectors.Vector){
	"MS-OXOMSG_4.1.1_01":   request(&SubmitMessageRequest{}, 2),
	"MS-OXOMSG_4.1.2_01":   response(2, &SubmitMessageResponse{}),
	"MS-OXOMSG_4.3.1_01":   request(&AbortSubmitRequest{FolderID: folder(0x03B479CA47), MessageID: message(0x03B7E65FA7)}, 0),
	"MS-OXOMSG_4.3.2_01":   response(0, &AbortSubmitResponse{}),
	"MS-OXOMSG_4.6.1.2_01": response(0, &SetSpoolerResponse{}),
	"MS-OXOMSG_4.6.6.2_01": response(0, &SpoolerLockMessageResponse{}),
	"MS-OXCROPS_4.4_01":    twoReleases,
}

// twoReleases checks the whole payload of a client that drops two objects.
func twoReleases(t *testing.T, v vectors.Vector) {
	b := NewBatch(0)
	b.Release(b.Use(0x6F))
	b.Release(b.Use(0x6E))
	payload, err := b.Encode()
	if err != nil || !bytes.Equal(payload, v.Bytes) {
		t.Errorf("encoded %x, %v; want %x", payload, err, v.Bytes)
	}
	requests, handles, err := DecodeRequests(v.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, handles, []uint32{0x6F, 0x6E})
	if len(requests) != 2 || requests[0].ID != Release || requests[0].In != 0 || requests[1].ID != Release || requests[1].In != 1 {
		t.Errorf("requests are %+v", requests)
	}
	for n := range v.Bytes {
		if _, handles, err := DecodeRequests(v.Bytes[:n]); err == nil && len(handles) == 2 {
			t.Errorf("the first %d bytes were taken for a payload", n)
		}
	}
}

// ruleVectors are the examples of [MS-OXORULE] 4.
var ruleVectors = map[string]func(*testing.T, vectors.Vector){
	"MS-OXORULE_4.1.1_01": request(&ModifyRulesRequest{Rules: []RuleData{{Flags: 0x01, Props: projectX}}}, 1),
	"MS-OXORULE_4.1.2_01": response(1, &ModifyRulesResponse{}),
	"MS-OXORULE_4.2.1_01": request(&GetRulesTableRequest{TableFlags: TableUnicode}, 0, 1),
	"MS-OXORULE_4.2.1_02": request(&SetColumnsRequest{Tags: ruleColumns}, 1),
	"MS-OXORULE_4.2.1_03": request(&QueryRowsRequest{ForwardRead: true, RowCount: 50}, 1),
	"MS-OXORULE_4.2.1_04": requestHandles,
	"MS-OXORULE_4.2.2_01": response(1, &GetRulesTableResponse{}),
	"MS-OXORULE_4.2.2_02": response(1, &SetColumnsResponse{}),
	"MS-OXORULE_4.2.2_03": responseTo(answered{index: 1, to: &QueryRowsRequest{Columns: ruleColumns}}, &QueryRowsResponse{
		Origin: BookmarkEnd,
		Rows: []mapi.Props{{
			{Tag: 0x66740014, Value: int64(0x56F83F0100000001)},
			{Tag: 0x66840102, Value: unhex("010000000100000055555555d144e340")},
			{Tag: 0x6682001F, Value: "Project X"},
		}},
		Columns: ruleColumns,
	}),
	"MS-OXORULE_4.2.2_04": responseHandles,
	"MS-OXORULE_4.3.1_01": request(&ModifyRulesRequest{Rules: []RuleData{{
		Flags: 0x04, Props: mapi.Props{{Tag: 0x66740014, Value: int64(0x56F83F0100000001)}},
	}}}, 0),
	"MS-OXORULE_4.3.2_01": response(0, &ModifyRulesResponse{}),
}

var ruleColumns = []mapi.PropTag{0x66740014, 0x66840102, 0x6682001F}

// projectX is the rule of the example: what has "Project X" in its subject is
// moved to a folder.
var projectX = mapi.Props{
	{Tag: 0x6682001F, Value: "Project X"},
	{Tag: 0x66760003, Value: int32(10)},
	{Tag: 0x66770003, Value: int32(1)},
	{Tag: 0x667900FD, Value: mapi.Contains(mapi.FuzzySubstring|mapi.FuzzyIgnoreCase, mapi.PidTagSubject.Of("Project X"))},
	{Tag: 0x668000FE, Value: mapi.RuleActions(unhex("0100d00001000000000000000001" +
		"ad000000000038a1bb1005e5101aa1bb08002b2a56c20000454d534d44422e444c4c00000000000000001b55fa20aa6611cb9bc800aa002fc45a" +
		"0c0000004f4c4558444f473132002f6f3d46697273744f7267616e697a6174696f6e2f6f753d45786368616e67652041646d696e697374726174" +
		"6976652047726f7570202846594449424f484632335350444c54292f636e3d526563697069656e74732f636e3d74657272796d61684431322d31" +
		"00150001040000000172000c000000000000000000000000"))},
	{Tag: 0x6681001F, Value: "RuleOrganizer"},
	{Tag: 0x66830003, Value: int32(0)},
	{Tag: 0x66840102, Value: unhex("010000000100000055555555d144e340")},
}

// rulesBatch is the chain of the example of [MS-OXORULE] 4.2.
func rulesBatch() (*Batch, *Call[*GetRulesTableResponse]) {
	b := NewBatch(0)
	table := Add(b, b.Use(0x223), &GetRulesTableRequest{TableFlags: TableUnicode})
	Add(b, table.Out, &SetColumnsRequest{Tags: ruleColumns})
	Add(b, table.Out, &QueryRowsRequest{ForwardRead: true, RowCount: 50, Columns: ruleColumns})
	return b, table
}

// requestHandles checks the handle table behind three requests.
func requestHandles(t *testing.T, v vectors.Vector) {
	b, _ := rulesBatch()
	payload, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(payload, v.Bytes) {
		t.Errorf("the payload %x does not end in %x", payload, v.Bytes)
	}
	_, handles, err := DecodeRequests(payload)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, handles, []uint32{0x223, NoHandle})
}

// responseHandles checks the handle table behind the three responses.
func responseHandles(t *testing.T, v vectors.Vector) {
	b, table := rulesBatch()
	rops := unhex("0000" + "3f0100000000" + "12010000000000" + "150100000000020000")
	if err := b.Decode(append(sealPayload(rops, nil), v.Bytes...)); err != nil {
		t.Fatal(err)
	}
	if table.Handle() != 0x221 {
		t.Errorf("the table has handle %#x, want 0x221", table.Handle())
	}
}
