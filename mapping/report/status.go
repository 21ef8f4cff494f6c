package report

import (
	"fmt"
	"strconv"
	"strings"
)

// A Status is an enhanced status code. RFC 3463 2
type Status struct{ Class, Subject, Detail int }

// String gives "5.1.1".
func (s Status) String() string { return fmt.Sprintf("%d.%d.%d", s.Class, s.Subject, s.Detail) }

// FindStatus finds the first enhanced status code in a text.
func FindStatus(text string) (Status, bool) {
	for i := 0; i < len(text); i++ {
		if (text[i] == '2' || text[i] == '4' || text[i] == '5') && (i == 0 || !isWord(text[i-1])) && i+1 < len(text) && text[i+1] == '.' {
			if s, ok := parseStatus(text[i:]); ok {
				return s, true
			}
		}
	}
	return Status{}, false
}

// isWord tells whether a byte before a code makes it part of something else, an IP address mostly.
func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c == '.' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func parseStatus(text string) (Status, bool) {
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || text[end] == '.') {
		end++
	}
	parts := strings.Split(strings.TrimRight(text[:end], "."), ".")
	if len(parts) != 3 {
		return Status{}, false
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil || v > 999 {
			return Status{}, false
		}
		n[i] = v
	}
	return Status{n[0], n[1], n[2]}, true
}

// Values of PidTagNonDeliveryReportReasonCode and -DiagCode, as X.400 numbers
// them. [MS-OXOMSG] 2.2.2.31, 2.2.2.32
const (
	ReasonTransferFailed   = 0
	ReasonUnableToTransfer = 1

	DiagNone                = -1
	DiagUnrecognized        = 0
	DiagAmbiguous           = 1
	DiagCongested           = 2
	DiagLoop                = 3
	DiagUnavailable         = 4
	DiagExpired             = 5
	DiagTooLong             = 7
	DiagImpractical         = 8
	DiagProhibited          = 9
	DiagParameters          = 11
	DiagContentType         = 15
	DiagTooManyRecipients   = 16
	DiagNoAgreement         = 17
	DiagUnsupported         = 18
	DiagExpansionProhibited = 28
	DiagSubmission          = 29
	DiagExpansionFailed     = 30
	DiagAddressIncorrect    = 32
	DiagUnknown             = 35
	DiagRefused             = 38
	DiagMoved               = 40
	DiagSecurity            = 46
)

// diagnoses pair statuses (subject and detail; detail -1 is any other) with
// what X.400 calls them.
var diagnoses = []struct {
	subject, detail int
	reason, diag    int32
}{
	{1, 1, ReasonUnableToTransfer, DiagUnknown}, {1, 2, ReasonUnableToTransfer, DiagUnrecognized}, {1, 3, ReasonUnableToTransfer, DiagAddressIncorrect},
	{1, 4, ReasonUnableToTransfer, DiagAmbiguous}, {1, 6, ReasonUnableToTransfer, DiagMoved}, {1, -1, ReasonUnableToTransfer, DiagUnrecognized},
	{2, 3, ReasonUnableToTransfer, DiagTooLong}, {2, 4, ReasonUnableToTransfer, DiagExpansionFailed}, {2, 2, ReasonUnableToTransfer, DiagUnavailable}, {2, -1, ReasonUnableToTransfer, DiagRefused},
	{3, 4, ReasonUnableToTransfer, DiagTooLong}, {3, 3, ReasonUnableToTransfer, DiagUnsupported}, {3, -1, ReasonTransferFailed, DiagRefused},
	{4, 6, ReasonTransferFailed, DiagLoop}, {4, 8, ReasonTransferFailed, DiagLoop}, {4, 7, ReasonTransferFailed, DiagExpired}, {4, 4, ReasonTransferFailed, DiagNone}, {4, -1, ReasonTransferFailed, DiagCongested},
	{5, 3, ReasonUnableToTransfer, DiagTooManyRecipients}, {5, 4, ReasonUnableToTransfer, DiagParameters}, {5, -1, ReasonUnableToTransfer, DiagNoAgreement},
	{6, 2, ReasonUnableToTransfer, DiagProhibited}, {6, 3, ReasonUnableToTransfer, DiagImpractical}, {6, -1, ReasonUnableToTransfer, DiagContentType},
	{7, 1, ReasonUnableToTransfer, DiagSubmission}, {7, 2, ReasonUnableToTransfer, DiagExpansionProhibited}, {7, -1, ReasonUnableToTransfer, DiagSecurity},
}

// Diagnosis gives the reason and diagnostic codes of a status. [MS-OXCMAIL] 2.2.4
func (s Status) Diagnosis() (reason, diag int32) {
	for _, d := range diagnoses {
		if d.subject == s.Subject && (d.detail == s.Detail || d.detail == -1) {
			return d.reason, d.diag
		}
	}
	return ReasonTransferFailed, DiagNone
}

// StatusOf gives the status that stands for a diagnostic code where nothing better is known.
func StatusOf(diag int32) Status {
	for _, d := range diagnoses {
		if d.diag == diag && d.detail >= 0 {
			return Status{5, d.subject, d.detail}
		}
	}
	for _, d := range diagnoses {
		if d.diag == diag && diag != DiagNone {
			return Status{5, d.subject, 0}
		}
	}
	return Status{5, 0, 0}
}

// Code packs a status into PidTagNonDeliveryReportStatusCode, a digit each.
// ok is false when it has more digits than that.
func (s Status) Code() (code int32, ok bool) {
	if s.Subject > 9 || s.Detail > 9 {
		return int32(100*s.Class + 10*min(s.Subject, 9)), false
	}
	return int32(100*s.Class + 10*s.Subject + s.Detail), true
}

// StatusOfCode is the opposite of [Status.Code].
func StatusOfCode(code int32) (Status, bool) {
	if code < 200 || code > 599 {
		return Status{}, false
	}
	return Status{int(code / 100), int(code / 10 % 10), int(code % 10)}, true
}
