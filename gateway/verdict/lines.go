package verdict

import (
	"fmt"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// A Line is the table as people and programs read it: one cause at one operation, or at all.
type Line struct {
	Kind Kind `json:"kind"`
	// Cause is a code with its name, a range of codes, or words.
	Cause string `json:"cause"`
	// Code is the number of a single code, else 0.
	Code uint32 `json:"code,omitempty"`
	// At is the operations it is for; none is all others.
	At      []Operation `json:"at,omitempty"`
	Reply   int         `json:"reply"`
	Status  string      `json:"status"`
	Verdict string      `json:"verdict"`
	Retry   Retry       `json:"retry"`
	Alarm   bool        `json:"alarm"`
	Why     string      `json:"why"`
}

// Lines gives the table line by line, in its own order.
func Lines() []Line {
	var all []Line
	for _, r := range Table() {
		for _, c := range r.Codes {
			all = append(all, r.line(mapi.ErrorCode(c).String(), c))
		}
		for _, n := range r.Names {
			all = append(all, r.line(n, 0))
		}
		if len(r.Codes)+len(r.Names) == 0 {
			all = append(all, r.line(r.span(), 0))
		}
	}
	return all
}

func (r *Row) line(cause string, code uint32) Line {
	o := r.Reply.Outcome("", "")
	return Line{
		Kind: r.Kind, Cause: cause, Code: code, At: r.At, Reply: r.Reply.Code, Status: o.Status(),
		Verdict: o.Verdict.String(), Retry: r.Reply.Retry, Alarm: r.Reply.Alarm, Why: r.Why,
	}
}

// span names a range of codes.
func (r *Row) span() string {
	format := "%d"
	if r.Kind == KindMAPI {
		format = "0x%08X"
	}
	switch {
	case r.To == 0:
		return "any other"
	case r.From == r.To:
		return fmt.Sprintf(format, r.From)
	}
	return fmt.Sprintf(format+" to "+format, r.From, r.To)
}

// Where names the operations of a line.
func (l Line) Where() string {
	if len(l.At) == 0 {
		return "all"
	}
	var words []string
	for _, op := range l.At {
		words = append(words, string(op))
	}
	return strings.Join(words, " ")
}
