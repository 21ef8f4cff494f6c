package rop

import "github.com/mapigate/mapigate/mapiclient/mapi"

// transportSamples are the operations of [MS-OXCROPS] 2.2.7.
var transportSamples = []sample{
	{request: &SubmitMessageRequest{SubmitFlags: SubmitNeedsSpooler}, requestBody: "02", response: &SubmitMessageResponse{}},
	{request: &AbortSubmitRequest{FolderID: folder(2), MessageID: message(4)}, requestBody: "0100000000000002 0100000000000004", response: &AbortSubmitResponse{}},
	{request: &GetAddressTypesRequest{}, response: &GetAddressTypesResponse{AddressTypes: []string{"EX", "SMTP"}}, responseBody: "0200 0800 455800 534d545000"},
	{request: &SetSpoolerRequest{}, response: &SetSpoolerResponse{}},
	{request: &SpoolerLockMessageRequest{MessageID: message(4), LockState: FinishMessage}, requestBody: "0100000000000004 02", response: &SpoolerLockMessageResponse{}},
	{request: &TransportSendRequest{}, response: &TransportSendResponse{Props: full}, responseBody: "00 0200" + fullTagged},
	{
		request:     &TransportNewMailRequest{MessageID: message(4), FolderID: folder(2), MessageClass: "IPM", MessageFlags: 1},
		requestBody: "0100000000000004 0100000000000002 49504d00 01000000",
		response:    &TransportNewMailResponse{},
	},
	{request: &GetTransportFolderRequest{}, response: &GetTransportFolderResponse{FolderID: folder(2)}, responseBody: "0100000000000002"},
	{
		request: &OptionsDataRequest{AddressType: "EX", WantWin32: true}, requestBody: "455800 01",
		response:     &OptionsDataResponse{Reserved: 1, OptionsInfo: []byte{}, HelpFile: []byte{2}, HelpFileName: "h"},
		responseBody: "01 0000 0100 02 6800",
	},
}

// fullTagged are the values of the row full, each behind its tag.
const fullTagged = "1f003700 62000000 0300080e 05000000"

// problem is a PropertyProblem.
var problem = []PropertyProblem{{Index: 1, Tag: 0x0E080003, Code: 0x80070005}}

const problemHex = "0100 0100 0300080e 05000780"

// importance is a header field's name in PS_INTERNET_HEADERS.
var importance = mapi.PropertyName{Set: mapi.PSInternetHeaders, Name: "x-a"}

const importanceHex = "01 8603020000000000c000000000000046 08 78002d0061000000"

// propertySamples are the operations of [MS-OXCROPS] 2.2.8.
var propertySamples = []sample{
	{
		request:     &GetPropertyIDsFromNamesRequest{Flags: NamesCreate, Names: []mapi.PropertyName{importance, {Set: mapi.PSETIDCommon, LID: 0x8501}}},
		requestBody: "02 0200" + importanceHex + "00 0820060000000000c000000000000046 01850000",
		response:    &GetPropertyIDsFromNamesResponse{IDs: []mapi.PropID{0x8001, 0}}, responseBody: "0200 0180 0000",
		code: ecWarnWithErrors, failure: &GetPropertyIDsFromNamesResponse{IDs: []mapi.PropID{0x8001, 0}}, failureBody: "0200 0180 0000",
	},
	{
		request: &GetNamesFromPropertyIDsRequest{IDs: []mapi.PropID{0x8001, 0x8002}}, requestBody: "0200 0180 0280",
		response: &GetNamesFromPropertyIDsResponse{Names: []mapi.PropertyName{importance, {}}}, responseBody: "0200" + importanceHex + "ff",
	},
	{
		request: &GetPropertiesSpecificRequest{PropertySizeLimit: 255, WantUnicode: true, Tags: columns}, requestBody: "ff00 0100 0200 1f003700 0300080e",
		response: &GetPropertiesSpecificResponse{Row: row, Tags: columns}, responseBody: rowHex,
	},
	{request: &GetPropertiesAllRequest{WantUnicode: true}, requestBody: "0000 0100", response: &GetPropertiesAllResponse{Props: full}, responseBody: "0200" + fullTagged},
	{request: &GetPropertiesListRequest{}, response: &GetPropertiesListResponse{Tags: columns}, responseBody: "0200 1f003700 0300080e"},
	{request: &SetPropertiesRequest{Props: full}, requestBody: "1200 0200" + fullTagged, response: &SetPropertiesResponse{Problems: problem}, responseBody: problemHex},
	{
		request: &SetPropertiesNoReplicateRequest{Props: full}, requestBody: "1200 0200" + fullTagged,
		response: &SetPropertiesNoReplicateResponse{Problems: problem}, responseBody: problemHex,
	},
	{request: &DeletePropertiesRequest{Tags: columns}, requestBody: "0200 1f003700 0300080e", response: &DeletePropertiesResponse{Problems: problem}, responseBody: problemHex},
	{
		request: &DeletePropertiesNoReplicateRequest{Tags: columns}, requestBody: "0200 1f003700 0300080e",
		response: &DeletePropertiesNoReplicateResponse{Problems: problem}, responseBody: problemHex,
	},
	{
		request: &QueryNamedPropertiesRequest{QueryFlags: 1, Set: &mapi.PSETIDCommon}, requestBody: "01 01 0820060000000000c000000000000046",
		response:     &QueryNamedPropertiesResponse{IDs: []mapi.PropID{0x8001}, Names: []mapi.PropertyName{importance}},
		responseBody: "0100 0180" + importanceHex,
	},
	{
		request: &CopyPropertiesRequest{CopyFlags: CopyNoOverwrite, Tags: columns}, requestBody: "00 02 0200 1f003700 0300080e",
		response: &CopyPropertiesResponse{copied{Problems: problem}}, responseBody: problemHex,
		code: ecDstNullObject, failure: &CopyPropertiesResponse{copied{DestHandleIndex: 2}}, failureBody: "02000000",
	},
	{
		request: &CopyToRequest{WantSubObjects: true, CopyFlags: CopyMove, ExcludedTags: columns}, requestBody: "00 01 01 0200 1f003700 0300080e",
		response: &CopyToResponse{copied{Problems: problem}}, responseBody: problemHex,
		code: ecDstNullObject, failure: &CopyToResponse{copied{DestHandleIndex: 2}}, failureBody: "02000000",
	},
}

// streamSamples are the operations of [MS-OXCROPS] 2.2.9.
var streamSamples = []sample{
	{request: &OpenStreamRequest{Tag: 0x10130102, OpenModeFlags: StreamCreate}, requestBody: "02011310 02", response: &OpenStreamResponse{StreamSize: 70000}, responseBody: "70110100"},
	{
		request: &ReadStreamRequest{ByteCount: ReadMaximum, MaximumByteCount: 0x8000}, requestBody: "beba 00800000",
		response: &ReadStreamResponse{Data: []byte("ab")}, responseBody: "0200 6162",
		code: 0x80070005, failure: &ReadStreamResponse{Data: []byte{}}, failureBody: "0000",
	},
	{
		request: &WriteStreamRequest{Data: []byte("ab")}, requestBody: "0200 6162", response: &WriteStreamResponse{written{2}}, responseBody: "0200",
		code: 0x8007000E, failure: &WriteStreamResponse{written{1}}, failureBody: "0100",
	},
	{
		request: &WriteStreamExtendedRequest{Data: []byte("ab")}, requestBody: "0200 6162", response: &WriteStreamExtendedResponse{WrittenSize: 2}, responseBody: "02000000",
		code: 0x8007000E, failure: &WriteStreamExtendedResponse{WrittenSize: 1}, failureBody: "01000000",
	},
	{request: &CommitStreamRequest{}, response: &CommitStreamResponse{}},
	{request: &GetStreamSizeRequest{}, response: &GetStreamSizeResponse{StreamSize: 70000}, responseBody: "70110100"},
	{request: &SetStreamSizeRequest{StreamSize: 70000}, requestBody: "7011010000000000", response: &SetStreamSizeResponse{}},
	{
		request: &SeekStreamRequest{Origin: StreamEnd, Offset: -2}, requestBody: "02 feffffffffffffff",
		response: &SeekStreamResponse{NewPosition: 68}, responseBody: "4400000000000000",
	},
	{
		request: &CopyToStreamRequest{ByteCount: 9}, requestBody: "0900000000000000",
		response: &CopyToStreamResponse{ReadByteCount: 9, WrittenByteCount: 8}, responseBody: "0900000000000000 0800000000000000",
		code: ecDstNullObject, failure: &CopyToStreamResponse{DestHandleIndex: 2, ReadByteCount: 9}, failureBody: "02000000 0900000000000000 0000000000000000",
	},
	{
		request: &LockRegionStreamRequest{RegionOffset: 1, RegionSize: 2, LockFlags: 1}, requestBody: "0100000000000000 0200000000000000 01000000",
		response: &LockRegionStreamResponse{},
	},
	{
		request: &UnlockRegionStreamRequest{RegionOffset: 1, RegionSize: 2, LockFlags: 1}, requestBody: "0100000000000000 0200000000000000 01000000",
		response: &UnlockRegionStreamResponse{},
	},
	{
		request: &WriteAndCommitStreamRequest{Data: []byte("ab")}, requestBody: "0200 6162", response: &WriteAndCommitStreamResponse{written{2}}, responseBody: "0200",
		code: 0x8007000E, failure: &WriteAndCommitStreamResponse{written{1}}, failureBody: "0100",
	},
	{request: &CloneStreamRequest{}, response: &CloneStreamResponse{}},
}
