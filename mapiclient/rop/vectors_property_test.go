package rop

import (
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/vectors"
)

// propertyVectors are the examples of [MS-OXCPRPT] 4.
var propertyVectors = map[string]func(*testing.T, vectors.Vector){
	"MS-OXCPRPT_4.1.1_01": request(&GetPropertyIDsFromNamesRequest{Flags: NamesCreate, Names: []mapi.PropertyName{
		{Set: mapi.PSETIDAppointment, Name: "TestProp1"}, {Set: mapi.PSETIDAppointment, Name: "TestProp2"},
	}}, 0),
	"MS-OXCPRPT_4.1.2_01": response(0, &GetPropertyIDsFromNamesResponse{IDs: []mapi.PropID{0x863E, 0x863F}}),
	"MS-OXCPRPT_4.2.1_01": request(&SetPropertiesRequest{Props: mapi.Props{
		mapi.PidTagSubjectPrefix.Of(""), mapi.PidTagNormalizedSubject.Of("Hello World"),
	}}, 0),
	"MS-OXCPRPT_4.2.2_01": response(0, &SetPropertiesResponse{Problems: []PropertyProblem{}}),
	"MS-OXCPRPT_4.3.1_01": request(&GetPropertiesSpecificRequest{WantUnicode: true, Tags: testProps}, 0),
	"MS-OXCPRPT_4.3.2_01": responseTo(answered{to: &GetPropertiesSpecificRequest{Tags: testProps}}, &GetPropertiesSpecificResponse{
		Tags: testProps,
		Row: mapi.Props{
			{Tag: 0x863E000B, Value: false},
			{Tag: 0x863F0003, Value: int32(98)},
			{Tag: 0x65E2000A, Value: mapi.ErrorCode(0x8004010F)},
		},
	}),
	"MS-OXCPRPT_4.4.1.1_01": requestOn(1, &OpenStreamRequest{Tag: 0x0E9A0102, OpenModeFlags: StreamReadWrite}, 0, 1),
	"MS-OXCPRPT_4.4.1.2_01": response(1, &OpenStreamResponse{StreamSize: 11797}),
	"MS-OXCPRPT_4.4.2.1_01": cutOffWriteStream,
	"MS-OXCPRPT_4.4.2.2_01": response(1, &WriteStreamResponse{written{WrittenSize: 11797}}),
	"MS-OXCPRPT_4.4.3.1_01": requestOn(1, &CommitStreamRequest{}, 1),
	"MS-OXCPRPT_4.4.3.2_01": response(1, &CommitStreamResponse{}),
	"MS-OXCPRPT_4.5_01":     request(&EmptyFolderRequest{WantAsynchronous: true}, 0),
	"MS-OXCPRPT_4.5_02":     response(0, &ProgressResponse{CompletedTaskCount: 29, TotalTaskCount: 729}),
	"MS-OXCPRPT_4.5_03":     request(&ProgressRequest{}, 0),
	"MS-OXCPRPT_4.5_04":     response(0, &ProgressResponse{CompletedTaskCount: 59, TotalTaskCount: 729}),
	"MS-OXCPRPT_4.5_05":     request(&ProgressRequest{}, 0),
	"MS-OXCPRPT_4.5_06":     response(0, &EmptyFolderResponse{}),
}

// testProps are the properties of the example of RopGetPropertiesSpecific.
var testProps = []mapi.PropTag{0x863E000B, 0x863F0003, 0x65E20102}

// cutOffWriteStream checks the example of RopWriteStream, of whose 11797 bytes
// of data the page shows 43.
func cutOffWriteStream(t *testing.T, v vectors.Vector) {
	const shown = "an always restore the look of your docume"
	data := make([]byte, 11797)
	copy(data[2:], shown)
	whole := append(append([]byte(nil), v.Bytes[:5]...), data...)
	copy(whole, v.Bytes)
	checkRequest(t, whole, header(WriteStream, 1, 1), &WriteStreamRequest{Data: data})
}
