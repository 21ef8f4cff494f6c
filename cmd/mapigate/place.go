package main

import "strings"

// A place says where something is: ADDRESS/FOLDER/ID. Without an address it is
// the one mailbox in question.
type place struct{ mailbox, folder, id string }

// parsePlace reads the place of a folder or, with an id, of a message. The
// first part is a mailbox when it has an @ or is the demo's internet.
func parsePlace(s string, withID bool) place {
	var p place
	first, rest, _ := strings.Cut(s, "/")
	if strings.Contains(first, "@") || first == internetName {
		p.mailbox, s = first, rest
	}
	if !withID {
		p.folder = strings.Trim(s, "/")
		return p
	}
	if i := strings.LastIndexByte(s, '/'); i >= 0 {
		p.folder, p.id = strings.Trim(s[:i], "/"), s[i+1:]
	} else {
		p.folder, p.id = "Inbox", s
	}
	return p
}

func placeOf(mailbox, folder, id string) string {
	if mailbox == "" {
		return folder + "/" + id
	}
	return mailbox + "/" + folder + "/" + id
}

// internetName is the place of mail that left the demo for other domains.
const internetName = "internet"

// isMessageID tells a Message-ID, <left@right>, from a place.
func isMessageID(s string) bool {
	return strings.HasPrefix(s, "<") && strings.HasSuffix(s, ">")
}
