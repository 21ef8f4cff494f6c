package rop

// A shape says which handle indices stand in the headers of an operation.
type shape uint8

const (
	// onObject works on one object: InputHandleIndex.
	onObject shape = iota
	// creates makes a new object: InputHandleIndex, OutputHandleIndex. The
	// response names the output.
	creates
	// fromTo works on two objects: SourceHandleIndex, DestHandleIndex. The
	// response names the source.
	fromTo
	// logsOn makes an object from nothing: OutputHandleIndex.
	logsOn
	// saves has the index for the response before that of the object:
	// ResponseHandleIndex, InputHandleIndex. The response names the former.
	saves
	// savesEchoing is saves, and a successful response repeats
	// InputHandleIndex after the return value. [MS-OXCROPS] 2.2.6.3.2
	savesEchoing
)

// An operation is what the framing knows of a ROP.
type operation struct {
	shape       shape
	newRequest  func() Request
	newResponse func(Request) Response // nil: the operation has no response
}

// of makes the operation of a request type from its way to make a response.
func of[Q any, P interface {
	*Q
	Request
}, R Response](newResponse func(P) R, s shape) operation {
	return operation{
		shape:       s,
		newRequest:  func() Request { return P(new(Q)) },
		newResponse: func(q Request) Response { return newResponse(q.(P)) },
	}
}

// NewRequest makes an empty request, or nil when the operation is unknown.
func NewRequest(id ID) Request {
	if op := operations[id]; op.newRequest != nil {
		return op.newRequest()
	}
	return nil
}

// NewResponse makes the empty response to a request, or nil when there is
// none.
func NewResponse(q Request) Response {
	if op := operations[q.ROP()]; op.newResponse != nil {
		return op.newResponse(q)
	}
	return nil
}

// operations is indexed by ID. [MS-OXCROPS] 2.2.2
var operations = [256]operation{
	Release: {newRequest: func() Request { return new(ReleaseRequest) }},

	// Logon. [MS-OXCROPS] 2.2.3
	Logon:                   of((*LogonRequest).NewResponse, logsOn),
	GetReceiveFolder:        of((*GetReceiveFolderRequest).NewResponse, onObject),
	SetReceiveFolder:        of((*SetReceiveFolderRequest).NewResponse, onObject),
	GetReceiveFolderTable:   of((*GetReceiveFolderTableRequest).NewResponse, onObject),
	GetStoreState:           of((*GetStoreStateRequest).NewResponse, onObject),
	GetOwningServers:        of((*GetOwningServersRequest).NewResponse, onObject),
	PublicFolderIsGhosted:   of((*PublicFolderIsGhostedRequest).NewResponse, onObject),
	LongTermIDFromID:        of((*LongTermIDFromIDRequest).NewResponse, onObject),
	IDFromLongTermID:        of((*IDFromLongTermIDRequest).NewResponse, onObject),
	GetPerUserLongTermIDs:   of((*GetPerUserLongTermIDsRequest).NewResponse, onObject),
	GetPerUserGUID:          of((*GetPerUserGUIDRequest).NewResponse, onObject),
	ReadPerUserInformation:  of((*ReadPerUserInformationRequest).NewResponse, onObject),
	WritePerUserInformation: of((*WritePerUserInformationRequest).NewResponse, onObject),

	// Folders. [MS-OXCROPS] 2.2.4
	OpenFolder:                      of((*OpenFolderRequest).NewResponse, creates),
	CreateFolder:                    of((*CreateFolderRequest).NewResponse, creates),
	DeleteFolder:                    of((*DeleteFolderRequest).NewResponse, onObject),
	SetSearchCriteria:               of((*SetSearchCriteriaRequest).NewResponse, onObject),
	GetSearchCriteria:               of((*GetSearchCriteriaRequest).NewResponse, onObject),
	MoveCopyMessages:                of((*MoveCopyMessagesRequest).NewResponse, fromTo),
	MoveFolder:                      of((*MoveFolderRequest).NewResponse, fromTo),
	CopyFolder:                      of((*CopyFolderRequest).NewResponse, fromTo),
	EmptyFolder:                     of((*EmptyFolderRequest).NewResponse, onObject),
	HardDeleteMessagesAndSubfolders: of((*HardDeleteMessagesAndSubfoldersRequest).NewResponse, onObject),
	DeleteMessages:                  of((*DeleteMessagesRequest).NewResponse, onObject),
	HardDeleteMessages:              of((*HardDeleteMessagesRequest).NewResponse, onObject),
	GetHierarchyTable:               of((*GetHierarchyTableRequest).NewResponse, creates),
	GetContentsTable:                of((*GetContentsTableRequest).NewResponse, creates),

	// Tables. [MS-OXCROPS] 2.2.5
	SetColumns:        of((*SetColumnsRequest).NewResponse, onObject),
	SortTable:         of((*SortTableRequest).NewResponse, onObject),
	Restrict:          of((*RestrictRequest).NewResponse, onObject),
	QueryRows:         of((*QueryRowsRequest).NewResponse, onObject),
	Abort:             of((*AbortRequest).NewResponse, onObject),
	GetStatus:         of((*GetStatusRequest).NewResponse, onObject),
	QueryPosition:     of((*QueryPositionRequest).NewResponse, onObject),
	SeekRow:           of((*SeekRowRequest).NewResponse, onObject),
	SeekRowBookmark:   of((*SeekRowBookmarkRequest).NewResponse, onObject),
	SeekRowFractional: of((*SeekRowFractionalRequest).NewResponse, onObject),
	CreateBookmark:    of((*CreateBookmarkRequest).NewResponse, onObject),
	QueryColumnsAll:   of((*QueryColumnsAllRequest).NewResponse, onObject),
	FindRow:           of((*FindRowRequest).NewResponse, onObject),
	FreeBookmark:      of((*FreeBookmarkRequest).NewResponse, onObject),
	ResetTable:        of((*ResetTableRequest).NewResponse, onObject),
	ExpandRow:         of((*ExpandRowRequest).NewResponse, onObject),
	CollapseRow:       of((*CollapseRowRequest).NewResponse, onObject),
	GetCollapseState:  of((*GetCollapseStateRequest).NewResponse, onObject),
	SetCollapseState:  of((*SetCollapseStateRequest).NewResponse, onObject),

	// Messages and attachments. [MS-OXCROPS] 2.2.6
	OpenMessage:             of((*OpenMessageRequest).NewResponse, creates),
	CreateMessage:           of((*CreateMessageRequest).NewResponse, creates),
	SaveChangesMessage:      of((*SaveChangesMessageRequest).NewResponse, savesEchoing),
	RemoveAllRecipients:     of((*RemoveAllRecipientsRequest).NewResponse, onObject),
	ModifyRecipients:        of((*ModifyRecipientsRequest).NewResponse, onObject),
	ReadRecipients:          of((*ReadRecipientsRequest).NewResponse, onObject),
	ReloadCachedInformation: of((*ReloadCachedInformationRequest).NewResponse, onObject),
	SetMessageStatus:        of((*SetMessageStatusRequest).NewResponse, onObject),
	GetMessageStatus:        of((*GetMessageStatusRequest).NewResponse, onObject),
	SetReadFlags:            of((*SetReadFlagsRequest).NewResponse, onObject),
	SetMessageReadFlag:      of((*SetMessageReadFlagRequest).NewResponse, saves),
	OpenAttachment:          of((*OpenAttachmentRequest).NewResponse, creates),
	CreateAttachment:        of((*CreateAttachmentRequest).NewResponse, creates),
	DeleteAttachment:        of((*DeleteAttachmentRequest).NewResponse, onObject),
	SaveChangesAttachment:   of((*SaveChangesAttachmentRequest).NewResponse, saves),
	OpenEmbeddedMessage:     of((*OpenEmbeddedMessageRequest).NewResponse, creates),
	GetAttachmentTable:      of((*GetAttachmentTableRequest).NewResponse, creates),
	GetValidAttachments:     of((*GetValidAttachmentsRequest).NewResponse, onObject),

	// Transport. [MS-OXCROPS] 2.2.7
	SubmitMessage:      of((*SubmitMessageRequest).NewResponse, onObject),
	AbortSubmit:        of((*AbortSubmitRequest).NewResponse, onObject),
	GetAddressTypes:    of((*GetAddressTypesRequest).NewResponse, onObject),
	SetSpooler:         of((*SetSpoolerRequest).NewResponse, onObject),
	SpoolerLockMessage: of((*SpoolerLockMessageRequest).NewResponse, onObject),
	TransportSend:      of((*TransportSendRequest).NewResponse, onObject),
	TransportNewMail:   of((*TransportNewMailRequest).NewResponse, onObject),
	GetTransportFolder: of((*GetTransportFolderRequest).NewResponse, onObject),
	OptionsData:        of((*OptionsDataRequest).NewResponse, onObject),

	// Properties. [MS-OXCROPS] 2.2.8
	GetPropertyIDsFromNames:     of((*GetPropertyIDsFromNamesRequest).NewResponse, onObject),
	GetNamesFromPropertyIDs:     of((*GetNamesFromPropertyIDsRequest).NewResponse, onObject),
	GetPropertiesSpecific:       of((*GetPropertiesSpecificRequest).NewResponse, onObject),
	GetPropertiesAll:            of((*GetPropertiesAllRequest).NewResponse, onObject),
	GetPropertiesList:           of((*GetPropertiesListRequest).NewResponse, onObject),
	SetProperties:               of((*SetPropertiesRequest).NewResponse, onObject),
	SetPropertiesNoReplicate:    of((*SetPropertiesNoReplicateRequest).NewResponse, onObject),
	DeleteProperties:            of((*DeletePropertiesRequest).NewResponse, onObject),
	DeletePropertiesNoReplicate: of((*DeletePropertiesNoReplicateRequest).NewResponse, onObject),
	QueryNamedProperties:        of((*QueryNamedPropertiesRequest).NewResponse, onObject),
	CopyProperties:              of((*CopyPropertiesRequest).NewResponse, fromTo),
	CopyTo:                      of((*CopyToRequest).NewResponse, fromTo),
	Progress:                    of((*ProgressRequest).NewResponse, onObject),

	// Streams. [MS-OXCROPS] 2.2.9
	OpenStream:           of((*OpenStreamRequest).NewResponse, creates),
	ReadStream:           of((*ReadStreamRequest).NewResponse, onObject),
	WriteStream:          of((*WriteStreamRequest).NewResponse, onObject),
	WriteStreamExtended:  of((*WriteStreamExtendedRequest).NewResponse, onObject),
	CommitStream:         of((*CommitStreamRequest).NewResponse, onObject),
	GetStreamSize:        of((*GetStreamSizeRequest).NewResponse, onObject),
	SetStreamSize:        of((*SetStreamSizeRequest).NewResponse, onObject),
	SeekStream:           of((*SeekStreamRequest).NewResponse, onObject),
	CopyToStream:         of((*CopyToStreamRequest).NewResponse, fromTo),
	LockRegionStream:     of((*LockRegionStreamRequest).NewResponse, onObject),
	UnlockRegionStream:   of((*UnlockRegionStreamRequest).NewResponse, onObject),
	WriteAndCommitStream: of((*WriteAndCommitStreamRequest).NewResponse, onObject),
	CloneStream:          of((*CloneStreamRequest).NewResponse, creates),

	// Permissions. [MS-OXCROPS] 2.2.10
	ModifyPermissions:   of((*ModifyPermissionsRequest).NewResponse, onObject),
	GetPermissionsTable: of((*GetPermissionsTableRequest).NewResponse, creates),

	// Rules. [MS-OXCROPS] 2.2.11
	ModifyRules:                  of((*ModifyRulesRequest).NewResponse, onObject),
	GetRulesTable:                of((*GetRulesTableRequest).NewResponse, creates),
	UpdateDeferredActionMessages: of((*UpdateDeferredActionMessagesRequest).NewResponse, onObject),

	// FastTransfer. [MS-OXCROPS] 2.2.12
	FastTransferDestinationConfigure:         of((*FastTransferDestinationConfigureRequest).NewResponse, creates),
	FastTransferDestinationPutBuffer:         of((*FastTransferDestinationPutBufferRequest).NewResponse, onObject),
	FastTransferDestinationPutBufferExtended: of((*FastTransferDestinationPutBufferExtendedRequest).NewResponse, onObject),
	FastTransferSourceGetBuffer:              of((*FastTransferSourceGetBufferRequest).NewResponse, onObject),
	FastTransferSourceCopyFolder:             of((*FastTransferSourceCopyFolderRequest).NewResponse, creates),
	FastTransferSourceCopyMessages:           of((*FastTransferSourceCopyMessagesRequest).NewResponse, creates),
	FastTransferSourceCopyTo:                 of((*FastTransferSourceCopyToRequest).NewResponse, creates),
	FastTransferSourceCopyProperties:         of((*FastTransferSourceCopyPropertiesRequest).NewResponse, creates),
	TellVersion:                              of((*TellVersionRequest).NewResponse, onObject),

	// Incremental change synchronisation. [MS-OXCROPS] 2.2.13
	SynchronizationConfigure:                 of((*SynchronizationConfigureRequest).NewResponse, creates),
	SynchronizationImportMessageChange:       of((*SynchronizationImportMessageChangeRequest).NewResponse, creates),
	SynchronizationImportReadStateChanges:    of((*SynchronizationImportReadStateChangesRequest).NewResponse, onObject),
	SynchronizationImportHierarchyChange:     of((*SynchronizationImportHierarchyChangeRequest).NewResponse, onObject),
	SynchronizationImportDeletes:             of((*SynchronizationImportDeletesRequest).NewResponse, onObject),
	SynchronizationImportMessageMove:         of((*SynchronizationImportMessageMoveRequest).NewResponse, onObject),
	SynchronizationOpenCollector:             of((*SynchronizationOpenCollectorRequest).NewResponse, creates),
	SynchronizationGetTransferState:          of((*SynchronizationGetTransferStateRequest).NewResponse, creates),
	SynchronizationUploadStateStreamBegin:    of((*SynchronizationUploadStateStreamBeginRequest).NewResponse, onObject),
	SynchronizationUploadStateStreamContinue: of((*SynchronizationUploadStateStreamContinueRequest).NewResponse, onObject),
	SynchronizationUploadStateStreamEnd:      of((*SynchronizationUploadStateStreamEndRequest).NewResponse, onObject),
	SetLocalReplicaMidsetDeleted:             of((*SetLocalReplicaMidsetDeletedRequest).NewResponse, onObject),
	GetLocalReplicaIDs:                       of((*GetLocalReplicaIDsRequest).NewResponse, onObject),

	// Notifications. [MS-OXCROPS] 2.2.14
	RegisterNotification: of((*RegisterNotificationRequest).NewResponse, creates),
}
