package report

import "strings"

// FindReply finds the first answer of an SMTP server in a text that says more
// than yes or no: three digits and behind them an enhanced code of the same
// class, "550 5.1.1". In "554 4.4.7 expired <421 4.4.2 timed out>" the first
// pair contradicts itself; the second is what the server said. RFC 5321 4.2, RFC 2034 4
func FindReply(text string) (Status, bool) {
	for i := 0; i+8 < len(text); i++ {
		if !isReplyCode(text[i:]) || i > 0 && isWord(text[i-1]) || text[i+3] != ' ' && text[i+3] != '-' {
			continue
		}
		if s, ok := parseStatus(text[i+4:]); ok && s.Class == int(text[i]-'0') && s.Telling() {
			return s, true
		}
	}
	return Status{}, false
}

// isReplyCode tells whether a text begins with the code of a reply.
func isReplyCode(text string) bool {
	return len(text) >= 3 && strings.IndexByte("245", text[0]) >= 0 && isDigit(text[1]) && isDigit(text[2])
}

// Telling tells whether a status says more than its class.
func (s Status) Telling() bool { return s.Subject != 0 || s.Detail != 0 }

// Replies are what servers answered according to the text for people of a report.
type Replies struct {
	to    map[string]Status // by address in lower case
	first Status
	any   bool
}

// ReadReplies finds the answers in a text, and the addresses on their lines.
func ReadReplies(text string) Replies {
	r := Replies{to: map[string]Status{}}
	for line := range strings.Lines(text) {
		s, ok := FindReply(line)
		if !ok {
			continue
		}
		if !r.any {
			r.first, r.any = s, true
		}
		for _, word := range strings.FieldsFunc(line, func(c rune) bool { return strings.ContainsRune(" \t\r\n<>()[],;:\"'", c) }) {
			if key := strings.ToLower(word); strings.Contains(word, "@") {
				if _, known := r.to[key]; !known {
					r.to[key] = s
				}
			}
		}
	}
	return r
}

// To gives the answer about one recipient: that on a line that names the
// address, or where the report is about that one alone, the first.
func (r Replies) To(address string, alone bool) (Status, bool) {
	if s, ok := r.to[strings.ToLower(address)]; ok {
		return s, true
	}
	return r.first, r.any && alone
}
