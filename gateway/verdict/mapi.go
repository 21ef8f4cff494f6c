package verdict

import "github.com/mapigate/mapigate/mapiclient/mapi"

func codes(list ...mapi.ErrorCode) []uint32 {
	all := make([]uint32, len(list))
	for i, c := range list {
		all[i] = uint32(c)
	}
	return all
}

// MAPI is the cause of a server's error code.
func MAPI(code mapi.ErrorCode) Cause { return Cause{Kind: KindMAPI, Code: uint32(code)} }

// mapiRows are what a server says about a mail, its sender, its recipients and its mailbox. [MS-OXCDATA] 2.4; what a
// code means for a mail is our judgement.
var mapiRows = []Row{
	{Kind: KindMAPI, Why: "nobody here has that address", Reply: Reply{550, "1.1", Never, false},
		Codes: codes(mapi.ErrUnknownUser, mapi.ErrUnknownMailbox)},
	{Kind: KindMAPI, Why: "no valid recipient", Reply: Reply{550, "1.3", Never, false},
		Codes: codes(mapi.ErrInvalidRecips)},
	{Kind: KindMAPI, Why: "no recipient at all", Reply: Reply{554, "5.1", Never, false},
		Codes: codes(mapi.ErrNoRecipients)},
	{Kind: KindMAPI, Why: "several recipients have that name", Reply: Reply{550, "1.4", Never, false},
		Codes: codes(mapi.ErrAmbiguousRecip, mapi.ErrAmbiguousAlias)},
	{Kind: KindMAPI, Why: "too many recipients for one message; several are split before it comes to this", Reply: Reply{550, "5.3", Never, false},
		Codes: codes(mapi.ErrTooManyRecips)},
	{Kind: KindMAPI, Why: "the mailbox may not send in this sender's name", Reply: Reply{550, "7.60", Never, false},
		Codes: codes(mapi.ErrSendAsDenied, mapi.ErrRuleSendAsDenied)},
	{Kind: KindMAPI, Why: "larger than the server takes", Reply: Reply{552, "3.4", Never, false},
		Codes: codes(mapi.ErrMaxSubmissionExceeded, mapi.ErrMessageTooBig, mapi.ErrMaxAttachmentExceeded, mapi.ErrExceededSize)},
	{Kind: KindMAPI, Why: "the server found a virus", Reply: Reply{554, "7.1", Never, false},
		Codes: codes(mapi.ErrVirusDetected, mapi.ErrVirusMessageDeleted)},
	{Kind: KindMAPI, Why: "the virus scan is not done", Reply: Reply{451, "7.1", Schedule, false},
		Codes: codes(mapi.ErrVirusScanInProgress)},
	{Kind: KindMAPI, Why: "the mail goes round in circles", Reply: Reply{554, "4.6", Never, false},
		Codes: codes(mapi.ErrMsgCycle)},
	{Kind: KindMAPI, Why: "the server can make nothing of the content", Reply: Reply{554, "6.0", Never, false},
		Codes: codes(mapi.ErrCorruptData, mapi.ErrFmtError, mapi.ErrInvalidRTF, mapi.ErrImailConversion, mapi.ErrImailConversionProhibited)},
	{Kind: KindMAPI, Why: "the transport refuses the mail", Reply: Reply{550, "7.1", Never, false},
		Codes: codes(mapi.ErrBounceMessage, mapi.ErrRejected, mapi.ErrCrossPostDenied, mapi.ErrSecureSubmitError, mapi.ErrNotEncrypted)},
	{Kind: KindMAPI, Why: "the mailbox is full", Reply: Reply{452, "2.2", Schedule, true},
		Codes: codes(mapi.ErrQuotaExceeded, mapi.ErrShutoffQuotaExceeded, mapi.ErrStoreFull, mapi.ErrRulesFolderOverQuota,
			mapi.ErrMessagePerFolderCountReceiveQuotaExceeded, mapi.ErrFolderHierarchyChildrenCountReceiveQuotaExceeded,
			mapi.ErrFolderHierarchyDepthReceiveQuotaExceeded, mapi.ErrFolderHierarchySizeReceiveQuotaExceeded,
			mapi.ErrDynamicSearchFoldersPerScopeCountReceiveQuotaExceeded)},
	{Kind: KindMAPI, Why: "the mailbox takes no more named properties: send fewer headers as properties", Reply: Reply{452, "2.2", Schedule, true},
		Codes: codes(mapi.ErrNPQuotaExceeded)},
	{Kind: KindMAPI, Why: "the mailbox moves, or has moved: discovered again", Reply: Reply{451, "2.1", Schedule, false},
		Codes: codes(mapi.ErrMailboxInTransit, mapi.ErrWrongServer, mapi.ErrNoReplicaHere, mapi.ErrNoReplicaAvailable, mapi.ErrMDBNotInit,
			mapi.ErrBackupInProgress, mapi.ErrRestoreInProgress, mapi.ErrWriteOperationOnReadOnlyDatabase)},
	{Kind: KindMAPI, Why: "the mailbox is in quarantine", Reply: Reply{451, "2.1", Schedule, true},
		Codes: codes(mapi.ErrMailboxQuarantined)},
	{Kind: KindMAPI, Why: "the server is starting, stopping or paused", Reply: Reply{451, "3.2", Schedule, false},
		Codes: codes(mapi.ErrServerPaused, mapi.ErrExiting, mapi.ErrMountInProgress, mapi.ErrDismountInProgress, mapi.ErrSubsystemStopping,
			mapi.ErrCIStopping, mapi.ErrPaused, mapi.ErrNotPaused, mapi.ErrNotInitialized, mapi.ErrEndOfSession)},
	{Kind: KindMAPI, Why: "the server is busy", Reply: Reply{451, "3.2", Wait, false},
		Codes: codes(mapi.ErrServerBusy, mapi.ErrBusy, mapi.ErrRpcServerTooBusy, mapi.ErrConnectionsOverBudget, mapi.ErrMaxPoolExceeded,
			mapi.ErrMaxSendThreadExceeded, mapi.ErrVersionStoreBusy, mapi.ErrMaxTimeExpired, mapi.ErrWait)},
	{Kind: KindMAPI, Why: "the server does not reach what it needs", Reply: Reply{451, "4.2", Schedule, false},
		Codes: codes(mapi.ErrTimeout, mapi.ErrNetwork, mapi.ErrRpcServerUnavailable, mapi.ErrADUnavailable, mapi.ErrSAUnavailable, mapi.ErrCancel,
			mapi.ErrCanceled, mapi.ErrUserAbort)},
	{Kind: KindMAPI, Why: "no transport takes it now: it was not sent", Reply: Reply{451, "4.1", Schedule, false},
		Codes: codes(mapi.WarnNoService)},
	{Kind: KindMAPI, Why: "memory, disk or handles are short", Reply: Reply{452, "3.1", Wait, false},
		Codes: codes(mapi.ErrOutOfMemory, mapi.ErrInsufficientResrc, mapi.ErrMaxObjectsExceeded, mapi.ErrTooManySessions, mapi.ErrServerMemory,
			mapi.ErrRpcOutOfMemory, mapi.ErrRpcServerOutOfMemory, mapi.ErrRpcOutOfResources, mapi.ErrNoFreeJses, mapi.ErrNoFreeJtabs,
			mapi.ErrDiskFull, mapi.ErrWin32DiskFull, mapi.ErrLowMdbSpace, mapi.ErrLowDatabaseLogDiskSpace, mapi.ErrStreamInsufficientMemory,
			mapi.ErrStreamSize, mapi.ErrLockIdLimit, mapi.ErrTooManyMountedDatabases)},
	{Kind: KindMAPI, Why: "somebody else was at the message: written again", Reply: Reply{451, "3.0", Schedule, false},
		Codes: codes(mapi.ErrObjectModified, mapi.ErrSyncConflict, mapi.ErrLockTimedOut, mapi.ErrObjectLocked, mapi.ErrMapiConflict,
			mapi.ErrReplConflict, mapi.ErrNotLocked, mapi.ErrStreamLockViolation, mapi.ErrConditionViolation)},
	{Kind: KindMAPI, Why: "our mailbox or account may not do that", Reply: Reply{451, "3.5", Schedule, true},
		Codes: codes(mapi.ErrAccessDenied, mapi.ErrLoginPerm, mapi.ErrNotAuthorized, mapi.ErrMailboxDisabled, mapi.ErrAccountDisabled,
			mapi.ErrProtocolDisabled, mapi.ErrClientVerDisallowed, mapi.ErrRpcHttpDisallowed, mapi.ErrClearTextLogonDisabled, mapi.ErrCachedModeRequired,
			mapi.ErrNoCreateRight, mapi.ErrNoReadRight, mapi.ErrNoCreateSubfolderRight, mapi.ErrAuditNotAllowed, mapi.ErrCrossMailboxAccess,
			mapi.ErrWrongMailbox, mapi.ErrWrongTenant, mapi.ErrMissingMessageTenantHint, mapi.ErrZombieUser, mapi.ErrFolderDisabled,
			mapi.ErrStreamAccessDenied, mapi.ErrUnconfigured, mapi.ErrProfileNotConfigured, mapi.ErrPublicMDB, mapi.ErrNotPublicMDB, mapi.ErrNotPrivateMDB)},
	{Kind: KindMAPI, Why: "our sign-in is refused", Reply: Reply{451, "7.0", Schedule, true},
		Codes: codes(mapi.ErrLoginFailure, mapi.ErrChgPassword, mapi.ErrPwdExpired, mapi.ErrInvWkstn, mapi.ErrInvLogonHrs,
			mapi.ErrPasswordChangeRequired, mapi.ErrMapiPasswordExpired, mapi.ErrInvalidWorkstationAccount, mapi.ErrTimeSkew,
			mapi.ErrMapiAccountDisabled, mapi.ErrRpcAuthentication, mapi.ErrRpcBadAuthenticationLevel)},
}

// mapiExceptions are codes that mean something else at one operation.
var mapiExceptions = []Row{
	{Kind: KindMAPI, At: []Operation{Logon}, Why: "a code that nobody knows", Reply: Reply{451, "3.0", Schedule, true}},
	{Kind: KindMAPI, At: []Operation{SubmitAs}, Why: "refused in somebody's name is a missing right of that sender's", Reply: Reply{550, "7.60", Never, false},
		Codes: codes(mapi.ErrAccessDenied, mapi.ErrNotAuthorized)},
	{Kind: KindMAPI, At: []Operation{Deposit}, Why: "the recipient's mailbox is disabled", Reply: Reply{550, "2.1", Never, false},
		Codes: codes(mapi.ErrMailboxDisabled, mapi.ErrAccountDisabled)},
	{Kind: KindMAPI, At: []Operation{Deposit}, Why: "the recipient's mailbox is full", Reply: Reply{452, "2.2", Schedule, false},
		Codes: codes(mapi.ErrQuotaExceeded, mapi.ErrShutoffQuotaExceeded, mapi.ErrMessagePerFolderCountReceiveQuotaExceeded)},
	{Kind: KindMAPI, At: []Operation{Submit, SubmitAs}, Why: "sent in part, or broken off: looked for before the next attempt", Reply: Reply{451, "4.2", Look, true},
		Codes: codes(mapi.WarnCancelMessage, mapi.WarnPartialCompletion, mapi.WarnPositionChanged, mapi.WarnApproxCount, mapi.WarnSecurityRequiredLow,
			mapi.WarnSecurityRequiredMedium, mapi.WarnPartialItems, mapi.WarnSyncProgress, mapi.WarnClientChangeNewer)},
	{Kind: KindMAPI, At: []Operation{Submit, SubmitAs}, From: 0x0004_0000, To: 0x0004_FFFF, Why: "a warning that nobody knows", Reply: Reply{451, "4.2", Look, true}},
	{Kind: KindMAPI, At: []Operation{Submit, SubmitAs}, Why: "sent, but its copy could not be filed: never sent again", Reply: Reply{250, "0.0", Never, true},
		Codes: codes(mapi.WarnWithErrors)},
}
