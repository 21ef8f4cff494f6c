package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A tally compares the ledgers.
type tally struct {
	accepted, arrived int
	lost              []string
	doubled           int      // copies too many
	byClients         int      // of these, because the client had no answer and sent the mail again
	byGateway         int      // of these, because the gateway had no answer (or was killed before it could note it)
	unexplained       []string // the rest
}

// count reads the ledgers, and from the gateway's log which deliveries came after a try whose answer was lost.
func count(out, log string) (*tally, error) {
	accepted, err1 := lines(filepath.Join(out, "accepted.txt"))
	arrived, err2 := lines(filepath.Join(out, "arrived.txt"))
	unanswered, err3 := lines(filepath.Join(out, "unanswered.txt"))
	doubtful, err4 := afterLostAnswers(log)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	t := &tally{accepted: len(accepted), arrived: len(arrived)}
	for id := range accepted {
		if arrived[id] == 0 {
			t.lost = append(t.lost, id)
		}
	}
	for id, n := range arrived {
		if n == 1 {
			continue
		}
		t.doubled += n - 1
		// Each lost answer explains one more copy.
		byClients := min(n-1, unanswered[id])
		byGateway := min(n-1-byClients, doubtful[id])
		t.byClients += byClients
		t.byGateway += byGateway
		if n-1 > byClients+byGateway {
			t.unexplained = append(t.unexplained, id)
		}
	}
	return t, nil
}

// lines counts the lines of a file.
func lines(path string) (map[string]int, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	n := map[string]int{}
	s := bufio.NewScanner(f)
	for s.Scan() {
		n[s.Text()]++
	}
	return n, s.Err()
}

// afterLostAnswers counts, by Message-ID, the deliveries that the gateway itself calls possible duplicates.
func afterLostAnswers(log string) (map[string]int, error) {
	f, err := os.Open(log)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	n := map[string]int{}
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var line struct {
			Level     string `json:"level"`
			Remote    string `json:"remote"`
			MessageID string `json:"message_id"`
			Attempt   int    `json:"attempt"`
			Verdict   string `json:"verdict"`
		}
		if json.Unmarshal(s.Bytes(), &line) != nil { // the last line of a killed process
			continue
		}
		if line.MessageID != "" && line.Level == "WARN" && line.Remote != "" && line.Attempt == 0 {
			n[line.MessageID]++
		}
	}
	return n, s.Err()
}

func (t *tally) print(o options) error {
	for _, id := range t.lost {
		fmt.Println("lost:", id)
	}
	for _, id := range t.unexplained {
		fmt.Println("doubled without a lost answer:", id)
	}
	fmt.Printf("of %d copies too many, %d came from clients who had no answer, %d from the gateway after a kill before the sink's answer was noted\n",
		t.doubled, t.byClients, t.byGateway)
	fmt.Printf("crash: %d accepted, %d arrived, %d lost, %d doubled\n", t.accepted, t.arrived, len(t.lost), t.doubled)
	switch {
	case len(t.lost) > 0:
		return errors.New("accepted mail was lost")
	case len(t.unexplained) > 0:
		return errors.New("mail was doubled without a reason")
	case t.accepted < o.mails:
		return fmt.Errorf("only %d mails were accepted", t.accepted)
	}
	return nil
}
