package report

// Values of PidTagNonDeliveryReportReasonCode and PidTagNonDeliveryReportDiagCode
// that the tables need, as X.400 numbers them. [MS-OXOMSG] 2.2.2.30, 2.2.2.31
const (
	// ReasonTransferFailed is the reason where nothing better is known.
	ReasonTransferFailed = 0
	// DiagNone is the diagnosis where nothing better is known.
	DiagNone = -1
	// maxDiag is the last diagnosis [MS-OXCMAIL] knows a status for.
	maxDiag = 48
)

// anyDetail stands for the details of a subject that have no line of their own.
const anyDetail = -1

// diagnoses give the codes of a status by its subject and detail. A line of
// any detail ends its subject. [MS-OXCMAIL] 2.2.3.7.1.3
var diagnoses = []struct {
	subject, detail int
	diag, reason    int32
}{
	{1, 1, 35, 1}, {1, 2, 48, 0}, {1, 3, 32, 0}, {1, 4, 1, 0}, {1, 6, 40, 0}, {1, anyDetail, 0, 0},
	{2, 2, 13, 0}, {2, 3, 13, 0}, {2, 4, 30, 0}, {2, anyDetail, 38, 0},
	{3, 2, DiagNone, 0}, {3, 3, 18, 0}, {3, 4, 13, 0}, {3, 5, 18, 0}, {3, anyDetail, 38, 0},
	{4, 0, DiagNone, 0}, {4, 3, DiagNone, 6}, {4, 4, DiagNone, 0}, {4, 6, 3, 0}, {4, 7, 5, 0}, {4, 8, 3, 0}, {4, anyDetail, 2, 0},
	{5, 3, 16, 0}, {5, 4, 11, 0}, {5, anyDetail, 17, 0},
	{6, 2, 9, 0}, {6, 3, 8, 0}, {6, 4, 25, 0}, {6, 5, DiagNone, 2}, {6, anyDetail, 15, 0},
	{7, 1, 29, 0}, {7, 2, 28, 0}, {7, 3, 26, 0}, {7, anyDetail, 46, 0},
}

// Diagnosis gives the reason and diagnostic codes of a status. [MS-OXCMAIL] 2.2.3.7.1.3
func (s Status) Diagnosis() (reason, diag int32) {
	for _, d := range diagnoses {
		if d.subject == oneDigit(s.Subject) && (d.detail == oneDigit(s.Detail) || d.detail == anyDetail) {
			return d.reason, d.diag
		}
	}
	return ReasonTransferFailed, DiagNone
}

// oneDigit makes a number of more digits 0. [MS-OXCMAIL] 2.2.3.7.1.3
func oneDigit(n int) int {
	if n < 0 || n > 9 {
		return 0
	}
	return n
}

// byReason are the statuses of the reasons 0 to 6 where there is no
// diagnosis. [MS-OXCMAIL] 2.1.3.6.1.2
var byReason = [...]Status{{5, 4, 0}, {5, 1, 0}, {5, 6, 5}, {5, 6, 5}, {5, 2, 0}, {5, 3, 0}, {4, 4, 3}}

// byDiag are the statuses of the diagnoses 0 to 48. [MS-OXCMAIL] 2.1.3.6.1.2
var byDiag = [maxDiag + 1]Status{
	{5, 1, 0}, {5, 1, 4}, {4, 4, 5}, {4, 4, 6}, {5, 1, 0}, {4, 4, 7}, {5, 3, 0}, {5, 6, 0}, {5, 6, 3}, {5, 6, 2}, // 0-9
	{5, 6, 0}, {5, 5, 4}, {5, 6, 0}, {5, 3, 4}, {5, 6, 0}, {5, 6, 1}, {5, 5, 3}, {5, 5, 5}, {5, 3, 3}, {5, 6, 2}, // 10-19
	{5, 6, 0}, {5, 6, 0}, {4, 6, 4}, {4, 6, 4}, {4, 6, 4}, {4, 6, 4}, {5, 7, 3}, {4, 4, 6}, {5, 7, 2}, {5, 7, 1}, // 20-29
	{5, 2, 4}, {5, 6, 1}, {5, 1, 3}, {5, 1, 0}, {5, 1, 3}, {5, 1, 1}, {5, 1, 0}, {5, 3, 0}, {5, 3, 0}, {5, 1, 0}, // 30-39
	{5, 1, 6}, {5, 1, 0}, {5, 1, 0}, {5, 1, 6}, {5, 0, 0}, {5, 0, 0}, {5, 7, 0}, {5, 0, 0}, {5, 1, 2}, // 40-48
}

// StatusOf gives the status that stands for the codes where nothing better is
// known. [MS-OXCMAIL] 2.1.3.6.1.2
func StatusOf(reason, diag int32) Status {
	switch {
	case diag == DiagNone && reason >= 0 && int(reason) < len(byReason):
		return byReason[reason]
	case diag == DiagNone:
		return byReason[ReasonTransferFailed]
	case diag < 0 || diag > maxDiag:
		return Status{5, 0, 0}
	}
	return byDiag[diag]
}
