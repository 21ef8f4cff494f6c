package recording

import (
	"errors"
	"fmt"
	"strings"
	"sync"
)

// A Player is the server of a kept conversation.
type Player struct {
	*stage

	mu     sync.Mutex
	list   []Exchange
	played []bool
	wrong  []error
}

// NewPlayer starts a player; Close stops it.
func NewPlayer(list []Exchange) (*Player, error) {
	p := &Player{list: list, played: make([]bool, len(list))}
	var err error
	p.stage, err = openStage(func() actor { return player{p} })
	return p, err
}

// Err tells which requests came that were not kept, and which kept ones never came.
func (p *Player) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := append([]error(nil), p.wrong...)
	for i, done := range p.played {
		if !done {
			all = append(all, fmt.Errorf("exchange %d was not asked for: %s", i+1, p.list[i].Request.summary()))
		}
	}
	return errors.Join(all...)
}

type player struct{ *Player }

func (p player) close() {}

// errSilence ends a connection without an answer.
var errSilence = errors.New("no answer")

func (p player) answer(request Message) (Message, error) {
	request = withoutCredentials(request)
	p.mu.Lock()
	defer p.mu.Unlock()
	nearest := -1
	for i := range p.list {
		if p.played[i] {
			continue
		}
		if p.list[i].Request.equal(&request) {
			p.played[i] = true
			if p.list[i].Answer.empty() {
				return Message{}, errSilence
			}
			return p.list[i].Answer, nil
		}
		if nearest < 0 {
			nearest = i
		}
	}
	p.wrong = append(p.wrong, p.unknown(&request, nearest))
	return Message{}, errSilence
}

func (p player) unknown(request *Message, nearest int) error {
	if nearest < 0 {
		return fmt.Errorf("a request behind the last kept one: %s", request.summary())
	}
	return fmt.Errorf("a request that was not kept; next would be exchange %d:\n%s",
		nearest+1, difference(&p.list[nearest].Request, request))
}

// summary names a message in one line.
func (m *Message) summary() string {
	s := strings.Join(m.Head[:min(1, len(m.Head))], "")
	if t := m.header("X-RequestType"); t != "" {
		s += " (" + t + " " + m.header("X-RequestId") + ")"
	}
	return fmt.Sprintf("%s with %d bytes", s, len(m.Body))
}

// difference tells where two messages part.
func difference(want, got *Message) string {
	for i := range max(len(want.Head), len(got.Head)) {
		w, g := lineOf(want, i), lineOf(got, i)
		if w != g {
			return fmt.Sprintf("want %q\ngot  %q", w, g)
		}
	}
	i := 0
	for i < min(len(want.Body), len(got.Body)) && want.Body[i] == got.Body[i] {
		i++
	}
	return fmt.Sprintf("%s\nthe bodies differ from offset 0x%X\nwant % X\ngot  % X", want.summary(), i, around(want.Body, i), around(got.Body, i))
}

func lineOf(m *Message, i int) string {
	if i < len(m.Head) {
		return m.Head[i]
	}
	return ""
}

// around gives some bytes from a place on.
func around(b []byte, at int) []byte { return b[min(at, len(b)):min(at+32, len(b))] }
