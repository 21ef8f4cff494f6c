package report

import "strings"

// A Disposition is the content of a message/disposition-notification. RFC 8098 3
type Disposition struct{ Fields }

// ParseDisposition reads a disposition notification; ok is false when it names no disposition.
func ParseDisposition(b []byte) (d Disposition, ok bool) {
	for _, fs := range groups(b) {
		d.Fields = append(d.Fields, fs...)
	}
	return d, d.Get("Disposition") != ""
}

// Modes are what stands before the semicolon: "manual-action/MDN-sent-manually".
func (d Disposition) Modes() string {
	modes, _, _ := strings.Cut(d.Get("Disposition"), ";")
	return strings.TrimSpace(modes)
}

// Type is what became of the message in lower case, "displayed" or "deleted"
// mostly, with its modifiers.
func (d Disposition) Type() string {
	_, t, ok := strings.Cut(d.Get("Disposition"), ";")
	if !ok {
		t = d.Get("Disposition")
	}
	return strings.ToLower(strings.TrimSpace(t))
}

// Read tells whether the message was shown to its recipient. RFC 8098 3.2.6.2
func (d Disposition) Read() bool {
	t, _, _ := strings.Cut(d.Type(), "/")
	switch strings.TrimSpace(t) {
	case "displayed", "dispatched", "processed":
		return true
	}
	return false
}

// Address is the recipient who reports.
func (d Disposition) Address() string {
	if a := d.address("Final-Recipient"); a != "" {
		return a
	}
	return d.address("Original-Recipient")
}

// Bytes writes the notification with CRLF.
func (d Disposition) Bytes() []byte { return appendFields(nil, d.Fields) }
