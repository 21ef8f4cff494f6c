// Package verdict is the one table from what goes wrong to what becomes of the mail.
//
//  1. Couriers name what they were doing (an [Operation], which also says whose mailbox it was) and what
//     went wrong (a [Cause]): the same code means different things at different operations. An unknown user at the logon
//     is our own name, not the recipient's.
//  2. [Of] finds the row: the one for this operation, else the one for all, else that of the kind of cause.
//     What no row knows keeps the mail: 451.
//  3. Nothing that fails at the logon may bounce a mail: it is about our account. Such rows are turned into
//     451 with an alarm there.
//
// The class of the reply is the verdict: 2yz is delivered, 4yz is kept, 5yz goes back to the sender.
// [Table] gives all rows, for people.
package verdict

import (
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
)

// An Operation is what was being done.
type Operation string

// Operations.
const (
	// Logon is everything until a mailbox is open.
	Logon Operation = "logon"
	// Submit is writing and submitting a message in our mailbox's own name.
	Submit Operation = "submit"
	// SubmitAs is the same in the name of somebody else, the represented mailbox.
	SubmitAs Operation = "submit-as"
	// Deposit is writing into the mailbox of the recipient.
	Deposit Operation = "deposit"
	// Send is handing a mail to a host by SMTP.
	Send Operation = "send"
)

// A Kind says what sort of thing a code is of.
type Kind string

// Kinds of causes.
const (
	KindMAPI  Kind = "mapi"  // a code of [MS-OXCDATA] 2.4
	KindHTTP  Kind = "http"  // the status of an HTTP answer
	KindMark  Kind = "mark"  // an X-ResponseCode of [MS-OXCMAPIHTTP] 2.2.3.3.3; servers number them differently
	KindSMTP  Kind = "smtp"  // a reply of an SMTP host
	KindDNS   Kind = "dns"   // names that could not be looked up
	KindNet   Kind = "net"   // connections that could not be made or broke
	KindTLS   Kind = "tls"   // certificates and handshakes
	KindAuth  Kind = "auth"  // signing in
	KindFlow  Kind = "flow"  // what became of a request or of a session
	KindLocal Kind = "local" // this gateway itself
)

// A Cause is what went wrong: a kind and its code, or a name for those that have none.
type Cause struct {
	Kind Kind
	Code uint32
	Name string
}

// HTTP is the cause of an answer with that status.
func HTTP(status int) Cause { return Cause{Kind: KindHTTP, Code: uint32(max(status, 0))} }

// Mark is the cause of an answer with that X-ResponseCode.
func Mark(code uint32) Cause { return Cause{Kind: KindMark, Code: code} }

// SMTP is the cause of a host's reply.
func SMTP(code int) Cause { return Cause{Kind: KindSMTP, Code: uint32(max(code, 0))} }

// Causes that have names and no codes.
var (
	NameUnknown   = Cause{Kind: KindDNS, Name: "no such name"}
	NameTemporary = Cause{Kind: KindDNS, Name: "no answer"}
	Refused       = Cause{Kind: KindNet, Name: "connection refused"}
	TimedOut      = Cause{Kind: KindNet, Name: "timeout"}
	Broken        = Cause{Kind: KindNet, Name: "connection broken"}
	Certificate   = Cause{Kind: KindTLS, Name: "certificate not trusted"}
	Handshake     = Cause{Kind: KindTLS, Name: "handshake failed"}
	Rejected      = Cause{Kind: KindAuth, Name: "sign-in rejected"}
	NoToken       = Cause{Kind: KindAuth, Name: "no access token"}
	AnswerLost    = Cause{Kind: KindFlow, Name: "answer lost"}
	NotSent       = Cause{Kind: KindFlow, Name: "request not sent"}
	SessionLost   = Cause{Kind: KindFlow, Name: "session lost"}
	LeftAlone     = Cause{Kind: KindFlow, Name: "server left alone"}
	BackOff       = Cause{Kind: KindFlow, Name: "server asks to wait"}
	Malformed     = Cause{Kind: KindFlow, Name: "malformed answer"}
	NotFound      = Cause{Kind: KindFlow, Name: "mailbox not found"}
	Torso         = Cause{Kind: KindFlow, Name: "sent in part"}
	TooLarge      = Cause{Kind: KindLocal, Name: "over the store's limit"}
	NoMailbox     = Cause{Kind: KindLocal, Name: "no mailbox for this sender"}
	Unreadable    = Cause{Kind: KindLocal, Name: "body unreadable"}
	Untranslated  = Cause{Kind: KindLocal, Name: "translation failed"}
	Misconfigured = Cause{Kind: KindLocal, Name: "configuration"}
	Internal      = Cause{Kind: KindLocal, Name: "internal error"}
	Unclassified  = Cause{Kind: KindLocal, Name: "unclassified"}
)

// A Retry says when the next attempt comes, if there is one.
type Retry string

// Retry policies.
const (
	Schedule Retry = "schedule" // as the queue's schedule has it
	Anew     Retry = "anew"     // once at once in a new session, then as the schedule has it
	Look     Retry = "look"     // as the schedule has it, after looking whether it is there
	Wait     Retry = "wait"     // the server is left alone for as long as it asks, half a minute at least
	Never    Retry = "never"
)

// leastWait is how long a server is left alone that is busy.
const leastWait = 30 * time.Second

// A Reply is what a row says.
type Reply struct {
	// Code is the SMTP reply; its class is the verdict.
	Code int
	// Detail is the enhanced status behind the class. RFC 3463
	Detail string
	Retry  Retry
	// Alarm is for the operator: the fault is ours.
	Alarm bool
}

// Verdict is what becomes of the mail.
func (r Reply) Verdict() mail.Verdict {
	switch {
	case r.Retry == Look:
		return mail.Unknown
	case r.Code/100 == 5:
		return mail.Failed
	case r.Code/100 == 2:
		return mail.Delivered
	}
	return mail.Retry
}

// Outcome makes the outcome of one recipient of it.
func (r Reply) Outcome(text, remote string) mail.Outcome {
	o := mail.Outcome{Verdict: r.Verdict(), Code: r.Code, Detail: r.Detail, Text: text, Remote: remote, Alarm: r.Alarm}
	if r.Retry == Wait {
		o.RetryAfter = leastWait
	}
	if o.Verdict == mail.Retry && (strings.HasPrefix(r.Detail, "4.") || r.Detail == "3.2") { // network and routing; not accepting mail. RFC 3463 3.4, 3.5
		o.Reach = mail.NoAnswer
	}
	return o
}

// A Row is a line of the table.
type Row struct {
	// At is the operations it is for; none is all.
	At    []Operation
	Kind  Kind
	Codes []uint32 // for mapi
	// From and To are the first and last code of a range, for http and smtp; both 0 is the whole kind.
	From, To uint32
	Names    []string // for the kinds that have no codes
	Reply    Reply
	// Why says it in words.
	Why string
}

// Of gives the row's reply for a cause at an operation.
func Of(at Operation, c Cause) Reply {
	r := find(at, c)
	if at == Logon && r.Code/100 == 5 {
		return Reply{451, "3.0", Schedule, true}
	}
	return r
}

func find(at Operation, c Cause) Reply {
	for _, op := range []Operation{at, ""} {
		if r, ok := table.exact[key{op, c}]; ok {
			return r
		}
	}
	for _, op := range []Operation{at, ""} {
		for _, row := range table.ranges {
			if row.Kind == c.Kind && row.is(op) && row.From <= c.Code && c.Code <= row.To {
				return row.Reply
			}
		}
	}
	return unclassified
}

// unclassified keeps the mail.
var unclassified = Reply{451, "3.0", Schedule, false}

func (r *Row) is(op Operation) bool {
	if op == "" {
		return len(r.At) == 0
	}
	for _, at := range r.At {
		if at == op {
			return true
		}
	}
	return false
}
