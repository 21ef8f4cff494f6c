package rop

import "github.com/mapigate/mapigate/mapiclient/mapi"

// rightSamples are the operations of [MS-OXCROPS] 2.2.10 and 2.2.11.
var rightSamples = []sample{
	{
		request: &ModifyPermissionsRequest{Flags: 1, Permissions: []PermissionData{{Flags: 4, Props: full}}}, requestBody: "01 0100 04 0200" + fullTagged,
		response: &ModifyPermissionsResponse{},
	},
	{request: &GetPermissionsTableRequest{TableFlags: 2}, requestBody: "02", response: &GetPermissionsTableResponse{}},
	{
		request: &ModifyRulesRequest{Flags: 1, Rules: []RuleData{{Flags: 1, Props: mapi.Props{
			{Tag: 0x667900FD, Value: hasImportance},
			{Tag: 0x668000FE, Value: mapi.RuleActions{2, 0, 1, 0, 7, 2, 0, 8, 9}},
		}}}},
		requestBody: "01 0100 01 0200 fd007966 08 03001700 fe008066 0200 0100 07 0200 0809",
		response:    &ModifyRulesResponse{},
	},
	{request: &GetRulesTableRequest{TableFlags: TableUnicode}, requestBody: "40", response: &GetRulesTableResponse{}},
	{
		request: &UpdateDeferredActionMessagesRequest{ServerEntryID: []byte{1}, ClientEntryID: []byte{2, 3}}, requestBody: "0100 01 0200 0203",
		response: &UpdateDeferredActionMessagesResponse{},
	},
}

// transferSamples are the operations of [MS-OXCROPS] 2.2.12.
var transferSamples = []sample{
	{request: &FastTransferDestinationConfigureRequest{SourceOperation: SourceCopyMessages, CopyFlags: 1}, requestBody: "03 01", response: &FastTransferDestinationConfigureResponse{}},
	{
		request: &FastTransferDestinationPutBufferRequest{TransferData: []byte("ab")}, requestBody: "0200 6162",
		response:     &FastTransferDestinationPutBufferResponse{TransferStatus: TransferPartial, InProgressCount: 2, TotalStepCount: 3, BufferUsedSize: 2},
		responseBody: "0100 0200 0300 00 0200",
		code:         0x80070005, failure: &FastTransferDestinationPutBufferResponse{BufferUsedSize: 1}, failureBody: "0000 0000 0000 00 0100",
	},
	{
		request: &FastTransferDestinationPutBufferExtendedRequest{TransferData: []byte("ab")}, requestBody: "0200 6162",
		response:     &FastTransferDestinationPutBufferExtendedResponse{TransferStatus: TransferPartial, InProgressCount: 2, TotalStepCount: 3, BufferUsedSize: 2},
		responseBody: "0100 02000000 03000000 00 0200",
		code:         0x80070005, failure: &FastTransferDestinationPutBufferExtendedResponse{BufferUsedSize: 1}, failureBody: "0000 00000000 00000000 00 0100",
	},
	{
		request: &FastTransferSourceGetBufferRequest{BufferSize: ReadMaximum, MaximumBufferSize: 0x7F00}, requestBody: "beba 007f",
		response:     &FastTransferSourceGetBufferResponse{TransferStatus: TransferDone, InProgressCount: 2, TotalStepCount: 3, TransferBuffer: []byte("ab")},
		responseBody: "0300 0200 0300 00 0200 6162",
		code:         ecServerBusy, failure: &FastTransferSourceGetBufferResponse{TransferBuffer: []byte{}, BackoffTime: 500}, failureBody: "0000 0000 0000 00 0000 f4010000",
	},
	{request: &FastTransferSourceCopyFolderRequest{CopyFlags: 1, SendOptions: SendUnicode}, requestBody: "01 01", response: &FastTransferSourceCopyFolderResponse{}},
	{
		request:     &FastTransferSourceCopyMessagesRequest{MessageIDs: []mapi.MessageID{message(4)}, CopyFlags: 1, SendOptions: SendForceUnicode},
		requestBody: "0100 0100000000000004 01 08", response: &FastTransferSourceCopyMessagesResponse{},
	},
	{
		request:     &FastTransferSourceCopyToRequest{Level: 1, CopyFlags: 0x10, SendOptions: SendUnicode, ExcludedTags: columns},
		requestBody: "01 10000000 01 0200 1f003700 0300080e", response: &FastTransferSourceCopyToResponse{},
	},
	{
		request:     &FastTransferSourceCopyPropertiesRequest{Level: 1, CopyFlags: 2, SendOptions: SendUnicode, Tags: columns},
		requestBody: "01 02 01 0200 1f003700 0300080e", response: &FastTransferSourceCopyPropertiesResponse{},
	},
	{request: &TellVersionRequest{Version: [3]uint16{15, 2, 3}}, requestBody: "0f00 0200 0300", response: &TellVersionResponse{}},
}

// syncSamples are the operations of [MS-OXCROPS] 2.2.13.
var syncSamples = []sample{
	{
		request: &SynchronizationConfigureRequest{
			Type: SynchronizeContents, SendOptions: SendUnicode, Flags: SyncNormal | SyncFAI, Restriction: hasImportance, ExtraFlags: SyncEid | SyncCN, Tags: columns,
		},
		requestBody: "01 01 3000 0500 08 03001700 05000000 0200 1f003700 0300080e",
		response:    &SynchronizationConfigureResponse{},
	},
	{
		request: &SynchronizationImportMessageChangeRequest{ImportFlag: 0x10, Props: full}, requestBody: "10 0200" + fullTagged,
		response: &SynchronizationImportMessageChangeResponse{MessageID: message(4)}, responseBody: "0100000000000004",
	},
	{
		request:     &SynchronizationImportReadStateChangesRequest{States: []MessageReadState{{MessageID: []byte{1, 2}, MarkAsRead: true}, {MessageID: []byte{3}}}},
		requestBody: "0900 0200 0102 01 0100 03 00",
		response:    &SynchronizationImportReadStateChangesResponse{},
	},
	{
		request:     &SynchronizationImportHierarchyChangeRequest{Hierarchy: full, Props: mapi.Props{}},
		requestBody: "0200" + fullTagged + "0000",
		response:    &SynchronizationImportHierarchyChangeResponse{FolderID: folder(2)}, responseBody: "0100000000000002",
	},
	{
		request:     &SynchronizationImportDeletesRequest{Flags: 1, Props: mapi.Props{{Tag: 0x00001102, Value: [][]byte{{1, 2}}}}},
		requestBody: "01 0100 02110000 01000000 0200 0102",
		response:    &SynchronizationImportDeletesResponse{},
	},
	{
		request: &SynchronizationImportMessageMoveRequest{
			SourceFolderID: []byte{1}, SourceMessageID: []byte{2}, PredecessorChangeList: []byte{3}, DestinationMessageID: []byte{4}, ChangeNumber: []byte{5, 6},
		},
		requestBody: "01000000 01 01000000 02 01000000 03 01000000 04 02000000 0506",
		response:    &SynchronizationImportMessageMoveResponse{MessageID: message(4)}, responseBody: "0100000000000004",
	},
	{request: &SynchronizationOpenCollectorRequest{IsContentsCollector: true}, requestBody: "01", response: &SynchronizationOpenCollectorResponse{}},
	{request: &SynchronizationGetTransferStateRequest{}, response: &SynchronizationGetTransferStateResponse{}},
	{
		request: &SynchronizationUploadStateStreamBeginRequest{StateProperty: 0x67960102, TransferBufferSize: 2}, requestBody: "02019667 02000000",
		response: &SynchronizationUploadStateStreamBeginResponse{},
	},
	{request: &SynchronizationUploadStateStreamContinueRequest{StreamData: []byte("ab")}, requestBody: "02000000 6162", response: &SynchronizationUploadStateStreamContinueResponse{}},
	{request: &SynchronizationUploadStateStreamEndRequest{}, response: &SynchronizationUploadStateStreamEndResponse{}},
	{
		request: &SetLocalReplicaMidsetDeletedRequest{Ranges: []LongTermIDRange{{Min: longTerm, Max: longTerm}}}, requestBody: "3400 01000000" + longTermHex + longTermHex,
		response: &SetLocalReplicaMidsetDeletedResponse{},
	},
	{
		request: &GetLocalReplicaIDsRequest{IDCount: 0x10000}, requestBody: "00000100",
		response:     &GetLocalReplicaIDsResponse{ReplGUID: longTerm.Replica, GlobalCount: longTerm.Counter},
		responseBody: "11111111111111111111111111111111 000000000007",
	},
}
