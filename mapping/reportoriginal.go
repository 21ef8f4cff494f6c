package mapping

import (
	"cmp"
	"io"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
)

// original reads the message a report is about. [MS-OXOMSG] 2.2.2
func (r *reader) original(p *mime.Part) {
	var fields []mime.Field
	switch {
	case p.IsMessage():
		if fields = p.Parts[0].Header.Fields; p.Parts[0].Header.Get("Subject") == "" {
			fields = r.looseHeader(p)
		}
	case p.Type == "text/rfc822-headers" || p.Type == "message/rfc822-headers" || p.Type == "message/global-headers":
		raw, ok := r.readAll(p, int64(r.limits.HeaderBytes))
		if !ok {
			return
		}
		fields = mime.ParseHeader(strings.TrimLeft(string(raw), "\r\n"), r.limits.HeaderBytes)
	default:
		return
	}
	r.originalFields(fields)
}

// originalFields sets what the original's header says. [MS-OXOMSG] 2.2.2
func (r *reader) originalFields(fields []mime.Field) {
	for _, f := range fields {
		switch strings.ToLower(f.Name) {
		case "subject":
			r.default_(mapi.PidTagOriginalSubject.Of(mime.DecodeText(f.Raw)))
		case "message-id":
			r.default_(mapi.PidTagOriginalMessageId.Of(mime.DecodeText(f.Raw)))
		case "date":
			if t, ok := mime.ParseDate(f.Raw); ok {
				r.props.Set(mapi.PidTagOriginalSubmitTime.Of(t.UTC()))
			}
		case "to":
			r.default_(mapi.PidTagOriginalDisplayTo.Of(names(f.Raw)))
		case "cc":
			r.default_(mapi.PidTagOriginalDisplayCc.Of(names(f.Raw)))
		case "from":
			if list, _ := mime.ParseAddresses(f.Raw, 1); len(list) > 0 {
				r.default_(mapi.PidTagOriginalSenderName.Of(smtpParty(list[0].Name, list[0].Addr).display()))
			}
		}
	}
}

// names lists the names of a field of addresses as Outlook shows them.
func names(raw string) string {
	list, _ := mime.ParseAddresses(raw, 1000)
	out := make([]string, 0, len(list))
	for _, a := range list {
		if p := smtpParty(a.Name, a.Addr); !p.empty() {
			out = append(out, p.display())
		}
	}
	return strings.Join(out, "; ")
}

// looseHeader reads the header of a returned message whose long fields have
// lost the blanks before their further lines: what is no field is left out.
func (r *reader) looseHeader(p *mime.Part) []mime.Field {
	raw, err := io.ReadAll(io.LimitReader(p.Open(), int64(r.limits.HeaderBytes)))
	if err != nil {
		r.err = cmp.Or(r.err, err)
		return nil
	}
	return r.fieldsOf(string(raw))
}

// fieldsOf reads the fields that stand before the first empty line.
func (r *reader) fieldsOf(text string) []mime.Field {
	head, _, _ := strings.Cut(strings.TrimLeft(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n\n")
	var b strings.Builder
	for _, line := range strings.SplitAfter(head, "\n") {
		if name, _, ok := strings.Cut(line, ":"); ok && name != "" && !strings.ContainsAny(name, " ()<>=;") || strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			b.WriteString(line)
		}
	}
	return mime.ParseHeader(b.String(), r.limits.HeaderBytes)
}

// originalInText reads the header of the original where it stands in a text:
// after the Content-Type of a part that no boundary begins.
func (r *reader) originalInText(text string) {
	if _, ok := mapi.PidTagOriginalSubject.From(r.props); ok {
		return
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for rest := text; rest != ""; {
		line, after, _ := strings.Cut(rest, "\n")
		if hasPrefixFold(line, "Content-Type: message/rfc822") || hasPrefixFold(line, "Content-Type: text/rfc822-headers") {
			if _, header, ok := strings.Cut(after, "\n\n"); ok || strings.HasPrefix(after, "\n") {
				if strings.HasPrefix(after, "\n") {
					header = after
				}
				r.originalFields(r.fieldsOf(header))
			}
			return
		}
		rest = after
	}
}
