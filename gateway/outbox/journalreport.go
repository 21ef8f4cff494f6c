package outbox

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// A journalReport is an envelope journal report of Exchange 2007 and later: a
// message whose text tells the envelope and whose only attachment is the mail.
type journalReport struct {
	// from is the sender of the mail, or "" for the null sender.
	from string
	// recipients are those of the envelope, each once, the blind ones too.
	recipients []string
	// odd are the recipients that are no addresses to send to, as the report names them.
	odd      []string
	original *mapi.Message
}

// errNoReport says that a message is no journal report of a sender who may send us any.
var errNoReport = errors.New("it is no journal report")

// readReport reads a journal report. It must come from one of the senders, lower case, and the
// server must vouch for that: X-MS-Exchange-Organization-AuthAs is taken off mail from outside.
func readReport(msg *mapi.Message, senders map[string]bool) (*journalReport, error) {
	header, err := mail.ReadMessage(strings.NewReader(strings.TrimRight(mapi.PidTagTransportMessageHeaders.Get(msg.Props), "\r\n") + "\r\n\r\n"))
	if err != nil {
		return nil, fmt.Errorf("%w: its header cannot be read", errNoReport)
	}
	h := header.Header
	if _, marked := h["X-Ms-Journal-Report"]; !marked {
		return nil, fmt.Errorf("%w: no X-MS-Journal-Report", errNoReport)
	}
	if as := h["X-Ms-Exchange-Organization-Authas"]; len(as) != 1 || !strings.EqualFold(strings.TrimSpace(as[0]), "Internal") {
		return nil, fmt.Errorf("%w: its sender was not authenticated (X-MS-Exchange-Organization-AuthAs)", errNoReport)
	}
	from, err := mail.ParseAddress(h.Get("From"))
	if err != nil || len(h["From"]) != 1 || !senders[strings.ToLower(from.Address)] {
		return nil, fmt.Errorf("%w: it comes from %q, who is not listed", errNoReport, h.Get("From"))
	}
	if len(msg.Attachments) != 1 || msg.Attachments[0].Message == nil {
		return nil, fmt.Errorf("%w: it does not contain one message", errNoReport)
	}
	r := &journalReport{original: msg.Attachments[0].Message}
	if err := r.envelope(mapi.PidTagBody.Get(msg.Props)); err != nil {
		return nil, err
	}
	return r, nil
}

// envelope reads the text of a report: a field a line, and of a recipient's the
// address before ", Expanded: " or ", Forwarded: ".
func (r *journalReport) envelope(text string) error {
	seen, begun := map[string]bool{}, false
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(name) {
		case "sender":
			if begun || !ok {
				return fmt.Errorf("%w: two senders", errNoReport)
			}
			begun = true
			if value = strings.Trim(value, "<>"); value != "" && !addressOK(value) {
				return fmt.Errorf("%w: its sender %q is no address", errNoReport, value)
			}
			r.from = value
		case "to", "cc", "bcc", "recipient":
			address, _, _ := strings.Cut(value, ", ")
			address = strings.Trim(address, "<>")
			key := strings.ToLower(address)
			if !ok || seen[key] {
				continue
			}
			seen[key] = true
			if addressOK(address) {
				r.recipients = append(r.recipients, address)
			} else {
				r.odd = append(r.odd, address)
			}
		}
	}
	if !begun || len(seen) == 0 {
		return fmt.Errorf("%w: its text names no sender or no recipients", errNoReport)
	}
	return nil
}

// addressOK tells whether a text is one plain address.
func addressOK(s string) bool {
	a, err := mail.ParseAddress("<" + s + ">")
	return err == nil && a.Address == s
}
