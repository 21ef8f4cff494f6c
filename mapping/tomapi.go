package mapping

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/charset"
	"github.com/mapigate/mapigate/mapping/mime"
)

// ToMAPI makes a MAPI message of a MIME message. Damage in the message is
// never an error; errors are the source's and the context's. [MS-OXCMAIL] 2.2
func ToMAPI(ctx context.Context, src Source, opts ToMAPIOptions) (*MAPIResult, error) {
	limits := opts.Limits.withDefaults()
	root, err := mime.Parse(src, src.Size(), mime.Limits{Depth: limits.Depth, Parts: limits.Parts, HeaderBytes: limits.HeaderBytes})
	if err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	s := &session{ctx: ctx, opts: &opts, limits: limits}
	msg := s.message(root, 0)
	if s.err != nil {
		return nil, fmt.Errorf("read message: %w", s.err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if dropNULs(msg) {
		s.lose("message", "NUL characters", "no MAPI string can hold one")
	}
	return &MAPIResult{Message: msg, Losses: s.losses}, nil
}

// A session is one ToMAPI: what its message and those within it share.
type session struct {
	ctx    context.Context
	opts   *ToMAPIOptions
	limits Limits
	losses []Loss
	err    error // the source's first
}

// A reader makes one MAPI message of one MIME message.
type reader struct {
	*session
	depth int
	root  *mime.Part
	props mapi.Props
	msg   *mapi.Message

	from, sender, receiptTo mime.Address
	unsent                  bool
	inside                  *mapi.Message // of TNEF
	wholeSigned             bool          // the message is kept whole in its attachment
	bodies                  bodies
	unnamed                 int // attachments that were given a name
}

// maxLosses bounds the list, so that hostile mail can't make it its payload.
const maxLosses = 1000

// lose lists what did not cross.
func (s *session) lose(where, what, reason string) {
	if len(s.losses) < maxLosses {
		s.losses = append(s.losses, Loss{Where: where, What: shorten(what), Reason: reason})
	}
}

func shorten(s string) string {
	if len(s) > 120 {
		return strings.ToValidUTF8(s[:120], "") + "…"
	}
	return s
}

// default_ sets a property unless an earlier field did.
func (r *reader) default_(p mapi.Prop) { r.props.SetDefault(p) }

// message reads one message, the outer one or one within it.
func (s *session) message(root *mime.Part, depth int) *mapi.Message {
	r := &reader{session: s, depth: depth, root: root, msg: &mapi.Message{}}
	r.props = make(mapi.Props, 0, 48)
	r.props.Set(mapi.PidTagMessageClass.Of("IPM.Note"))
	r.headers()
	r.recipients()
	if !r.special() {
		r.walk(root, place{body: true})
	}
	r.setBodies()
	r.setCalendar()
	r.setInside()
	r.reportInText()
	r.checkShown()
	r.reportText()
	r.finish()
	r.msg.Props = r.props
	return r.msg
}

// headers reads the header fields by their rules, keeps the whole block and
// promotes what the options name. [MS-OXCMAIL] 2.2.3.2
func (r *reader) headers() {
	var first [maxRules]int
	fields := r.root.Header.Fields
	for i := range fields {
		if firewalled(fields[i].Name) {
			continue
		}
		if rule := ruleOf(fields[i].Name); rule >= 0 {
			if first[rule] == 0 && strings.Trim(fields[i].Raw, " \t\r\n") != "" {
				first[rule] = i + 1
			}
		}
		if promoted(r.opts.Headers, fields[i].Name) && !isContentField(fields[i].Name) && !blind(fields[i].Name) && !isTrace(fields[i].Name) && ruleOf(fields[i].Name) < 0 {
			r.props.SetDefault(mapi.InternetHeader(fields[i].Name).Of(mime.DecodeText(fields[i].Raw)))
		}
	}
	for rule := range headerRules {
		if i := first[rule]; i > 0 && headerRules[rule].read != nil {
			headerRules[rule].read(r, fields[i-1].Raw)
		}
	}
	r.setSenders()
	r.received()
	if raw := transportHeaders(&r.root.Header); raw != "" {
		r.props.Set(mapi.PidTagTransportMessageHeaders.Of(raw))
	}
}

// maxRules is more than there are headerRules; a test holds it.
const maxRules = 96

// isContentField tells whether a field describes the body and not the message.
func isContentField(name string) bool {
	return hasPrefixFold(name, "Content-") || strings.EqualFold(name, "MIME-Version")
}

// transportHeaders is the header block as text, without what must not cross. [MS-OXOMSG] 2.2.1.61
func transportHeaders(h *mime.Header) string {
	raw := h.Raw
	for i := range h.Fields {
		if firewalled(h.Fields[i].Name) || blind(h.Fields[i].Name) {
			raw = rejoin(h)
			break
		}
	}
	s, _ := charset.Decode([]byte(raw), "")
	return strings.ReplaceAll(s, "\x00", "")
}

func rejoin(h *mime.Header) string {
	var b strings.Builder
	for _, f := range h.Fields {
		if !firewalled(f.Name) && !blind(f.Name) {
			b.WriteString(f.Name + ":" + f.Raw + "\r\n")
		}
	}
	return b.String()
}

// received sets the delivery time: now, else the date of the last hop. [MS-OXCMAIL] 2.2.3.2, [MS-OXOMSG] 2.2.3.9
func (r *reader) received() {
	if r.opts.Draft && r.depth == 0 {
		return
	}
	if !r.opts.Now.IsZero() && r.depth == 0 {
		r.default_(mapi.PidTagMessageDeliveryTime.Of(r.opts.Now.UTC()))
		return
	}
	if f, ok := r.root.Header.Find("Received"); ok {
		v := f.Unfolded()
		if t, ok := mime.ParseDate(v[strings.LastIndexByte(v, ';')+1:]); ok {
			r.default_(mapi.PidTagMessageDeliveryTime.Of(t.UTC()))
			return
		}
	}
	if t, ok := mapi.PidTagClientSubmitTime.From(r.props); ok {
		r.default_(mapi.PidTagMessageDeliveryTime.Of(t))
	}
}

// unanswered takes the mark off the recipients that says that somebody has
// taken care of them: a server does not send to those who have it. [MS-OXOMSG] 2.2.1.7
func (r *reader) unanswered() {
	for i := range r.msg.Recipients {
		r.msg.Recipients[i].Props.Delete(mapi.PidTagResponsibility.Tag())
	}
}

// finish sets what follows from everything read.
func (r *reader) finish() {
	r.default_(mapi.PidTagImportance.Of(1))
	r.default_(mapi.PidTagPriority.Of(0))
	r.default_(mapi.PidTagSensitivity.Of(0))
	if s, ok := mapi.PidTagNormalizedSubject.From(r.props); ok {
		r.default_(mapi.PidTagConversationTopic.Of(s))
	}
	if r.opts.Draft && r.depth == 0 {
		r.unanswered()
	}
	flags := int32(0)
	switch {
	case r.unsent || r.opts.Draft && r.depth == 0:
		flags |= mapi.MfUnsent
	case r.depth > 0:
		flags |= mapi.MfRead
	}
	if len(r.msg.Attachments) > 0 {
		flags |= mapi.MfHasAttach
	}
	r.default_(mapi.PidTagMessageFlags.Of(flags))
	r.default_(mapi.PidTagHasAttachments.Of(len(r.msg.Attachments) > 0))
	if r.root.Broken != "" {
		r.lose(r.where(r.root), "structure", r.root.Broken)
	}
}

// where names a part.
func (r *reader) where(p *mime.Part) string {
	if p.Number == "" {
		return "message"
	}
	return "part " + p.Number
}

// readAll reads a part's decoded body; ok is false when it is longer than the limit.
func (r *reader) readAll(p *mime.Part, limit int64) (b []byte, ok bool) {
	if n := p.End - p.Body; n <= limit {
		b = make([]byte, 0, n+1)
	}
	src := io.LimitReader(p.Open(), limit+1)
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := src.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			if r.err == nil {
				r.err = err
			}
			return nil, false
		}
	}
	return b, int64(len(b)) <= limit
}
