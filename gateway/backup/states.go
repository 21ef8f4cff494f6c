package backup

import (
	"slices"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// States are what mailboxes know of a message besides its content: the letters
// that Maildir has for it, in ascending order.
type States string

// The letters.
const (
	stateDraft     = 'D'
	stateFlagged   = 'F'
	stateForwarded = 'P' // "passed"
	stateReplied   = 'R'
	stateSeen      = 'S'
)

const allStates = "DFPRS"

// Values of PidTagFlagStatus and PidTagFollowupIcon. [MS-OXOFLAG] 2.2.1.1, 2.2.1.2
const (
	followupFlagged = 2
	redFlag         = 6
)

// Values of PidTagLastVerbExecuted and of the PidTagIconIndex that goes with
// them. [MS-OXOMSG] 2.2.1.14, 2.2.1.10
const (
	verbReply     = 102
	verbReplyAll  = 103
	verbForward   = 104
	iconReplied   = 0x105
	iconForwarded = 0x106
)

// statesOf reads the states of a message from its properties.
func statesOf(props mapi.Props) States {
	var s States
	flags := mapi.PidTagMessageFlags.Get(props)
	if flags&mapi.MfUnsent != 0 {
		s += "D"
	}
	if mapi.PidTagFlagStatus.Get(props) == followupFlagged {
		s += "F"
	}
	switch mapi.PidTagLastVerbExecuted.Get(props) {
	case verbForward:
		s += "P"
	case verbReply, verbReplyAll:
		s += "R"
	}
	if flags&mapi.MfRead != 0 {
		s += "S"
	}
	return s
}

// parseStates keeps the letters that are known, whatever their order.
func parseStates(letters string) States {
	var s []byte
	for _, c := range []byte(allStates) {
		if strings.IndexByte(letters, c) >= 0 {
			s = append(s, c)
		}
	}
	return States(s)
}

func (s States) has(c byte) bool { return strings.IndexByte(string(s), c) >= 0 }

// with gives the states with one more, or one less.
func (s States) with(c byte, set bool) States {
	b := slices.DeleteFunc([]byte(s), func(have byte) bool { return have == c })
	if set {
		b = append(b, c)
		slices.Sort(b)
	}
	return States(b)
}

// apply sets the properties that say so. They must be there at the first save
// of the message: the server keeps its flags afterwards. [MS-OXCMSG] 2.2.1.6
func (s States) apply(props *mapi.Props) {
	flags := mapi.PidTagMessageFlags.Get(*props) &^ (mapi.MfRead | mapi.MfUnsent)
	if s.has(stateSeen) {
		flags |= mapi.MfRead
	}
	if s.has(stateDraft) {
		flags |= mapi.MfUnsent
	}
	props.Set(mapi.PidTagMessageFlags.Of(flags))
	if s.has(stateFlagged) {
		props.Set(mapi.PidTagFlagStatus.Of(followupFlagged))
		props.SetDefault(mapi.PidTagFollowupIcon.Of(redFlag))
	} else if mapi.PidTagFlagStatus.Get(*props) == followupFlagged {
		props.Delete(mapi.PidTagFlagStatus.Tag())
	}
	switch {
	case s.has(stateReplied):
		props.Set(mapi.PidTagLastVerbExecuted.Of(verbReply))
		props.Set(mapi.PidTagIconIndex.Of(iconReplied))
	case s.has(stateForwarded):
		props.Set(mapi.PidTagLastVerbExecuted.Of(verbForward))
		props.Set(mapi.PidTagIconIndex.Of(iconForwarded))
	}
}

// mboxStatus gives the values of the fields Status and X-Status.
func (s States) mboxStatus() (status, xstatus string) {
	status = "O"
	if s.has(stateSeen) {
		status = "RO"
	}
	if s.has(stateReplied) {
		xstatus += "A"
	}
	if s.has(stateFlagged) {
		xstatus += "F"
	}
	if s.has(stateDraft) {
		xstatus += "T"
	}
	return status, xstatus
}

// fromMboxStatus is the opposite of mboxStatus.
func fromMboxStatus(status, xstatus string) States {
	var letters []byte
	if strings.Contains(status, "R") {
		letters = append(letters, stateSeen)
	}
	for from, to := range map[string]byte{"A": stateReplied, "F": stateFlagged, "T": stateDraft} {
		if strings.Contains(xstatus, from) {
			letters = append(letters, to)
		}
	}
	return parseStates(string(letters))
}
