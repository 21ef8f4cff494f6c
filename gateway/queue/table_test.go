package queue

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write STATES.md anew")

// STATES.md is the transition table for people; it says what the code says.
func TestStatesDocument(t *testing.T) {
	var b strings.Builder
	b.WriteString(`# The life of a recipient

Each recipient of a mail is in one state. What leads from one to the next is this table (state.go); all engines go by it through
one function, State.After. What is not here cannot happen. "final" means that no courier will touch it any more.

| state | meaning |
|---|---|
| waiting | for its next attempt |
| leased | a courier is at it |
| unknown | the answer to an attempt was lost: it may have got the mail; waits for its next attempt |
| held | kept back until somebody releases it |
| delivered | final: the next hop has taken responsibility |
| failed | final: no retry will help |
| expired | final: it was retried for as long as the policy allows |
| bounced | final: failed or expired, and the report to the sender is in the queue |
| settled | final: the place it was claimed from has been told |

The outcomes are allowed from unknown as well: a lease may have lapsed while its courier was still at work, and as long as nobody
else has taken over, what it reports is the truth. "revive" is what operators know as retry, "free" as release.

| from |`)
	for _, s := range States() {
		fmt.Fprintf(&b, " %v |", s)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(States())) + "\n")
	for _, s := range States() {
		fmt.Fprintf(&b, "| **%v** |", s)
		for _, to := range States() {
			var by []string
			for c := Lease; c <= ReviveDoubt; c++ {
				if next, err := s.After(c); err == nil && next == to {
					by = append(by, c.String())
				}
			}
			fmt.Fprintf(&b, " %s |", strings.Join(by, ", "))
		}
		b.WriteString("\n")
	}
	if *update {
		if err := os.WriteFile("STATES.md", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("STATES.md")
	if err != nil || string(got) != b.String() {
		t.Errorf("STATES.md is not what state.go says (go test ./gateway/queue -update writes it anew): %v", err)
	}
}
