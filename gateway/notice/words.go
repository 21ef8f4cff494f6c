package notice

import (
	"bytes"
	"fmt"
	"mime/quotedprintable"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mapigate/mapigate/gateway/mail"
)

// reasons say in plain words what an enhanced status means to a sender, by the part behind the class. RFC 3463
var reasons = map[string]string{
	"1.1":  "There is no such address. Please check it for typing errors.",
	"1.2":  "The domain of this address does not exist, or takes no mail. Please check it for typing errors.",
	"1.3":  "This is not a valid mail address.",
	"1.6":  "This person has moved and left no new address.",
	"1.7":  "The sender's address is not valid.",
	"1.8":  "The domain of the sender's address does not exist.",
	"1.10": "The domain of this address takes no mail.",
	"2.1":  "This mailbox is not active.",
	"2.2":  "The recipient's mailbox is full.",
	"2.3":  "The message is too large for the recipient's mailbox.",
	"3.1":  "The receiving system has no room left.",
	"3.2":  "The receiving system takes no mail at the moment.",
	"3.4":  "The message is too large.",
	"4.1":  "The receiving system did not answer.",
	"4.2":  "The connection to the receiving system broke.",
	"4.3":  "The way to the receiving system could not be found out.",
	"4.4":  "The way to the receiving system could not be found out.",
	"4.6":  "The message went round in circles.",
	"4.7":  "The receiving system could not be reached for too long.",
	"5.3":  "The message has too many recipients.",
	"6.7":  "The receiving system cannot handle international addresses.",
	"7.0":  "The receiving system refused the message for reasons of security.",
	"7.1":  "The receiving system does not allow this message.",
	"7.8":  "The receiving system did not accept our credentials.",
	"7.60": "The sender may not send with this From address.",
}

// reason is the sentence for an outcome.
func reason(o mail.Outcome) string {
	if text := reasons[o.Detail]; text != "" {
		return text
	}
	switch o.Code / 100 {
	case 5:
		return "The receiving system refused the message."
	case 4:
		return "The receiving system could not take the message for the time being."
	}
	return "The message could not be delivered."
}

// text writes the part for people.
func (c *composer) text() {
	var b bytes.Buffer
	c.words(&b)
	encoding := "7bit"
	data := bytes.ReplaceAll(b.Bytes(), []byte("\n"), []byte("\r\n"))
	if !isASCII(data) {
		encoding = "quoted-printable"
		var q bytes.Buffer
		w := quotedprintable.NewWriter(&q)
		w.Write(data) // a bytes.Buffer takes everything
		w.Close()
		data = q.Bytes()
	}
	c.part("text/plain; charset=utf-8", encoding, "Notification")
	c.out.Write(data)
}

func (c *composer) words(b *bytes.Buffer) {
	switch c.Kind {
	case Failure:
		fmt.Fprintf(b, "Your message could not be delivered.\n")
	case Delay:
		fmt.Fprintf(b, "Your message has not been delivered yet. You need not send it again:\n")
		fmt.Fprintf(b, "delivery will be tried%s.\n", until(c.Expires))
	case Success:
		fmt.Fprintf(b, "Your message has been delivered, as far as we can tell:\nwhat is marked as relayed went on to a system that may not report back.\n")
	}
	fmt.Fprintf(b, "\n  Subject:  %s\n  Received: %s\n", cutText(oneLine(c.Mail.Subject), 200), c.Mail.Received.Format(time.RFC1123Z))
	if id := cutText(oneLine(c.Mail.MessageID), 300); id != "" {
		fmt.Fprintf(b, "  Message:  %s\n", id)
	}
	for _, r := range c.Recipients {
		fmt.Fprintf(b, "\n<%s>\n", cutText(oneLine(r.Address), 300))
		c.recipientWords(b, r)
	}
	fmt.Fprintf(b, "\nThis report was made by the mail gateway %s\n(reference %s).\n", c.Hostname, c.Mail.ID)
}

func until(t time.Time) string {
	if t.IsZero() {
		return " again"
	}
	return " until " + t.Format(time.RFC1123Z)
}

func (c *composer) recipientWords(b *bytes.Buffer, r Recipient) {
	if c.Kind == Success {
		fmt.Fprintf(b, "    %s", c.action(r.Outcome))
		if host := remoteName(r.Outcome.Remote); host != "" {
			fmt.Fprintf(b, " by %s", host)
		}
		fmt.Fprintln(b)
		return
	}
	indent(b, reason(r.Outcome))
	if r.Expired {
		indent(b, fmt.Sprintf("It was tried %d times and is not tried any more.", r.Attempts))
	}
	if r.Doubt {
		indent(b, "The connection broke at a moment when the message may have been taken already: perhaps it was delivered all the same.")
	}
	if text := oneLine(r.Outcome.Text); text != "" {
		who := "The gateway says"
		if host := remoteName(r.Outcome.Remote); host != "" {
			who = host + " says"
		}
		code := ""
		if r.Outcome.Code != 0 {
			code = fmt.Sprintf("%d %s ", r.Outcome.Code, r.Outcome.Status())
		}
		indent(b, fmt.Sprintf("%s: %s%s", who, code, text))
	}
}

// indent writes a paragraph, wrapped and indented.
func indent(b *bytes.Buffer, text string) {
	const width = 68
	line := 0
	for _, word := range breakWords(strings.Fields(text)) {
		switch {
		case line == 0:
			b.WriteString("    ")
		case line+1+utf8.RuneCountInString(word) > width:
			b.WriteString("\n    ")
			line = 0
		default:
			b.WriteString(" ")
			line++
		}
		b.WriteString(word)
		line += utf8.RuneCountInString(word)
	}
	b.WriteString("\n")
}

// maxValue bounds what a remote host's words may take in a report.
const maxValue = 1000

// oneLine makes text that may come from anywhere fit for one line: no control characters, no broken UTF-8, not too long.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return cutText(strings.Join(strings.Fields(s), " "), maxValue)
}

// cutText shortens text to n characters.
func cutText(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n]) + "..."
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// toASCII replaces what a field of RFC 3464 cannot hold.
func toASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x80 {
			return '?'
		}
		return r
	}, s)
}

// maxWord is what a word without a space may take of a line, which may have 998 octets. RFC 5321 4.5.3.1.6
const maxWord = 900

// breakWords breaks the words that no line could hold, between characters.
func breakWords(words []string) []string {
	var broken []string
	for _, word := range words {
		for len(word) > maxWord {
			cut := maxWord
			for !utf8.RuneStart(word[cut]) {
				cut--
			}
			broken = append(broken, word[:cut])
			word = word[cut:]
		}
		broken = append(broken, word)
	}
	return broken
}

// foldWords folds a header value at its spaces, so that lines stay under 78 characters where they can, and under 998 always.
func foldWords(value string) string {
	const width = 74
	var b strings.Builder
	line := 10 // some room for the name
	for i, word := range breakWords(strings.Split(value, " ")) {
		if i > 0 {
			if line+1+len(word) > width {
				b.WriteString("\r\n")
				line = 0
			}
			b.WriteString(" ")
			line++
		}
		b.WriteString(word)
		line += len(word)
	}
	return b.String()
}
