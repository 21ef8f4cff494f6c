package ingress

import (
	"bytes"
	"fmt"
	netmail "net/mail"
	"slices"
	"strings"
	"time"

	"github.com/mapigate/mapigate/smtpside"
)

// repairedField tells what the legacy profile has mended in a header.
const repairedField = "X-Mapigate-Repaired"

// repair mends a header for a listener with the legacy profile: From, Date and Message-ID that no reader understands, From that
// stands there more than once, and 8-bit text in fields. What a field said before is kept beside it where it may be missed.
func (h *header) repair(envelopeFrom, hostname string, utf8 bool, now time.Time) {
	var out bytes.Buffer
	for _, field := range splitFields(h.fields.Bytes()) {
		name, value, _ := strings.Cut(string(field), ":")
		key := strings.ToLower(strings.TrimSpace(name))
		switch {
		case key == "from":
			h.repairFrom(&out, field, unfold(value), fallback(envelopeFrom, hostname))
		case key == "date":
			h.repairDate(&out, field, unfold(value), now)
		case key == "message-id" && !wellFormedID(unfold(value)):
			h.mended("message-id")
			fmt.Fprintf(&out, "X-Original-Message-ID: %s\r\n", encodeText(unfold(value)))
			delete(h.has, key) // trace adds ours
			h.messageID = ""
		case !utf8 && !ascii(value):
			h.mended("8-bit " + key)
			out.WriteString(encodeField(name, key, unfold(value)))
		default:
			out.Write(field)
		}
	}
	h.fields = out
}

func fallback(envelopeFrom, hostname string) string {
	if envelopeFrom == "" {
		return "postmaster@" + hostname
	}
	return envelopeFrom
}

// mended notes a repair once; of a header full of faults, the first ones tell enough.
func (h *header) mended(what string) {
	const enough = 20
	if len(h.repaired) < enough && !slices.Contains(h.repaired, what) {
		h.repaired = append(h.repaired, what)
	}
}

// splitFields cuts a header into its fields, each with the lines that continue it.
func splitFields(b []byte) (fields [][]byte) {
	start := 0
	for at := 0; at < len(b); {
		end := bytes.IndexByte(b[at:], '\n')
		if end < 0 {
			end = len(b) - at - 1
		}
		at += end + 1
		if at == len(b) || b[at] != ' ' && b[at] != '\t' {
			fields = append(fields, b[start:at])
			start = at
		}
	}
	return fields
}

func unfold(value string) string {
	return strings.TrimSpace(strings.NewReplacer("\r\n", "", "\r", "", "\n", "").Replace(value))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// repairFrom writes one From that everybody can read. RFC 5322 3.6.2
func (h *header) repairFrom(out *bytes.Buffer, field []byte, value, envelopeFrom string) {
	if h.from {
		h.mended("second from")
		fmt.Fprintf(out, "X-Original-From: %s\r\n", encodeText(value))
		return
	}
	h.from = true
	folded := bytes.Count(field, []byte("\n")) > 1
	if list, err := netmail.ParseAddressList(value); err == nil && ascii(value) && !folded && usable(list) {
		out.Write(field)
		return
	}
	h.mended("from")
	name, address := guessAddress(value)
	if address == "" {
		address = envelopeFrom
	}
	fmt.Fprintf(out, "From: %s\r\n", nameAndAddress(name, address))
}

// usable tells whether all of a list are addresses of the internet: net/mail takes domains that no mail host would.
func usable(list []*netmail.Address) bool {
	for _, a := range list {
		if !strings.Contains(a.Address, "@") || smtpside.CheckMailbox(a.Address) != nil {
			return false
		}
	}
	return len(list) > 0
}

// guessAddress finds an address and a name in what somebody takes for a From: "bob@x <bob@x>", "Scanner, 2nd floor <scan@x>",
// "scan@x (Scanner)", "Scanner". The address is "" where there is none.
func guessAddress(value string) (name, address string) {
	value = decodeSubject(toUTF8(value))
	if i := strings.LastIndexByte(value, '<'); i >= 0 {
		inner, _, _ := strings.Cut(value[i+1:], ">")
		if inner = strings.TrimRight(strings.Join(strings.Fields(inner), ""), "."); strings.Contains(inner, "@") && smtpside.CheckMailbox(inner) == nil {
			address = inner
		}
		value = value[:i]
	}
	if address == "" {
		for word := range strings.FieldsFuncSeq(value, func(r rune) bool { return strings.ContainsRune(" \t,;<>()\"", r) }) {
			word = strings.TrimRight(word, ".") // SMTP forgives a dot behind the domain, headers do not
			if strings.Contains(word, "@") && smtpside.CheckMailbox(word) == nil {
				address = word
				value = strings.Replace(value, word, "", 1)
				break
			}
		}
	}
	return strings.Trim(value, " \t\"'(),;:<>\\"), address
}

// repairDate writes a date that everybody can read: the one that was meant, or that of the arrival. RFC 5322 3.3
func (h *header) repairDate(out *bytes.Buffer, field []byte, value string, now time.Time) {
	if _, err := netmail.ParseDate(value); err == nil {
		out.Write(field)
		return
	}
	h.mended("date")
	at := now
	for _, layout := range oddDates {
		if t, err := time.ParseInLocation(layout, value, now.Location()); err == nil && t.Year() > 1970 {
			at = t
			break
		}
	}
	fmt.Fprintf(out, "Date: %s\r\nX-Original-Date: %s\r\n", at.Format(time.RFC1123Z), encodeText(value))
}

// oddDates are how devices and scripts write dates; without a zone, ours is meant.
var oddDates = []string{
	"Mon, 2 Jan 2006 15:04:05", "Mon, 2 Jan 2006 15:04", "2 Jan 2006 15:04:05", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST",
	"2006-01-02 15:04:05", "2006-01-02T15:04:05", time.RFC3339, "2006-01-02", "02.01.2006 15:04:05", "02.01.2006", "2006/01/02 15:04:05",
	time.ANSIC, time.UnixDate, time.RubyDate, time.RFC850, "Mon, 02-Jan-2006 15:04:05 MST", "Mon, 2 Jan 2006 15:04:05 GMT-07:00",
}

// wellFormedID tells whether a Message-ID is one that others can refer to. RFC 5322 3.6.4
func wellFormedID(value string) bool {
	inner, ok := strings.CutPrefix(value, "<")
	inner, ok2 := strings.CutSuffix(inner, ">")
	at := strings.IndexByte(inner, '@')
	return ok && ok2 && at > 0 && at < len(inner)-1 && len(value) < 900 && ascii(inner) && !strings.ContainsAny(inner, "<> \t\"")
}
