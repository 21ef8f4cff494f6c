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
	return FindStatusWith(text, func(Status) bool { return true })
}

// FindStatusWith finds the first enhanced status code in a text that is wanted.
func FindStatusWith(text string, wanted func(Status) bool) (Status, bool) {
	for i := 0; i < len(text); i++ {
		if (text[i] == '2' || text[i] == '4' || text[i] == '5') && (i == 0 || !isWord(text[i-1])) && i+1 < len(text) && text[i+1] == '.' {
			if s, ok := parseStatus(text[i:]); ok && wanted(s) {
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

// Code packs a status into PidTagNonDeliveryReportStatusCode, a digit each; a
// subject or detail of more digits becomes 0, and ok false. [MS-OXCMAIL] 2.2.3.7.1.3
func (s Status) Code() (code int32, ok bool) {
	subject, detail := oneDigit(s.Subject), oneDigit(s.Detail)
	return int32(100*s.Class + 10*subject + detail), subject == s.Subject && detail == s.Detail
}

// StatusOfCode is the opposite of [Status.Code].
func StatusOfCode(code int32) (Status, bool) {
	if code < 200 || code > 599 {
		return Status{}, false
	}
	return Status{int(code / 100), int(code / 10 % 10), int(code % 10)}, true
}
