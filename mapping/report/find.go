package report

import "strings"

// FindDelivery reads delivery status that stands in a text meant for people,
// as some hosts write it and as what is left of a report whose parts are
// broken. It begins at the field Reporting-MTA and ends with the last of the
// groups about recipients that follow one another, so that the original's
// header below takes no part in it. Group and field limits are those of
// [ParseDelivery]. RFC 3464 2
func FindDelivery(text string) (d Delivery, ok bool) {
	const first = "reporting-mta:"
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for rest := text; ; {
		if len(rest) >= len(first) && strings.EqualFold(rest[:len(first)], first) {
			text = rest
			break
		}
		_, after, more := strings.Cut(rest, "\n")
		if !more {
			return Delivery{}, false
		}
		rest = after
	}
	end := strings.Index(text, "\n--") // the next part
	if end < 0 {
		end = len(text)
	}
	for i, fs := range groups([]byte(text[:end])) {
		about := isAboutRecipient(fs)
		if i == 0 && !about {
			d.Message = fs
			continue
		}
		if !about {
			break
		}
		d.add(fs)
	}
	return d, len(d.Recipients) > 0
}

// isAboutRecipient tells whether a group names a recipient before any field
// that only a message's header has.
func isAboutRecipient(fs Fields) bool {
	return fs.Get("Return-Path") == "" && fs.Get("Received") == "" && (fs.address("Final-Recipient") != "" || fs.address("Original-Recipient") != "")
}
