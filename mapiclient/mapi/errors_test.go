package mapi

import (
	"errors"
	"fmt"
	"testing"
)

func TestErrorCodes(t *testing.T) {
	for _, tc := range []struct {
		code    ErrorCode
		want    string
		warning bool
	}{
		{0, "ecNone (0x00000000)", false},
		{ErrAccessDenied, "ecAccessDenied (0x80070005)", false},
		{ErrNotFound, "ecNotFound (0x8004010F)", false},
		{ErrRpcFormat, "ecRpcFormat (0x000004B6)", false},
		{WarnCancelMessage, "ecWarnCancelMessage (0x00040580)", true},
		{WarnWithErrors, "ecWarnWithErrors (0x00040380)", true},
		{0x8BADF00D, "0x8BADF00D", false},
		{0x000407FF, "0x000407FF", true},
	} {
		if got := tc.code.String(); got != tc.want {
			t.Errorf("0x%08X prints %q, want %q", uint32(tc.code), got, tc.want)
		}
		if got := tc.code.IsWarning(); got != tc.warning {
			t.Errorf("%v: IsWarning is %v", tc.code, got)
		}
	}
}

// The table of PROTOCOL.md and [MS-OXCDATA] 2.4: values the gateway decides by.
func TestErrorValues(t *testing.T) {
	for code, want := range map[ErrorCode]uint32{
		ErrLoginFailure: 0x80040111, ErrUnknownUser: 0x3EB, ErrLoginPerm: 0x3F2, ErrNotAuthorized: 0x4D6,
		ErrMailboxDisabled: 0x96C, ErrAccountDisabled: 0x650, ErrMailboxInTransit: 0x50C, ErrWrongServer: 0x478,
		ErrMailboxQuarantined: 0xA33, ErrServerPaused: 0x47F, ErrExiting: 0x3ED, ErrMountInProgress: 0xA34,
		ErrServerBusy: 0x480, ErrBusy: 0x8004010B, ErrRpcServerTooBusy: 0x973, ErrConnectionsOverBudget: 0xA36,
		ErrMaxPoolExceeded: 0xA2D, ErrTimeout: 0x80040401, ErrNetwork: 0x80040115, ErrOutOfMemory: 0x8007000E,
		ErrInsufficientResrc: 0x8004010E, ErrMaxObjectsExceeded: 0x4DE, ErrTooManySessions: 0x80040112,
		ErrQuotaExceeded: 0x4D9, ErrShutoffQuotaExceeded: 0x4DD, ErrMaxSubmissionExceeded: 0x4DA, ErrMessageTooBig: 0x4D4,
		ErrMaxAttachmentExceeded: 0x4DB, ErrTooManyRecips: 0x505, ErrInvalidRecips: 0x467, ErrNoRecipients: 0x80040607,
		ErrAmbiguousRecip: 0x80040700, ErrSendAsDenied: 0x4DC, ErrRuleSendAsDenied: 0x6A6, ErrVirusDetected: 0x50B,
		ErrVirusMessageDeleted: 0x50E, ErrVirusScanInProgress: 0x50A, ErrObjectDeleted: 0x8004010A, ErrMessageDeleted: 0x7D6,
		ErrObjectModified: 0x80040109, ErrSyncConflict: 0x80040802, ErrLockTimedOut: 0x6BA, ErrObjectLocked: 0x6BB,
		ErrNotInQueue: 0x80040601, ErrUnableToAbort: 0x80040114, ErrInvalidParameter: 0x80070057, ErrNullObject: 0x4B9,
		ErrDstNullObject: 0x503, ErrBufferTooSmall: 0x47D, ErrProtocolDisabled: 0x7D8, ErrClientVerDisallowed: 0x4DF,
		ErrMsgCycle: 0x504, ErrCorruptData: 0x8004011B, ErrFmtError: 0x4ED, ErrUnknownCodePage: 0x3EF, WarnNoService: 0x40203,
	} {
		if uint32(code) != want {
			t.Errorf("%v should be 0x%X", code, want)
		}
	}
}

func TestErrorIs(t *testing.T) {
	err := fmt.Errorf("opening the inbox: %w", &Error{Op: "RopOpenFolder", Code: ErrNotFound})
	if !errors.Is(err, ErrNotFound) || errors.Is(err, ErrAccessDenied) {
		t.Error("errors.Is does not see the code")
	}
	if got, want := err.Error(), "opening the inbox: RopOpenFolder: ecNotFound (0x8004010F)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
