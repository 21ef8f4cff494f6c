package rop

import (
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/vectors"
)

// folderVectors are the examples of [MS-OXCFOLD] 4.
var folderVectors = map[string]func(*testing.T, vectors.Vector){
	"MS-OXCFOLD_4.1.1_01": request(&CreateFolderRequest{FolderType: FolderGeneric, UseUnicodeStrings: true, DisplayName: "Folder1"}, 0, 1),
	"MS-OXCFOLD_4.1.2_01": response(1, &CreateFolderResponse{FolderID: folder(0x0E915212)}),
	"MS-OXCFOLD_4.2.1_01": request(&DeleteFolderRequest{Flags: DeleteMessagesInFolder | DeleteSubfolders, FolderID: folder(0x0E8EDF36)}, 1),
	"MS-OXCFOLD_4.2.2_01": response(1, &DeleteFolderResponse{}),
	"MS-OXCFOLD_4.3.1_01": request(&DeleteMessagesRequest{NotifyNonRead: true, MessageIDs: []mapi.MessageID{message(0x0E8EF148), message(0x0E8EC302)}}, 0),
	"MS-OXCFOLD_4.3.2_01": response(0, &DeleteMessagesResponse{}),
	"MS-OXCFOLD_4.4.1_01": request(&MoveCopyMessagesRequest{MessageIDs: []mapi.MessageID{message(0x0E8EEC5D)}}, 0, 1),
	"MS-OXCFOLD_4.4.2_01": response(0, &MoveCopyMessagesResponse{}),
	"MS-OXCFOLD_4.5.1_01": request(&MoveFolderRequest{WantAsynchronous: true, UseUnicode: true, FolderID: folder(0x0E8EDF36), NewFolderName: "Folder1"}, 1, 2),
	"MS-OXCFOLD_4.5.2_01": response(1, &MoveFolderResponse{}),
	"MS-OXCFOLD_4.6.1_01": request(&CopyFolderRequest{WantAsynchronous: true, WantRecursive: true, UseUnicode: true, FolderID: folder(0x0E8EDF36), NewFolderName: "Folder1"}, 0, 1),
	"MS-OXCFOLD_4.6.2_01": response(0, &CopyFolderResponse{}),
	"MS-OXCFOLD_4.7.1_01": request(&GetHierarchyTableRequest{}, 1, 2),
	"MS-OXCFOLD_4.7.2_01": response(2, &GetHierarchyTableResponse{RowCount: 0x15}),
	"MS-OXCFOLD_4.8.1_01": request(&SetSearchCriteriaRequest{
		Restriction: notAnItemOfItsOwn, FolderIDs: []mapi.FolderID{folder(0x1488)},
		SearchFlags: SearchRestart | SearchShallow | SearchBackground | SearchNonContentIndexed,
	}, 1),
	"MS-OXCFOLD_4.8.2_01": response(1, &SetSearchCriteriaResponse{}),
	"MS-OXCFOLD_4.9.1_01": request(&GetSearchCriteriaRequest{UseUnicode: true, IncludeRestriction: true}, 0),
	"MS-OXCFOLD_4.9.2_01": response(0, &GetSearchCriteriaResponse{Restriction: notAnItemOfItsOwn, FolderIDs: []mapi.FolderID{}, SearchFlags: 1}),
}

// notAnItemOfItsOwn is the restriction of both search examples.
var notAnItemOfItsOwn = mapi.AndRestriction{
	mapi.AndRestriction{
		noClass("IPM.Appointment", mapi.FuzzyPrefix),
		noClass("IPM.Contact", mapi.FuzzyPrefix),
		noClass("IPM.DistList", mapi.FuzzyPrefix),
		noClass("IPM.Activity", mapi.FuzzyPrefix),
		noClass("IPM.StickyNote", mapi.FuzzyPrefix),
		noClass("IPM.Task", mapi.FuzzyFullString),
		noClass("IPM.Task.", mapi.FuzzyPrefix),
	},
	mapi.AndRestriction{mapi.Equal(mapi.PidTagImportance.Of(2))},
}

func noClass(class string, level mapi.FuzzyLevel) mapi.Restriction {
	return mapi.NotRestriction{Restriction: mapi.Contains(level|mapi.FuzzyIgnoreCase, mapi.PidTagMessageClass.Of(class))}
}
