package mapping

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
)

// ToMIME writes a MAPI message as MIME with CRLF line ends. The same message
// gives the same bytes. Errors are the writer's, the context's and those of
// the message's streams. [MS-OXCMAIL] 2.1
func ToMIME(ctx context.Context, w io.Writer, msg *mapi.Message, opts ToMIMEOptions) (*MIMEResult, error) {
	out := &output{w: bufio.NewWriterSize(w, 16<<10)}
	res := &MIMEResult{}
	x := &writer{
		ctx: ctx, opts: &opts, limits: opts.Limits.withDefaults(), out: out, res: res, msg: msg,
		addresses: &addresses{ctx: ctx, resolver: opts.Resolver},
	}
	x.message()
	if x.err == nil {
		x.err = out.flush()
	}
	if x.err == nil && x.addresses.err != nil {
		x.err = fmt.Errorf("resolve addresses: %w", x.addresses.err)
	}
	if x.err != nil {
		return nil, fmt.Errorf("write message: %w", x.err)
	}
	res.Size, res.MessageID = out.n, x.messageID
	res.EightBit, res.UTF8 = out.eightBit, out.utf8
	return res, nil
}

// A writer writes one message, the outer one or one within it.
type writer struct {
	ctx       context.Context
	opts      *ToMIMEOptions
	limits    Limits
	out       *output
	res       *MIMEResult
	msg       *mapi.Message
	addresses *addresses
	depth     int
	err       error // the first

	messageID string
	id        string // hex digest of the message, for boundaries
	nodes     int    // boundaries made
	tnef      bool   // winmail.dat is written
	came      []mime.Field
}

// lose lists what did not cross.
func (w *writer) lose(where, what, reason string) {
	if len(w.res.Losses) < maxLosses {
		w.res.Losses = append(w.res.Losses, Loss{Where: where, What: shorten(what), Reason: reason})
	}
}

// output counts what is written; the first error sticks.
type output struct {
	w              *bufio.Writer
	n              int64
	err            error
	eightBit, utf8 bool
}

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(b)
	o.n += int64(n)
	o.err = err
	return n, err
}

func (o *output) str(s string) {
	if o.err == nil {
		n, err := o.w.WriteString(s)
		o.n += int64(n)
		o.err = err
	}
}

func (o *output) flush() error {
	if o.err == nil {
		o.err = o.w.Flush()
	}
	return o.err
}

// message writes header and body.
func (w *writer) message() {
	w.identify()
	body := w.content()
	header := w.header()
	header = append(header, "MIME-Version: 1.0\r\n"...)
	if !isASCII(header) { // allowed, or an address that has no other form
		w.out.utf8 = true
	}
	if _, err := w.out.Write(header); err != nil {
		w.err = err
		return
	}
	w.node(body)
	w.leftover()
}

// identify sets the Message-ID and the digest that boundaries are made of.
func (w *writer) identify() {
	h := sha256.New()
	w.digest(h, w.msg)
	sum := h.Sum(nil)
	w.id = hex.EncodeToString(sum[:12])
	w.messageID = cleanID(mapi.PidTagInternetMessageId.Get(w.msg.Props))
	if w.messageID == "" && w.depth == 0 {
		w.messageID = "<" + hex.EncodeToString(sum[:16]) + "@" + w.domain() + ">"
	}
}

// digest feeds what tells a message from others, but no attachment's bytes.
func (w *writer) digest(h hash.Hash, msg *mapi.Message) {
	for i := range msg.Props {
		p := &msg.Props[i]
		if b, ok := p.Value.([]byte); ok && len(b) > 64<<10 {
			fmt.Fprintf(h, "%08x %d\n", uint32(p.Tag), len(b))
			h.Write(b)
			continue
		}
		writeDigest(h, p)
	}
	for i := range msg.Recipients {
		io.WriteString(h, recipientTags.get(msg.Recipients[i].Props).addr)
	}
	for i := range msg.Attachments {
		a := &msg.Attachments[i]
		for j := range a.Props {
			writeDigest(h, &a.Props[j])
		}
		if a.Message != nil && w.depth < 64 {
			io.WriteString(h, mapi.PidTagInternetMessageId.Get(a.Message.Props))
		}
	}
}

// writeDigest writes a property in a form that does not change from run to run.
func writeDigest(h hash.Hash, p *mapi.Prop) {
	var tag [4]byte
	tag[0], tag[1], tag[2], tag[3] = byte(p.Tag>>24), byte(p.Tag>>16), byte(p.Tag>>8), byte(p.Tag)
	h.Write(tag[:])
	switch v := p.Value.(type) {
	case string:
		io.WriteString(h, v)
	case []byte:
		h.Write(v)
	case int32:
		h.Write([]byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)})
	case bool:
		h.Write([]byte{0, map[bool]byte{true: 1}[v]})
	case time.Time:
		io.WriteString(h, v.UTC().Format(time.RFC3339Nano))
	default:
		fmt.Fprintf(h, "%v", v)
	}
}

// cleanID makes a Message-ID that can stand in a header: one token in brackets.
func cleanID(id string) string {
	id = strings.Map(func(c rune) rune {
		if c <= ' ' || c == 0x7F {
			return -1
		}
		return c
	}, id)
	if id == "<>" {
		return ""
	}
	if id != "" && id[0] != '<' && strings.Contains(id, "@") {
		id = "<" + id + ">"
	}
	return id
}

// domain is the right side of addresses and ids of ours.
func (w *writer) domain() string {
	if w.opts.Domain != "" {
		return w.opts.Domain
	}
	return "mapigate.invalid"
}

// domainToASCII makes an address fit for hosts without SMTPUTF8 where only its domain stands in the way. RFC 5891
func (w *writer) domainToASCII(addr string) string {
	at := strings.LastIndexByte(addr, '@')
	if w.opts.UTF8 || at < 0 || isASCII([]byte(addr[at:])) || !isASCII([]byte(addr[:at])) {
		return addr
	}
	if d, err := idna.Lookup.ToASCII(addr[at+1:]); err == nil {
		return addr[:at+1] + d
	}
	return addr
}

// header writes all fields but those of the body: the trace fields that came
// with the message, those of the rules, promoted named properties, and the
// kept fields that no rule knows. [MS-OXCMAIL] 2.1.3.2
func (w *writer) header() []byte {
	kept := w.keptFields()
	b := make([]byte, 0, 2048)
	for _, f := range kept {
		if isTrace(f.Name) {
			b = mime.AppendField(b, f.Name, f.Unfolded())
		}
	}
	for i := range headerRules {
		if rule := &headerRules[i]; rule.write != nil {
			if v := rule.write(w, w.msg.Props); v != "" {
				b = mime.AppendField(b, rule.field, v)
			}
		}
	}
	named := make(map[string]bool)
	b = w.namedHeaders(b, named, kept)
	for _, f := range kept {
		if !isTrace(f.Name) && !named[strings.ToLower(f.Name)] {
			b = appendKept(b, f, w.opts.UTF8)
		}
	}
	return b
}

// transport are the fields of PidTagTransportMessageHeaders.
func (w *writer) transport() []mime.Field {
	if raw := mapi.PidTagTransportMessageHeaders.Get(w.msg.Props); w.came == nil && raw != "" {
		w.came = mime.ParseHeader(raw, w.limits.HeaderBytes)
	}
	return w.came
}

// keptFields are the transport headers that no rule and no property carries.
func (w *writer) keptFields() []mime.Field {
	var kept []mime.Field
	for _, f := range w.transport() {
		if firewalled(f.Name) || blind(f.Name) || ruleOf(f.Name) >= 0 || isContentField(f.Name) {
			continue
		}
		if !fieldNameOK(f.Name) {
			w.lose(f.Name, f.Unfolded(), "no field can have this name")
			continue
		}
		kept = append(kept, f)
	}
	return kept
}

// appendKept writes a field as it came, unless it has bytes that can't travel.
func appendKept(b []byte, f mime.Field, utf8ok bool) []byte {
	v := f.Unfolded()
	if !utf8ok && !isASCII([]byte(v)) {
		return mime.AppendText(b, f.Name, v, false)
	}
	return mime.AppendField(b, f.Name, v)
}

// isTrace tells whether a field belongs in front of the others. RFC 5322 3.6.7
func isTrace(name string) bool {
	switch len(name) {
	case 8, 11, 12, 14, 22:
		return strings.EqualFold(name, "Received") || strings.EqualFold(name, "Return-Path") || strings.EqualFold(name, "Delivered-To") ||
			strings.EqualFold(name, "DKIM-Signature") || strings.EqualFold(name, "Received-SPF") || strings.EqualFold(name, "Authentication-Results")
	}
	return hasPrefixFold(name, "Resent-") || hasPrefixFold(name, "ARC-")
}

// namedHeaders writes the named properties of PS_INTERNET_HEADERS that say
// something else than the kept fields, of which there may be several of one
// name. [MS-OXCMAIL] 2.1.3.2.1
func (w *writer) namedHeaders(b []byte, named map[string]bool, kept []mime.Field) []byte {
	for i := range w.msg.Props {
		p := &w.msg.Props[i]
		if p.Name == nil || p.Name.Set != mapi.PSInternetHeaders || p.Name.Name == "" {
			continue
		}
		name := p.Name.Name
		if firewalled(name) || blind(name) || isContentField(name) || ruleOf(name) >= 0 || !fieldNameOK(name) {
			continue
		}
		v, ok := p.Value.(string)
		if !ok {
			v = fmt.Sprint(p.Value)
		}
		if saidBy(kept, name, v) {
			continue
		}
		named[strings.ToLower(name)] = true
		b = mime.AppendText(b, spelling(name), v, w.opts.UTF8)
	}
	return b
}

// saidBy tells whether the first kept field of a name has that value.
func saidBy(kept []mime.Field, name, value string) bool {
	for _, f := range kept {
		if strings.EqualFold(f.Name, name) {
			return isTrace(name) || mime.DecodeText(f.Raw) == value
		}
	}
	return false
}

// spelling writes a header name that came in lower case as people write it: X-Mapigate-Id.
func spelling(name string) string {
	if name != strings.ToLower(name) {
		return name
	}
	b := []byte(name)
	up := true
	for i, c := range b {
		if up && c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
		up = c == '-'
	}
	return string(b)
}

// fieldNameOK tells whether a name can be a field's. RFC 5322 2.2
func fieldNameOK(name string) bool {
	for i := 0; i < len(name); i++ {
		if name[i] <= ' ' || name[i] >= 0x7F || name[i] == ':' {
			return false
		}
	}
	return name != "" && len(name) < 200
}
