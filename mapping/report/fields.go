// Package report reads and writes the machine-readable parts of reports:
// delivery status (RFC 3464, RFC 6533) and message disposition (RFC 8098).
//
//  1. [ParseDelivery] cuts message/delivery-status into a group of fields for
//     the message and one for each recipient, [Delivery.Bytes] writes them.
//  2. [ParseDisposition] reads message/disposition-notification.
//  3. [Diagnosis] turns a status into the codes of MAPI.
package report

import (
	"strings"

	"github.com/mapigate/mapigate/mapping/mime"
)

// A Field is one field of a report, unfolded and decoded.
type Field struct{ Name, Value string }

// Fields are a group of fields.
type Fields []Field

// Get gives the first value of a name, or "".
func (fs Fields) Get(name string) string {
	for _, f := range fs {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// typed cuts "rfc822; a@b" into type and value. RFC 3464 2.1.2
func (fs Fields) typed(name string) (kind, value string) {
	v := fs.Get(name)
	kind, value, ok := strings.Cut(v, ";")
	if !ok {
		return "", strings.TrimSpace(v)
	}
	return strings.ToLower(strings.TrimSpace(kind)), strings.TrimSpace(value)
}

// address gives the address of a typed field, without brackets and quotes.
func (fs Fields) address(name string) string {
	kind, v := fs.typed(name)
	if kind == "utf-8" {
		v = unescape(v)
	}
	v = strings.Trim(v, "<> ")
	if len(v) > 1 && v[0] == '"' && v[len(v)-1] == '"' { // all of it, not a quoted local part
		v = strings.Trim(v, "<> \"")
	}
	return v
}

// unescape reads the \x{41} of utf-8 addresses. RFC 6533 3
func unescape(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, `\x{`)
		if i < 0 {
			break
		}
		end := strings.IndexByte(s[i:], '}')
		if end < 0 {
			break
		}
		r := rune(0)
		for _, c := range s[i+3 : i+end] {
			r = r<<4 | hex(c)
		}
		b.WriteString(s[:i])
		b.WriteRune(r)
		s = s[i+end+1:]
	}
	return b.String() + s
}

func hex(c rune) rune {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 0
}

// maxGroups bounds the recipients of one report.
const maxGroups = 10000

// groups cuts text into groups of fields at empty lines. Groups without a
// field are left out.
func groups(b []byte) []Fields {
	text := strings.ReplaceAll(strings.ReplaceAll(string(b), "\r\n", "\n"), "\r", "\n")
	var out []Fields
	for _, block := range strings.Split(text, "\n\n") {
		block = strings.TrimLeft(block, "\n")
		if strings.TrimSpace(block) == "" {
			continue
		}
		var fs Fields
		for _, f := range mime.ParseHeader(block, len(block)+16) {
			fs = append(fs, Field{f.Name, mime.DecodeText(f.Raw)})
		}
		if len(fs) > 0 && len(out) < maxGroups {
			out = append(out, fs)
		}
	}
	return out
}
