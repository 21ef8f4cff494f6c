package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// tries is what the gateway's log tells of the deliveries of one mail.
type tries struct {
	// attempts is how many there were, with those that a kill ended.
	attempts int
	// doubtful says that one was made although an earlier one had no outcome.
	doubtful bool
}

// cutOff is how many of the tries may have delivered without the gateway
// knowing: each but the last one.
func (t tries) cutOff() int {
	if !t.doubtful {
		return 0
	}
	return t.attempts - 1
}

// afterDoubt is what the courier says of such a delivery.
const afterDoubt = "delivered after a try whose answer was lost: it may have arrived twice"

// readTries reads the gateway's log, by Message-ID.
func readTries(log string) (map[string]tries, error) {
	f, err := os.Open(log)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all := make(map[string]tries)
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Event     string `json:"event"`
			MessageID string `json:"message_id"`
			Attempt   int    `json:"attempt"`
		}
		if json.Unmarshal(lines.Bytes(), &line) != nil || line.MessageID == "" {
			continue // a killed process leaves half a line
		}
		t := all[line.MessageID]
		t.attempts = max(t.attempts, line.Attempt)
		t.doubtful = t.doubtful || line.Event == afterDoubt
		all[line.MessageID] = t
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", log, err)
	}
	return all, nil
}
