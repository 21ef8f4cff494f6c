package rop

import (
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/vectors"
)

// storeVectors are the examples of [MS-OXCSTOR] 4, which are printed without
// their headers.
var storeVectors = map[string]func(*testing.T, vectors.Vector){
	"MS-OXCSTOR_4.1_01": requestBody(&LogonRequest{
		LogonFlags: LogonPrivate,
		OpenFlags:  OpenHomeLogon | OpenTakeOwnership | OpenNoMail | OpenUsePerMDBReplIDMapping,
		Essdn:      "/o=First Organization/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=Administrator",
	}),
	"MS-OXCSTOR_4.1_02": responseBody(&LogonResponse{
		LogonFlags: LogonPrivate,
		Folders: [13]mapi.FolderID{
			FolderRoot:           folder(0x78271A),
			FolderDeferredAction: folder(0x78271C),
			FolderSpoolerQueue:   folder(0x78271D),
			FolderIPMSubtree:     folder(0x78271B),
			FolderInbox:          folder(0x78271E),
			FolderOutbox:         folder(0x78271F),
			FolderSentItems:      folder(0x782720),
			FolderDeletedItems:   folder(0x782721),
			FolderCommonViews:    folder(0x782724),
			FolderSchedule:       folder(0x782725),
			FolderSearch:         folder(0x782722),
			FolderViews:          folder(0x782723),
			FolderShortcuts:      folder(0x782726),
		},
		ResponseFlags: LogonReserved | LogonOwnerRight | LogonSendAsRight,
		MailboxGUID:   guid("f7f891a51c3416418c489db01a86f50b"),
		ReplID:        1,
		ReplGUID:      guid("4d77d4648349704f9b8b46e635bb78ab"),
		LogonTime:     LogonTime{Seconds: 13, Minutes: 16, Hour: 15, DayOfWeek: 1, Day: 10, Month: 3, Year: 2008},
		GwartTime:     0x01C882BEC21A5360,
		StoreState:    0x01000000,
	}),
	"MS-OXCSTOR_4.2_01": requestBody(&LogonRequest{OpenFlags: OpenHomeLogon | OpenNoMail | OpenUsePerMDBReplIDMapping}),
	"MS-OXCSTOR_4.2_02": responseBody(&LogonResponse{
		Folders: [13]mapi.FolderID{
			folder(6), folder(1), folder(2), folder(3), folder(4), folder(5), 0,
			mapi.FolderID(mapi.MakeID(3, 7)), mapi.FolderID(mapi.MakeID(3, 8)),
		},
		ReplID:      1,
		ReplGUID:    publicStore,
		PerUserGUID: guid("95dafe74e0f74c4c81ef83ba850be8e4"),
	}),
	"MS-OXCSTOR_4.3_01": requestBody(&GetReceiveFolderRequest{}),
	"MS-OXCSTOR_4.3_02": responseBody(&GetReceiveFolderResponse{FolderID: folder(0x78271E)}),
	"MS-OXCSTOR_4.4_01": requestBody(&SetReceiveFolderRequest{FolderID: folder(0x78271A), MessageClass: "IPM.SomeMessageClass"}),
	"MS-OXCSTOR_4.5_01": responseBody(&GetReceiveFolderTableResponse{Rows: []mapi.Props{
		receiveFolder(0x78271E, "", 0x01C882C05F54FF5E),
		receiveFolder(0x78271A, "IPC", 0x01C882C05F56EF32),
		receiveFolder(0x78271E, "IPM", 0x01C882C05F56EF32),
		receiveFolder(0x78271E, "REPORT.IPM", 0x01C882C05F56EF32),
	}}),
	"MS-OXCSTOR_4.6_01": requestBody(&IDFromLongTermIDRequest{LongTermID: publicFolder}),
	"MS-OXCSTOR_4.6_02": responseBody(&IDFromLongTermIDResponse{ObjectID: mapi.MakeID(5, 0x12)}),
	"MS-OXCSTOR_4.7_01": requestBody(&GetPerUserLongTermIDsRequest{DatabaseGUID: guid("4d77d4648349704f9b8b46e635bb78ab")}),
	"MS-OXCSTOR_4.7_02": responseBody(&GetPerUserLongTermIDsResponse{LongTermIDs: []mapi.LongTermID{}}),
	"MS-OXCSTOR_4.8_01": requestBody(&ReadPerUserInformationRequest{FolderID: publicFolder}),
	"MS-OXCSTOR_4.8_02": responseBody(&ReadPerUserInformationResponse{HasFinished: true, Data: perUser}),
	"MS-OXCSTOR_4.9_01": requestBody(&WritePerUserInformationRequest{
		FolderID: publicFolder, HasFinished: true, Data: perUser, ReplGUID: guid("d844ae73f9615d4fb3c69a7c31fec123"),
	}),
}

var (
	publicStore  = guid("705bcabf1ef99841897d479e0945fd2f")
	publicFolder = mapi.LongTermID{Replica: publicStore, Counter: [6]byte{5: 0x12}}
	perUser      = unhex("d844ae73f9615d4fb3c69a7c31fec12306000000782b3300")
)

func receiveFolder(id uint64, class string, modified uint64) mapi.Props {
	return mapi.Props{
		{Tag: 0x67480014, Value: int64(folder(id))},
		{Tag: 0x001A001E, Value: mapi.String8(class)},
		{Tag: 0x30080040, Value: mapi.TimeOf(modified)},
	}
}
