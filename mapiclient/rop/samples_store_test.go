package rop

import "github.com/mapigate/mapigate/mapiclient/mapi"

// longTerm is 24 bytes: a GUID of 11, the counter 7 and padding.
var longTerm = mapi.LongTermID{Replica: guid("11111111111111111111111111111111"), Counter: [6]byte{5: 7}}

const longTermHex = "11111111111111111111111111111111 000000000007 0000"

// storeSamples are the operations of [MS-OXCROPS] 2.2.3, 2.2.14.1 and 2.2.15.
var storeSamples = []sample{
	{
		request:     &LogonRequest{LogonFlags: LogonPrivate, OpenFlags: OpenUsePerMDBReplIDMapping, Essdn: "/o=a"},
		requestBody: "01 00000001 00000000 0500 2f6f3d6100",
		response: &LogonResponse{
			LogonFlags: LogonPrivate, Folders: [13]mapi.FolderID{FolderRoot: folder(1), FolderShortcuts: folder(13)},
			ResponseFlags: LogonReserved | LogonOwnerRight, MailboxGUID: guid("22222222222222222222222222222222"),
			ReplID: 1, ReplGUID: guid("33333333333333333333333333333333"),
			LogonTime: LogonTime{Seconds: 1, Minutes: 2, Hour: 3, DayOfWeek: 4, Day: 5, Month: 6, Year: 2026}, GwartTime: 9, StoreState: 1,
		},
		responseBody: "01 0100000000000001" + "0000000000000000 0000000000000000 0000000000000000 0000000000000000 0000000000000000" +
			"0000000000000000 0000000000000000 0000000000000000 0000000000000000 0000000000000000 0000000000000000 010000000000000d" +
			"03 22222222222222222222222222222222 0100 33333333333333333333333333333333 01 02 03 04 05 06 ea07 0900000000000000 01000000",
		code:        ecWrongServer,
		failure:     &LogonResponse{LogonFlags: LogonPrivate, ServerName: "/cn=b"},
		failureBody: "01 06 2f636e3d6200",
	},
	{request: &ReleaseRequest{}},
	{
		request:      &GetReceiveFolderRequest{MessageClass: "IPM"},
		requestBody:  "49504d00",
		response:     &GetReceiveFolderResponse{FolderID: folder(0x1E), ExplicitMessageClass: "IPM"},
		responseBody: "010000000000001e 49504d00",
	},
	{request: &SetReceiveFolderRequest{FolderID: folder(2), MessageClass: "IPM"}, requestBody: "0100000000000002 49504d00", response: &SetReceiveFolderResponse{}},
	{
		request:      &GetReceiveFolderTableRequest{},
		response:     &GetReceiveFolderTableResponse{Rows: []mapi.Props{receiveFolder(3, "IPM", 0x01C882C05F54FF5E)}},
		responseBody: "01000000 00 0100000000000003 49504d00 5eff545fc082c801",
	},
	{request: &GetStoreStateRequest{}, response: &GetStoreStateResponse{StoreState: 0x01000000}, responseBody: "00000001"},
	{
		request: &GetOwningServersRequest{FolderID: folder(2)}, requestBody: "0100000000000002",
		response:     &GetOwningServersResponse{GhostServers{CheapServerCount: 1, Servers: []string{"a", "b"}}},
		responseBody: "0200 0100 6100 6200",
	},
	{
		request: &PublicFolderIsGhostedRequest{FolderID: folder(2)}, requestBody: "0100000000000002",
		response:     &PublicFolderIsGhostedResponse{Ghost: &GhostServers{Servers: []string{"a"}}},
		responseBody: "01 0100 0000 6100",
	},
	{
		request: &LongTermIDFromIDRequest{ObjectID: uint64(folder(7))}, requestBody: "0100000000000007",
		response: &LongTermIDFromIDResponse{LongTermID: longTerm}, responseBody: longTermHex,
	},
	{
		request: &IDFromLongTermIDRequest{LongTermID: longTerm}, requestBody: longTermHex,
		response: &IDFromLongTermIDResponse{ObjectID: uint64(folder(7))}, responseBody: "0100000000000007",
	},
	{
		request: &GetPerUserLongTermIDsRequest{DatabaseGUID: guid("44444444444444444444444444444444")}, requestBody: "44444444444444444444444444444444",
		response: &GetPerUserLongTermIDsResponse{LongTermIDs: []mapi.LongTermID{longTerm}}, responseBody: "0100" + longTermHex,
	},
	{
		request: &GetPerUserGUIDRequest{LongTermID: longTerm}, requestBody: longTermHex,
		response: &GetPerUserGUIDResponse{DatabaseGUID: guid("44444444444444444444444444444444")}, responseBody: "44444444444444444444444444444444",
	},
	{
		request: &ReadPerUserInformationRequest{FolderID: longTerm, DataOffset: 16, MaxDataSize: 4096}, requestBody: longTermHex + "00 10000000 0010",
		response: &ReadPerUserInformationResponse{HasFinished: true, Data: []byte{1, 2}}, responseBody: "01 0200 0102",
	},
	{
		request:     &WritePerUserInformationRequest{FolderID: longTerm, HasFinished: true, DataOffset: 16, Data: []byte{1, 2}},
		requestBody: longTermHex + "01 10000000 0200 0102",
		response:    &WritePerUserInformationResponse{},
	},
	{
		request:     &RegisterNotificationRequest{Types: NotifyNewMail | NotifyObjectCreated, FolderID: folder(2), MessageID: message(3)},
		requestBody: "0600 00 0100000000000002 0100000000000003",
		response:    &RegisterNotificationResponse{},
	},
	{
		request: &ProgressRequest{WantCancel: true}, requestBody: "01",
		response: &ProgressResponse{LogonID: 3, CompletedTaskCount: 1, TotalTaskCount: 2}, responseBody: "03 01000000 02000000",
	},
}

// folderSamples are the operations of [MS-OXCROPS] 2.2.4.
var folderSamples = []sample{
	{
		request: &OpenFolderRequest{FolderID: folder(2), OpenModeFlags: OpenSoftDeleted}, requestBody: "0100000000000002 04",
		response:     &OpenFolderResponse{HasRules: true, Ghost: &GhostServers{CheapServerCount: 1, Servers: []string{"a"}}},
		responseBody: "01 01 0100 0100 6100",
	},
	{
		request:     &CreateFolderRequest{FolderType: FolderSearchType, OpenExisting: true, DisplayName: "a", Comment: "b"},
		requestBody: "02 00 01 00 6100 6200",
		response:    &CreateFolderResponse{FolderID: folder(5), Existing: &OpenFolderResponse{HasRules: true}}, responseBody: "0100000000000005 01 01 00",
	},
	{
		request: &DeleteFolderRequest{Flags: DeleteHard, FolderID: folder(2)}, requestBody: "10 0100000000000002",
		response: &DeleteFolderResponse{partial{true}}, responseBody: "01",
		code: 0x80070005, failure: &DeleteFolderResponse{partial{true}}, failureBody: "01",
	},
	{
		request:     &SetSearchCriteriaRequest{Restriction: hasImportance, FolderIDs: []mapi.FolderID{folder(2)}, SearchFlags: SearchRestart},
		requestBody: "0500 08 03001700 0100 0100000000000002 02000000",
		response:    &SetSearchCriteriaResponse{},
	},
	{
		request: &GetSearchCriteriaRequest{UseUnicode: true, IncludeFolders: true}, requestBody: "01 00 01",
		response:     &GetSearchCriteriaResponse{LogonID: 3, FolderIDs: []mapi.FolderID{folder(2)}, SearchFlags: 1},
		responseBody: "0000 03 0100 0100000000000002 01000000",
	},
	{
		request: &MoveCopyMessagesRequest{MessageIDs: []mapi.MessageID{message(4)}, WantCopy: true}, requestBody: "0100 0100000000000004 00 01",
		response: &MoveCopyMessagesResponse{moved{PartialCompletion: true}}, responseBody: "01",
		code: ecDstNullObject, failure: &MoveCopyMessagesResponse{moved{DestHandleIndex: 2, PartialCompletion: true}}, failureBody: "02000000 01",
	},
	{
		request: &MoveFolderRequest{UseUnicode: true, FolderID: folder(2), NewFolderName: "a"}, requestBody: "00 01 0100000000000002 61000000",
		response: &MoveFolderResponse{moved{PartialCompletion: true}}, responseBody: "01",
		code: 0x80070005, failure: &MoveFolderResponse{moved{PartialCompletion: true}}, failureBody: "01",
	},
	{
		request: &CopyFolderRequest{WantRecursive: true, FolderID: folder(2), NewFolderName: "a"}, requestBody: "00 01 00 0100000000000002 6100",
		response: &CopyFolderResponse{}, responseBody: "00",
		code: ecDstNullObject, failure: &CopyFolderResponse{moved{DestHandleIndex: 2}}, failureBody: "02000000 00",
	},
	{
		request: &EmptyFolderRequest{WantDeleteAssociated: true}, requestBody: "00 01", response: &EmptyFolderResponse{}, responseBody: "00",
		code: 0x80070005, failure: &EmptyFolderResponse{partial{true}}, failureBody: "01",
	},
	{
		request: &HardDeleteMessagesAndSubfoldersRequest{WantDeleteAssociated: true}, requestBody: "00 01",
		response: &HardDeleteMessagesAndSubfoldersResponse{}, responseBody: "00",
		code: 0x80070005, failure: &HardDeleteMessagesAndSubfoldersResponse{partial{true}}, failureBody: "01",
	},
	{
		request: &DeleteMessagesRequest{NotifyNonRead: true, MessageIDs: []mapi.MessageID{message(4)}}, requestBody: "00 01 0100 0100000000000004",
		response: &DeleteMessagesResponse{}, responseBody: "00",
		code: 0x80070005, failure: &DeleteMessagesResponse{partial{true}}, failureBody: "01",
	},
	{
		request: &HardDeleteMessagesRequest{MessageIDs: []mapi.MessageID{message(4)}}, requestBody: "00 00 0100 0100000000000004",
		response: &HardDeleteMessagesResponse{}, responseBody: "00",
		code: 0x80070005, failure: &HardDeleteMessagesResponse{partial{true}}, failureBody: "01",
	},
	{request: &GetHierarchyTableRequest{TableFlags: TableDepth}, requestBody: "04", response: &GetHierarchyTableResponse{RowCount: 2}, responseBody: "02000000"},
	{request: &GetContentsTableRequest{TableFlags: TableAssociated}, requestBody: "02", response: &GetContentsTableResponse{RowCount: 2}, responseBody: "02000000"},
}

// hasImportance is a restriction of five bytes: its kind and a tag.
var hasImportance = mapi.ExistRestriction{Tag: 0x00170003}
