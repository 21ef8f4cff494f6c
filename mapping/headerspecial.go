package mapping

import (
	"strconv"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
)

// either is a field of text of unified messaging: its value stands in a
// property, or in a named one that older clients set. [MS-OXCMAIL] 2.1.3.2.3, 2.2.3.2.23
func either(field string, tag mapi.Tag[string], name mapi.Named[string]) headerRule {
	return headerRule{field, text(tag).read, func(w *writer, ps mapi.Props) string {
		v := tag.Get(ps)
		if v == "" {
			v = name.Get(ps)
		}
		return mime.EncodeText(v, len(field)+2, w.opts.UTF8)
	}}
}

// eitherNumber is such a field with a number of seconds or pages.
func eitherNumber(field string, tag mapi.Tag[int32], name mapi.Named[int16]) headerRule {
	return headerRule{field, func(r *reader, raw string) {
		v := mime.Unfold(raw)
		if n, err := strconv.ParseInt(v, 10, 32); err == nil && n >= 0 {
			r.default_(tag.Of(int32(n)))
		} else {
			r.lose(field, v, "not a number")
		}
	}, func(_ *writer, ps mapi.Props) string {
		n := tag.Get(ps)
		if n <= 0 {
			n = int32(name.Get(ps))
		}
		if n <= 0 {
			return ""
		}
		return strconv.Itoa(int(n))
	}}
}

// isClassified tells whether the message says that it is classified; without
// that the other fields mean nothing. [MS-OXCMAIL] 2.2.3.2.22
func (r *reader) isClassified() bool {
	return strings.EqualFold(strings.TrimSpace(mime.Unfold(r.root.Header.Get("X-Microsoft-Classified"))), "true")
}

func readClassified(r *reader, _ string) {
	if r.isClassified() {
		r.default_(mapi.PidLidClassified.Of(true))
	}
}

// writeClassified marks a classified message. [MS-OXCMAIL] 2.1.3.2.17
func writeClassified(_ *writer, ps mapi.Props) string {
	if mapi.PidLidClassified.Get(ps) {
		return "true"
	}
	return ""
}

// classification is a field of text of a classified message. [MS-OXCMAIL] 2.1.3.2.17, 2.2.3.2.22
func classification(field string, name mapi.Named[string]) headerRule {
	rule := namedText(field, name)
	return headerRule{field, func(r *reader, raw string) {
		if r.isClassified() {
			rule.read(r, raw)
		} else {
			r.lose(field, mime.DecodeText(raw), "the message does not say that it is classified")
		}
	}, func(w *writer, ps mapi.Props) string {
		if !mapi.PidLidClassified.Get(ps) {
			return ""
		}
		return rule.write(w, ps)
	}}
}

func readClassKeep(r *reader, raw string) {
	if r.isClassified() {
		r.default_(mapi.PidLidClassificationKeep.Of(strings.EqualFold(mime.Unfold(raw), "true")))
	}
}

func writeClassKeep(_ *writer, ps mapi.Props) string {
	if mapi.PidLidClassified.Get(ps) && mapi.PidLidClassificationKeep.Get(ps) {
		return "true"
	}
	return ""
}
