package trace

import (
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// maxAnswer bounds what the payloads of one answer may unpack to.
const maxAnswer = 16 << 20

// maxObjects bounds how many server objects of a context are remembered.
const maxObjects = 10000

// A memory is what is known of a session context: what its answers cannot be
// read without.
type memory struct {
	// columns are those of tables, and of the recipients of messages, by handle.
	columns map[uint32][]mapi.PropTag
	// asked are the requests that wait for their answer.
	asked   []rop.Received
	handles []uint32
}

func newMemory() *memory { return &memory{columns: make(map[uint32][]mapi.PropTag)} }

// request prints the body of an Execute request.
func (m *memory) request(p *printer, body []byte) {
	m.asked, m.handles = nil, nil
	var r frame.ExecuteRequest
	if err := wire.Unmarshal(body, &r); err != nil {
		p.line(0, "cannot be read: %v", err)
		return
	}
	payloads, err := frame.Payloads(r.RopBuffer, maxAnswer)
	if err != nil {
		p.line(0, "cannot be read: %v", err)
		return
	}
	for _, payload := range payloads {
		m.payload(p, payload)
	}
}

// payload prints the requests of a payload and remembers them.
func (m *memory) payload(p *printer, payload []byte) error {
	list, handles, err := rop.DecodeRequests(payload)
	m.asked, m.handles = list, handles
	for i := range list {
		q := &list[i]
		p.line(0, "%v logon %d, %s: %s", q.ID, q.LogonID, m.object(q), describe(q.Request))
	}
	if err != nil {
		p.line(0, "cannot be read further: %v", err)
	}
	return err
}

// object tells on what a request works.
func (m *memory) object(q *rop.Received) string {
	s := fmt.Sprintf("object %d", q.In)
	if h := m.handle(q.In); h != rop.NoHandle {
		s += fmt.Sprintf(" (0x%X)", h)
	}
	if q.Creates {
		s += fmt.Sprintf(" makes %d", q.Out)
	} else if q.Out != 0 {
		s += fmt.Sprintf(" to %d", q.Out)
	}
	return s
}

func (m *memory) handle(index uint8) uint32 {
	if int(index) < len(m.handles) {
		return m.handles[index]
	}
	return rop.NoHandle
}

// answer prints the body of the answer to an Execute.
func (m *memory) answer(p *printer, body []byte) {
	var r frame.ExecuteResponse
	if err := wire.Unmarshal(body, &r); err != nil {
		p.line(0, "cannot be read: %v", err)
		return
	}
	if r.StatusCode != 0 || r.ErrorCode != 0 {
		p.line(0, "StatusCode %v, ErrorCode %v", mapi.ErrorCode(r.StatusCode), mapi.ErrorCode(r.ErrorCode))
		return
	}
	payloads, err := frame.Payloads(r.RopBuffer, maxAnswer)
	if err != nil {
		p.line(0, "cannot be read: %v", err)
	}
	m.answers(p, payloads)
}

// answers prints the responses of the payloads of an answer.
func (m *memory) answers(p *printer, payloads [][]byte) error {
	within := m.fillIn()
	o, err := rop.Observe(m.asked, payloads...)
	for i := range o.ROPs {
		m.one(p, &o.ROPs[i])
		m.learn(&o.ROPs[i], o.Handles, within)
	}
	for i := range o.Notifications {
		p.line(0, "Notify %s", describe(&o.Notifications[i]))
	}
	for i := range o.Pending {
		p.line(0, "Pending %s", describe(&o.Pending[i]))
	}
	if err != nil {
		p.line(0, "cannot be read further: %v", err)
	}
	m.asked = nil
	return err
}

func (m *memory) one(p *printer, o *rop.Observed) {
	var refused *mapi.Error
	switch {
	case o.ID == rop.Release:
		m.forget(o)
	case errors.As(o.Err, &refused):
		p.line(0, "%v: %v", o.ID, refused.Code)
	case o.Err != nil:
		p.line(0, "%v: %v", o.ID, o.Err)
	default:
		warning := ""
		if o.Code != 0 {
			warning = " " + o.Code.String()
		}
		for _, r := range append([]rop.Response{o.Response}, o.More...) {
			p.line(0, "%v:%s %s", o.ID, warning, describe(r))
		}
	}
}

func (m *memory) forget(o *rop.Observed) {
	if h := m.handle(o.In); h != rop.NoHandle {
		delete(m.columns, h)
	}
}

// fillIn gives the requests the columns that their answers cannot be read
// without. It gives those that the payload itself sets, by index.
func (m *memory) fillIn() map[uint8][]mapi.PropTag {
	within := make(map[uint8][]mapi.PropTag)
	for i := range m.asked {
		q := &m.asked[i]
		columns := within[q.In]
		if columns == nil {
			columns = m.columns[m.handle(q.In)]
		}
		switch r := q.Request.(type) {
		case *rop.SetColumnsRequest:
			within[q.In] = r.Tags
		case *rop.QueryRowsRequest:
			r.Columns = columns
		case *rop.FindRowRequest:
			r.Columns = columns
		case *rop.ExpandRowRequest:
			r.Columns = columns
		case *rop.ReadRecipientsRequest:
			r.Columns = columns
		}
	}
	return within
}

// learn remembers what an answer tells of an object.
func (m *memory) learn(o *rop.Observed, handles []uint32, within map[uint8][]mapi.PropTag) {
	index, columns := o.In, within[o.In]
	switch r := o.Response.(type) {
	case *rop.SetColumnsResponse:
	case *rop.OpenMessageResponse:
		index, columns = o.Out, r.Columns
	default:
		return
	}
	if o.Err != nil || int(index) >= len(handles) {
		return
	}
	if len(m.columns) >= maxObjects {
		clear(m.columns)
	}
	m.columns[handles[index]] = columns
}
