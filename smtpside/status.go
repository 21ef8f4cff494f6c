package smtpside

import (
	"errors"
	"strconv"
	"strings"
)

// A Status is one SMTP reply, given by us or by a peer, and thereby the verdict on a mail or a recipient.
// Its class is the first digit of Code and stands nowhere else, so that nothing can disagree with it.
// The zero value is no reply at all.
type Status struct {
	Code   int    // three digits, RFC 5321 4.2
	Detail string // enhanced code after the class, "1.1" of "5.1.1"; may be empty (RFC 3463)
	Text   string // all that the peer may see; several lines are parted by \n
}

// Error renders the reply on one line, so that a Status can travel as an error.
func (s Status) Error() string {
	text := strings.ReplaceAll(s.Text, "\n", " / ")
	return strings.TrimSpace(strconv.Itoa(s.Code) + " " + strings.TrimSpace(s.Enhanced()+" "+text))
}

// Success reports a 2yz reply.
func (s Status) Success() bool { return s.Code/100 == 2 }

// Temporary reports a 4yz reply: the same thing may succeed later.
func (s Status) Temporary() bool { return s.Code/100 == 4 }

// Permanent reports a 5yz reply: trying again is useless.
func (s Status) Permanent() bool { return s.Code/100 == 5 }

// Enhanced returns the whole enhanced code, such as "5.1.1", or "" where the reply has none.
func (s Status) Enhanced() string {
	if s.Detail == "" {
		return ""
	}
	return strconv.Itoa(s.Code/100) + "." + s.Detail
}

// StatusOf returns the Status that err is or wraps. Every other error is none of the peer's business and
// becomes 451 4.3.0 with a public text: unclassified means that the mail is kept and tried again.
func StatusOf(err error) Status {
	var s Status
	if errors.As(err, &s) && s.Code != 0 {
		return s
	}
	return LocalError("")
}
