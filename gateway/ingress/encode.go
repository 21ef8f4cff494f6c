package ingress

import (
	"mime"
	"net/mail"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// toUTF8 reads what is no UTF-8 as Windows-1252, which devices without a word about their character set mostly mean.
func toUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	decoded, err := charmap.Windows1252.NewDecoder().String(s)
	if err != nil {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return decoded
}

// encodeText writes text for a field without structure, in encoded words where it needs them (RFC 2047), folded.
func encodeText(value string) string {
	value = toUTF8(value)
	if ascii(value) {
		return value
	}
	return strings.ReplaceAll(mime.QEncoding.Encode("utf-8", value), "?= =?", "?=\r\n =?")
}

// encodeName is encodeText for a name before an address, where an encoded word has fewer characters (RFC 2047 5): all in base64.
func encodeName(name string) string {
	return strings.ReplaceAll(mime.BEncoding.Encode("utf-8", toUTF8(name)), "?= =?", "?=\r\n =?")
}

// nameAndAddress writes a mailbox; the address must be one. RFC 5322 3.4
func nameAndAddress(name, address string) string {
	if !ascii(name) {
		return encodeName(name) + " <" + address + ">"
	}
	return (&mail.Address{Name: name, Address: address}).String()
}

// addressFields are the fields in which words may be encoded only where names stand. RFC 2047 5
var addressFields = map[string]bool{
	"from": true, "sender": true, "reply-to": true, "to": true, "cc": true, "resent-from": true, "resent-to": true, "resent-cc": true,
	"disposition-notification-to": true, "return-receipt-to": true,
}

// encodeField writes a field with 8-bit text as one with encoded words.
func encodeField(name, key, value string) string {
	if !addressFields[key] {
		return name + ": " + encodeText(value) + "\r\n"
	}
	return name + ": " + encodeNames(toUTF8(value)) + "\r\n"
}

// encodeNames encodes the names in a list of addresses. Addresses themselves stay as they are.
func encodeNames(value string) string {
	var out []string
	for entry := range splitList(value) {
		i := strings.LastIndexByte(entry, '<')
		if ascii(entry) || i < 0 {
			out = append(out, strings.TrimSpace(entry))
			continue
		}
		name := strings.Trim(entry[:i], " \t\"")
		out = append(out, encodeName(name)+" "+strings.TrimSpace(entry[i:]))
	}
	return strings.Join(out, ",\r\n ")
}

// splitList cuts a list at its commas, of which those in quotes and angle brackets are none.
func splitList(value string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		quoted, angle, start := false, false, 0
		for i := range len(value) {
			switch c := value[i]; {
			case c == '"' && (i == 0 || value[i-1] != '\\'):
				quoted = !quoted
			case quoted:
			case c == '<' || c == '>':
				angle = c == '<'
			case c == ',' && !angle:
				if !yield(value[start:i]) {
					return
				}
				start = i + 1
			}
		}
		yield(value[start:])
	}
}
