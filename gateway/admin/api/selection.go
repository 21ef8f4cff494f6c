package api

import (
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// A selection is what part of the queue is meant.
type selection struct {
	IDs         []mail.ID  `json:"ids"`
	States      []string   `json:"states"`
	Sender      string     `json:"sender"`
	Recipient   string     `json:"recipient"`
	Courier     string     `json:"courier"`
	Destination string     `json:"destination"`
	MessageID   string     `json:"message_id"`
	Before      *time.Time `json:"before"`
	Since       *time.Time `json:"since"`
}

// filter gives the filter for an action; without states it means those that the action is for.
func (s selection) filter(what action) (queue.Filter, error) {
	f := queue.Filter{
		Sender: s.Sender, Recipient: s.Recipient, Courier: s.Courier, Destination: s.Destination, MessageID: s.MessageID, States: what.states,
	}
	if s.Before != nil {
		f.Before = *s.Before
	}
	if s.Since != nil {
		f.Since = *s.Since
	}
	if len(s.States) == 0 {
		return f, nil
	}
	f.States = nil
	for _, name := range s.States {
		state, err := queue.ParseState(name)
		if err != nil {
			return f, badRequest("%v", err)
		}
		if !what.may(state) {
			return f, badRequest("states: what is %s cannot be changed so", name)
		}
		f.States = append(f.States, state)
	}
	return f, nil
}
