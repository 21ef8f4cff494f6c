package ingress

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/smtpside"
	"github.com/mapigate/mapigate/smtpside/milter"
)

// A Filter is a content filter that mail goes through before it is taken.
type Filter struct {
	*milter.Filter
	Name string
	// Optional lets mail pass while the filter cannot be asked; else it is refused for the time being.
	Optional bool
}

// A filtering is one mail's way through one filter.
type filtering struct {
	*Filter
	*milter.Session
}

// judged turns what a filter, or the way to it, gave into the reply that the client gets: nil goes on.
func (s *session) judged(f *filtering, err error) error {
	if err == nil {
		return nil
	}
	var status smtpside.Status
	if errors.As(err, &status) {
		return s.refuse("filter", status)
	}
	s.log.Error("a content filter does not answer", "filter", f.Name, "error", err, "optional", f.Optional, "session", s.peer.ID)
	if f.Session != nil {
		f.Session.Close()
		f.Session = nil
	}
	if f.Optional {
		return nil
	}
	return s.refuse("filter_down", smtpside.LocalError("a content filter does not answer"))
}

// filterSender asks the filters about a new mail.
func (s *session) filterSender(ctx context.Context, from string) error {
	for i := range s.opts.Filters {
		f := &filtering{Filter: &s.opts.Filters[i]}
		var err error
		if f.Session, err = f.Begin(ctx, s.peer); err == nil {
			err = f.Mail(from)
		}
		if err := s.judged(f, err); err != nil {
			if f.Session != nil {
				f.Session.Close()
			}
			return err
		}
		if f.Session != nil {
			s.filters = append(s.filters, f)
		}
	}
	return nil
}

// filterRecipient asks the filters about a recipient.
func (s *session) filterRecipient(to string) error {
	for _, f := range s.filters {
		if f.Session == nil {
			continue
		}
		if err := s.judged(f, f.Rcpt(to)); err != nil {
			return err
		}
	}
	return nil
}

// A filtered mail is one that the filters let pass.
type filtered struct {
	fields   [][]byte
	body     *spool
	discard  bool
	hold     string // why it is to be held, or ""
	eightBit bool   // a filter has made it so
	from     *string
	remove   []string // recipients as the client has said them
	add      []milter.Recipient
}

// close frees the room of the body.
func (m *filtered) close() {
	if m != nil && m.body != nil {
		m.body.Close()
	}
}

// filterMessage asks the filters about the mail, whose body is kept meanwhile. What it gives is to be closed, also with an error.
func (s *session) filterMessage(id mail.ID, fields [][]byte, rest io.Reader) (*filtered, error) {
	m := &filtered{fields: fields, body: &spool{dir: s.opts.Spool}}
	if _, err := io.Copy(m.body, rest); err != nil {
		return m, err
	}
	for _, f := range s.filters {
		if f.Session == nil {
			continue
		}
		done, err := s.ask(id, f, m)
		if err != nil || done {
			return m, err
		}
	}
	return m, nil
}

// ask asks one filter about the mail, and tells whether no other needs to be asked.
func (s *session) ask(id mail.ID, f *filtering, m *filtered) (done bool, err error) {
	text := m.body.text()
	changed := &spool{dir: s.opts.Spool}
	lead := m.body.size - text.Size() // the empty line
	if _, err := changed.Write([]byte("\r\n")[:lead]); err != nil {
		return false, err
	}
	r, err := f.Message(milter.Message{ID: string(id), Fields: m.fields, Body: text, Size: text.Size(), New: changed})
	if err != nil {
		changed.Close()
		return false, s.judged(f, err)
	}
	if r.Body {
		m.close()
		m.body, m.eightBit = changed, m.eightBit || r.EightBit
	} else {
		changed.Close()
	}
	m.fields = r.Fields
	if r.From != nil {
		m.from = r.From
	}
	m.remove, m.add = append(m.remove, r.Remove...), append(m.add, r.Add...)
	if r.Quarantine != "" {
		m.hold = fmt.Sprintf("%s: %s", f.Name, r.Quarantine)
	}
	if m.discard = r.Discard; r.Discard {
		s.log.Warn("discarded by a content filter", "msg", id, "filter", f.Name, "from", s.envelope.From, "session", s.peer.ID)
	}
	return r.Discard, nil
}

// endFilters leaves the filters.
func (s *session) endFilters() {
	for _, f := range s.filters {
		if f.Session != nil {
			f.Session.Close()
		}
	}
	s.filters = nil
}
