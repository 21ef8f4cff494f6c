package queue

import "fmt"

// A State is where one recipient of a mail stands. The numbers are stored: never change one.
type State uint8

// States.
const (
	Waiting   State = 1 // for its next attempt
	Leased    State = 2 // a courier is at it
	Unknown   State = 3 // the answer to an attempt was lost: it may have got the mail; waits for its next attempt
	Delivered State = 4 // the next hop has taken responsibility
	Failed    State = 5 // no retry will help
	Expired   State = 6 // it was retried for as long as the policy allows
	Held      State = 7 // kept back until somebody releases it
	Bounced   State = 8 // failed or expired, and the report to the sender is in the queue
	Settled   State = 9 // final, and the place it was claimed from has been told
)

// States lists all states in the order in which a mail may pass through them.
func States() []State {
	return []State{Waiting, Leased, Unknown, Held, Delivered, Failed, Expired, Bounced, Settled}
}

var stateNames = [...]string{
	Waiting: "waiting", Leased: "leased", Unknown: "unknown", Delivered: "delivered", Failed: "failed",
	Expired: "expired", Held: "held", Bounced: "bounced", Settled: "settled",
}

// String gives the state in lower case.
func (s State) String() string {
	if int(s) < len(stateNames) && stateNames[s] != "" {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// ParseState is the opposite of String.
func ParseState(name string) (State, error) {
	for s, n := range stateNames {
		if n == name && n != "" {
			return State(s), nil
		}
	}
	return 0, fmt.Errorf("no state is called %q", name)
}

// Final tells whether no courier will touch the recipient any more.
func (s State) Final() bool {
	switch s {
	case Delivered, Failed, Expired, Bounced, Settled:
		return true
	}
	return false
}

// A Change is what happens to a recipient.
type Change uint8

// Changes.
const (
	Lease       Change = iota + 1 // a courier takes it
	GiveBack                      // the courier returns it untried
	GiveDoubt                     // the courier returns untried what was unknown before
	Lapse                         // the lease ended without a report
	Deliver                       // outcome: delivered
	Defer                         // outcome: retry
	Doubt                         // outcome: unknown
	Fail                          // outcome: failed
	Expire                        // outcome: retry or unknown, but the time is over
	Bounce                        // the report to the sender is in the queue
	Settle                        // the source has been told
	Hold                          // the operator keeps it back
	Free                          // the operator lets it go
	FreeDoubt                     // the operator lets go what was unknown before
	Drop                          // the operator gives it up
	Revive                        // the operator wants another try, now
	ReviveDoubt                   // the same for what may have been delivered
)

var changeNames = [...]string{
	Lease: "lease", GiveBack: "give back", GiveDoubt: "give back in doubt", Lapse: "lapse", Deliver: "deliver",
	Defer: "defer", Doubt: "doubt", Fail: "fail", Expire: "expire", Bounce: "bounce", Settle: "settle",
	Hold: "hold", Free: "free", FreeDoubt: "free in doubt", Drop: "drop", Revive: "revive",
	ReviveDoubt: "revive in doubt",
}

// String gives the change in words.
func (c Change) String() string {
	if int(c) < len(changeNames) && changeNames[c] != "" {
		return changeNames[c]
	}
	return fmt.Sprintf("change(%d)", uint8(c))
}

// transitions is the whole life of a recipient. What is not here cannot happen.
//
// The outcomes are allowed from Unknown too: a lease may have lapsed while its courier was still at
// work, and as long as nobody else has taken over, what it reports is the truth.
var transitions = map[State]map[Change]State{
	Waiting: {Lease: Leased, Hold: Held, Drop: Failed, Revive: Waiting},
	Leased: {
		GiveBack: Waiting, GiveDoubt: Unknown, Lapse: Unknown,
		Deliver: Delivered, Defer: Waiting, Doubt: Unknown, Fail: Failed, Expire: Expired,
	},
	Unknown: {
		Lease: Leased, Hold: Held, Drop: Failed, ReviveDoubt: Unknown,
		Deliver: Delivered, Defer: Waiting, Doubt: Unknown, Fail: Failed, Expire: Expired,
	},
	Held:      {Free: Waiting, FreeDoubt: Unknown, Drop: Failed},
	Delivered: {Settle: Settled},
	Failed:    {Bounce: Bounced, Settle: Settled, Revive: Waiting, ReviveDoubt: Unknown},
	Expired:   {Bounce: Bounced, Settle: Settled, Revive: Waiting, ReviveDoubt: Unknown},
	Bounced:   {Settle: Settled, Revive: Waiting, ReviveDoubt: Unknown},
	Settled:   {},
}

// After is the one transition function: the state after a change, or ErrState.
func (s State) After(c Change) (State, error) {
	if next, ok := transitions[s][c]; ok {
		return next, nil
	}
	return 0, fmt.Errorf("%w: %v cannot %v", ErrState, s, c)
}
