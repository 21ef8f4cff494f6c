package mail

import (
	"fmt"
	"time"
)

// A Verdict is what became of one recipient at one attempt.
type Verdict uint8

// Verdicts.
const (
	// Retry means not now; the mail stays queued. It is the zero value: what nobody judged is kept.
	Retry Verdict = iota
	// Delivered means that the next hop has taken responsibility.
	Delivered
	// Failed means that no retry will help.
	Failed
	// Unknown means that the answer of this attempt was lost after the mail may have been taken. An attempt that failed for certain
	// gives Retry, also for a recipient in doubt: the queue keeps the doubt that an earlier one has left.
	Unknown
)

// String gives the verdict in lower case.
func (v Verdict) String() string {
	switch v {
	case Retry:
		return "retry"
	case Delivered:
		return "delivered"
	case Failed:
		return "failed"
	case Unknown:
		return "unknown"
	}
	return fmt.Sprintf("verdict(%d)", uint8(v))
}

// A Reach is what an attempt tells about the way to its destination, apart from the mail.
type Reach uint8

// What an attempt may tell.
const (
	// Answered means that the destination works, be its answer a no. It is the zero value.
	Answered Reach = iota
	// NoAnswer means that no host of the destination was reached, or that all of them turn everybody away.
	NoAnswer
	// NothingSaid means that it tells nothing: nobody was asked, or the answer was about one mailbox.
	NothingSaid
)

// An Outcome is a verdict with its reasons. Only the SMTP edges turn it into replies.
type Outcome struct {
	Verdict Verdict
	// Code is the SMTP reply code that says the same, such as 250, 451 or 550; 0 when there is none.
	Code int
	// Detail is the enhanced status after the class, such as "1.1". RFC 3463
	Detail string
	// Text is for people: what happened, in the words of the host that said it.
	Text string
	// Remote is the host or server that decided, or "" when it was this gateway.
	Remote string
	// RemoteID is the name the remote side gave the mail (a queue id, an EntryID), or "".
	RemoteID string
	// Relayed says that the next hop is another relay and not the recipient's mailbox.
	Relayed bool
	// Reports says that the next hop took over the duty to report to the sender. RFC 3461 5.2.2
	Reports bool
	// Absent says that the courier has looked for what an earlier attempt may have delivered, and that it is certainly
	// not there. Without it a recipient in doubt stays in doubt, whatever a later attempt gives but Delivered or Failed.
	Absent bool
	// Findable says that the courier looks for the mail before it tries again: a lost answer is no reason to give up then. It goes with
	// Unknown; no engine stores it.
	Findable bool
	// Reach is for whoever decides whether the destination's other mail is tried. No engine stores it.
	Reach Reach
	// Alarm marks our own faults (a wrong password, a full gateway mailbox), which the operator must hear of.
	Alarm bool
	// Unanswered counts the attempts up to this one whose answers were lost and that nobody can look for. Engines keep count.
	Unanswered int
	// Untried says that nobody was asked, for want of room: the attempt shall not count. It goes with Retry and RetryAfter, and concerns
	// all recipients of a group; no engine stores it.
	Untried bool
	// RetryAfter is the least time until the next attempt; 0 leaves it to the schedule.
	RetryAfter time.Duration
}

// Status is the enhanced status code with its class, such as "5.1.1", from the
// reply code where there is one and from the verdict otherwise. RFC 3463
func (o Outcome) Status() string {
	class := o.Code / 100
	if class != 2 && class != 4 && class != 5 {
		class = map[Verdict]int{Delivered: 2, Failed: 5}[o.Verdict]
		if class == 0 {
			class = 4
		}
	}
	detail := o.Detail
	if detail == "" {
		detail = "0.0"
	}
	return fmt.Sprintf("%d.%s", class, detail)
}
