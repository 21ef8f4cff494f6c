package rop

import "fmt"

// An ID tells which remote operation a request or response is.
// [MS-OXCROPS] 2.2.2
type ID uint8

// The remote operations. [MS-OXCROPS] 2.2.2
const (
	Release                                  ID = 0x01
	OpenFolder                               ID = 0x02
	OpenMessage                              ID = 0x03
	GetHierarchyTable                        ID = 0x04
	GetContentsTable                         ID = 0x05
	CreateMessage                            ID = 0x06
	GetPropertiesSpecific                    ID = 0x07
	GetPropertiesAll                         ID = 0x08
	GetPropertiesList                        ID = 0x09
	SetProperties                            ID = 0x0A
	DeleteProperties                         ID = 0x0B
	SaveChangesMessage                       ID = 0x0C
	RemoveAllRecipients                      ID = 0x0D
	ModifyRecipients                         ID = 0x0E
	ReadRecipients                           ID = 0x0F
	ReloadCachedInformation                  ID = 0x10
	SetMessageReadFlag                       ID = 0x11
	SetColumns                               ID = 0x12
	SortTable                                ID = 0x13
	Restrict                                 ID = 0x14
	QueryRows                                ID = 0x15
	GetStatus                                ID = 0x16
	QueryPosition                            ID = 0x17
	SeekRow                                  ID = 0x18
	SeekRowBookmark                          ID = 0x19
	SeekRowFractional                        ID = 0x1A
	CreateBookmark                           ID = 0x1B
	CreateFolder                             ID = 0x1C
	DeleteFolder                             ID = 0x1D
	DeleteMessages                           ID = 0x1E
	GetMessageStatus                         ID = 0x1F
	SetMessageStatus                         ID = 0x20
	GetAttachmentTable                       ID = 0x21
	OpenAttachment                           ID = 0x22
	CreateAttachment                         ID = 0x23
	DeleteAttachment                         ID = 0x24
	SaveChangesAttachment                    ID = 0x25
	SetReceiveFolder                         ID = 0x26
	GetReceiveFolder                         ID = 0x27
	RegisterNotification                     ID = 0x29
	Notify                                   ID = 0x2A
	OpenStream                               ID = 0x2B
	ReadStream                               ID = 0x2C
	WriteStream                              ID = 0x2D
	SeekStream                               ID = 0x2E
	SetStreamSize                            ID = 0x2F
	SetSearchCriteria                        ID = 0x30
	GetSearchCriteria                        ID = 0x31
	SubmitMessage                            ID = 0x32
	MoveCopyMessages                         ID = 0x33
	AbortSubmit                              ID = 0x34
	MoveFolder                               ID = 0x35
	CopyFolder                               ID = 0x36
	QueryColumnsAll                          ID = 0x37
	Abort                                    ID = 0x38
	CopyTo                                   ID = 0x39
	CopyToStream                             ID = 0x3A
	CloneStream                              ID = 0x3B
	GetPermissionsTable                      ID = 0x3E
	GetRulesTable                            ID = 0x3F
	ModifyPermissions                        ID = 0x40
	ModifyRules                              ID = 0x41
	GetOwningServers                         ID = 0x42
	LongTermIDFromID                         ID = 0x43
	IDFromLongTermID                         ID = 0x44
	PublicFolderIsGhosted                    ID = 0x45
	OpenEmbeddedMessage                      ID = 0x46
	SetSpooler                               ID = 0x47
	SpoolerLockMessage                       ID = 0x48
	GetAddressTypes                          ID = 0x49
	TransportSend                            ID = 0x4A
	FastTransferSourceCopyMessages           ID = 0x4B
	FastTransferSourceCopyFolder             ID = 0x4C
	FastTransferSourceCopyTo                 ID = 0x4D
	FastTransferSourceGetBuffer              ID = 0x4E
	FindRow                                  ID = 0x4F
	Progress                                 ID = 0x50
	TransportNewMail                         ID = 0x51
	GetValidAttachments                      ID = 0x52
	FastTransferDestinationConfigure         ID = 0x53
	FastTransferDestinationPutBuffer         ID = 0x54
	GetNamesFromPropertyIDs                  ID = 0x55
	GetPropertyIDsFromNames                  ID = 0x56
	UpdateDeferredActionMessages             ID = 0x57
	EmptyFolder                              ID = 0x58
	ExpandRow                                ID = 0x59
	CollapseRow                              ID = 0x5A
	LockRegionStream                         ID = 0x5B
	UnlockRegionStream                       ID = 0x5C
	CommitStream                             ID = 0x5D
	GetStreamSize                            ID = 0x5E
	QueryNamedProperties                     ID = 0x5F
	GetPerUserLongTermIDs                    ID = 0x60
	GetPerUserGUID                           ID = 0x61
	ReadPerUserInformation                   ID = 0x63
	WritePerUserInformation                  ID = 0x64
	SetReadFlags                             ID = 0x66
	CopyProperties                           ID = 0x67
	GetReceiveFolderTable                    ID = 0x68
	FastTransferSourceCopyProperties         ID = 0x69
	GetCollapseState                         ID = 0x6B
	SetCollapseState                         ID = 0x6C
	GetTransportFolder                       ID = 0x6D
	Pending                                  ID = 0x6E
	OptionsData                              ID = 0x6F
	SynchronizationConfigure                 ID = 0x70
	SynchronizationImportMessageChange       ID = 0x72
	SynchronizationImportHierarchyChange     ID = 0x73
	SynchronizationImportDeletes             ID = 0x74
	SynchronizationUploadStateStreamBegin    ID = 0x75
	SynchronizationUploadStateStreamContinue ID = 0x76
	SynchronizationUploadStateStreamEnd      ID = 0x77
	SynchronizationImportMessageMove         ID = 0x78
	SetPropertiesNoReplicate                 ID = 0x79
	DeletePropertiesNoReplicate              ID = 0x7A
	GetStoreState                            ID = 0x7B
	SynchronizationOpenCollector             ID = 0x7E
	GetLocalReplicaIDs                       ID = 0x7F
	SynchronizationImportReadStateChanges    ID = 0x80
	ResetTable                               ID = 0x81
	SynchronizationGetTransferState          ID = 0x82
	TellVersion                              ID = 0x86
	FreeBookmark                             ID = 0x89
	WriteAndCommitStream                     ID = 0x90
	HardDeleteMessages                       ID = 0x91
	HardDeleteMessagesAndSubfolders          ID = 0x92
	SetLocalReplicaMidsetDeleted             ID = 0x93
	FastTransferDestinationPutBufferExtended ID = 0x9D
	WriteStreamExtended                      ID = 0xA3
	Backoff                                  ID = 0xF9
	Logon                                    ID = 0xFE
	BufferTooSmall                           ID = 0xFF
)

// names holds what the specification calls each operation, without "Rop".
var names = [256]string{
	Release:                                  "Release",
	OpenFolder:                               "OpenFolder",
	OpenMessage:                              "OpenMessage",
	GetHierarchyTable:                        "GetHierarchyTable",
	GetContentsTable:                         "GetContentsTable",
	CreateMessage:                            "CreateMessage",
	GetPropertiesSpecific:                    "GetPropertiesSpecific",
	GetPropertiesAll:                         "GetPropertiesAll",
	GetPropertiesList:                        "GetPropertiesList",
	SetProperties:                            "SetProperties",
	DeleteProperties:                         "DeleteProperties",
	SaveChangesMessage:                       "SaveChangesMessage",
	RemoveAllRecipients:                      "RemoveAllRecipients",
	ModifyRecipients:                         "ModifyRecipients",
	ReadRecipients:                           "ReadRecipients",
	ReloadCachedInformation:                  "ReloadCachedInformation",
	SetMessageReadFlag:                       "SetMessageReadFlag",
	SetColumns:                               "SetColumns",
	SortTable:                                "SortTable",
	Restrict:                                 "Restrict",
	QueryRows:                                "QueryRows",
	GetStatus:                                "GetStatus",
	QueryPosition:                            "QueryPosition",
	SeekRow:                                  "SeekRow",
	SeekRowBookmark:                          "SeekRowBookmark",
	SeekRowFractional:                        "SeekRowFractional",
	CreateBookmark:                           "CreateBookmark",
	CreateFolder:                             "CreateFolder",
	DeleteFolder:                             "DeleteFolder",
	DeleteMessages:                           "DeleteMessages",
	GetMessageStatus:                         "GetMessageStatus",
	SetMessageStatus:                         "SetMessageStatus",
	GetAttachmentTable:                       "GetAttachmentTable",
	OpenAttachment:                           "OpenAttachment",
	CreateAttachment:                         "CreateAttachment",
	DeleteAttachment:                         "DeleteAttachment",
	SaveChangesAttachment:                    "SaveChangesAttachment",
	SetReceiveFolder:                         "SetReceiveFolder",
	GetReceiveFolder:                         "GetReceiveFolder",
	RegisterNotification:                     "RegisterNotification",
	Notify:                                   "Notify",
	OpenStream:                               "OpenStream",
	ReadStream:                               "ReadStream",
	WriteStream:                              "WriteStream",
	SeekStream:                               "SeekStream",
	SetStreamSize:                            "SetStreamSize",
	SetSearchCriteria:                        "SetSearchCriteria",
	GetSearchCriteria:                        "GetSearchCriteria",
	SubmitMessage:                            "SubmitMessage",
	MoveCopyMessages:                         "MoveCopyMessages",
	AbortSubmit:                              "AbortSubmit",
	MoveFolder:                               "MoveFolder",
	CopyFolder:                               "CopyFolder",
	QueryColumnsAll:                          "QueryColumnsAll",
	Abort:                                    "Abort",
	CopyTo:                                   "CopyTo",
	CopyToStream:                             "CopyToStream",
	CloneStream:                              "CloneStream",
	GetPermissionsTable:                      "GetPermissionsTable",
	GetRulesTable:                            "GetRulesTable",
	ModifyPermissions:                        "ModifyPermissions",
	ModifyRules:                              "ModifyRules",
	GetOwningServers:                         "GetOwningServers",
	LongTermIDFromID:                         "LongTermIdFromId",
	IDFromLongTermID:                         "IdFromLongTermId",
	PublicFolderIsGhosted:                    "PublicFolderIsGhosted",
	OpenEmbeddedMessage:                      "OpenEmbeddedMessage",
	SetSpooler:                               "SetSpooler",
	SpoolerLockMessage:                       "SpoolerLockMessage",
	GetAddressTypes:                          "GetAddressTypes",
	TransportSend:                            "TransportSend",
	FastTransferSourceCopyMessages:           "FastTransferSourceCopyMessages",
	FastTransferSourceCopyFolder:             "FastTransferSourceCopyFolder",
	FastTransferSourceCopyTo:                 "FastTransferSourceCopyTo",
	FastTransferSourceGetBuffer:              "FastTransferSourceGetBuffer",
	FindRow:                                  "FindRow",
	Progress:                                 "Progress",
	TransportNewMail:                         "TransportNewMail",
	GetValidAttachments:                      "GetValidAttachments",
	FastTransferDestinationConfigure:         "FastTransferDestinationConfigure",
	FastTransferDestinationPutBuffer:         "FastTransferDestinationPutBuffer",
	GetNamesFromPropertyIDs:                  "GetNamesFromPropertyIds",
	GetPropertyIDsFromNames:                  "GetPropertyIdsFromNames",
	UpdateDeferredActionMessages:             "UpdateDeferredActionMessages",
	EmptyFolder:                              "EmptyFolder",
	ExpandRow:                                "ExpandRow",
	CollapseRow:                              "CollapseRow",
	LockRegionStream:                         "LockRegionStream",
	UnlockRegionStream:                       "UnlockRegionStream",
	CommitStream:                             "CommitStream",
	GetStreamSize:                            "GetStreamSize",
	QueryNamedProperties:                     "QueryNamedProperties",
	GetPerUserLongTermIDs:                    "GetPerUserLongTermIds",
	GetPerUserGUID:                           "GetPerUserGuid",
	ReadPerUserInformation:                   "ReadPerUserInformation",
	WritePerUserInformation:                  "WritePerUserInformation",
	SetReadFlags:                             "SetReadFlags",
	CopyProperties:                           "CopyProperties",
	GetReceiveFolderTable:                    "GetReceiveFolderTable",
	FastTransferSourceCopyProperties:         "FastTransferSourceCopyProperties",
	GetCollapseState:                         "GetCollapseState",
	SetCollapseState:                         "SetCollapseState",
	GetTransportFolder:                       "GetTransportFolder",
	Pending:                                  "Pending",
	OptionsData:                              "OptionsData",
	SynchronizationConfigure:                 "SynchronizationConfigure",
	SynchronizationImportMessageChange:       "SynchronizationImportMessageChange",
	SynchronizationImportHierarchyChange:     "SynchronizationImportHierarchyChange",
	SynchronizationImportDeletes:             "SynchronizationImportDeletes",
	SynchronizationUploadStateStreamBegin:    "SynchronizationUploadStateStreamBegin",
	SynchronizationUploadStateStreamContinue: "SynchronizationUploadStateStreamContinue",
	SynchronizationUploadStateStreamEnd:      "SynchronizationUploadStateStreamEnd",
	SynchronizationImportMessageMove:         "SynchronizationImportMessageMove",
	SetPropertiesNoReplicate:                 "SetPropertiesNoReplicate",
	DeletePropertiesNoReplicate:              "DeletePropertiesNoReplicate",
	GetStoreState:                            "GetStoreState",
	SynchronizationOpenCollector:             "SynchronizationOpenCollector",
	GetLocalReplicaIDs:                       "GetLocalReplicaIds",
	SynchronizationImportReadStateChanges:    "SynchronizationImportReadStateChanges",
	ResetTable:                               "ResetTable",
	SynchronizationGetTransferState:          "SynchronizationGetTransferState",
	TellVersion:                              "TellVersion",
	FreeBookmark:                             "FreeBookmark",
	WriteAndCommitStream:                     "WriteAndCommitStream",
	HardDeleteMessages:                       "HardDeleteMessages",
	HardDeleteMessagesAndSubfolders:          "HardDeleteMessagesAndSubfolders",
	SetLocalReplicaMidsetDeleted:             "SetLocalReplicaMidsetDeleted",
	FastTransferDestinationPutBufferExtended: "FastTransferDestinationPutBufferExtended",
	WriteStreamExtended:                      "WriteStreamExtended",
	Backoff:                                  "Backoff",
	Logon:                                    "Logon",
	BufferTooSmall:                           "BufferTooSmall",
}

// String gives the specification's name, such as RopOpenFolder, or the number
// of an unknown operation.
func (id ID) String() string {
	if n := names[id]; n != "" {
		return "Rop" + n
	}
	return fmt.Sprintf("Rop(0x%02X)", uint8(id))
}
