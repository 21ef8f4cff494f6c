package browse

import (
	"fmt"
	"strconv"
	"strings"
)

// A Place says where something is: ADDRESS/FOLDER/ID. Without an address it is
// the one mailbox in question.
type Place struct{ Mailbox, Folder, ID string }

// ParsePlace reads the place of a folder or, with an id, of a message. The
// first part is a mailbox when it has an @ or is the demo's internet.
func ParsePlace(s string, withID bool) Place {
	var p Place
	first, rest, _ := strings.Cut(s, "/")
	if strings.Contains(first, "@") || first == Internet {
		p.Mailbox, s = first, rest
	}
	if !withID {
		p.Folder = strings.Trim(s, "/")
		return p
	}
	if i := strings.LastIndexByte(s, '/'); i >= 0 {
		p.Folder, p.ID = strings.Trim(s[:i], "/"), s[i+1:]
	} else {
		p.Folder, p.ID = "Inbox", s
	}
	return p
}

func placeOf(mailbox, folder, id string) string {
	if mailbox == "" {
		return folder + "/" + id
	}
	return mailbox + "/" + folder + "/" + id
}

// folderPath gives the path of a folder by its names, from the top down. Users may call
// folders what they like: what would read as something else stands as %XX, as in URLs.
func folderPath(names []string) string {
	parts := make([]string, len(names))
	for i, name := range names {
		var b strings.Builder
		for j := range len(name) {
			switch c := name[j]; {
			case c == '/', c == '@' && i == 0, c == '%' && isEscape(name[j:]), i == 0 && j == 0 && name == Internet:
				fmt.Fprintf(&b, "%%%02X", c)
			default:
				b.WriteByte(c)
			}
		}
		parts[i] = b.String()
	}
	return strings.Join(parts, "/")
}

// FolderNames is the opposite of folderPath; it gives one name at least.
func FolderNames(path string) []string {
	names := strings.Split(strings.Trim(path, "/"), "/")
	for i, part := range names {
		var b strings.Builder
		for j := 0; j < len(part); j++ {
			if c, err := strconv.ParseUint(part[j+1:min(j+3, len(part))], 16, 8); err == nil && isEscape(part[j:]) {
				b.WriteByte(byte(c))
				j += 2
				continue
			}
			b.WriteByte(part[j])
		}
		names[i] = b.String()
	}
	return names
}

// isEscape tells whether a text begins with %XX.
func isEscape(s string) bool {
	const digits = "0123456789abcdefABCDEF"
	return len(s) >= 3 && s[0] == '%' && strings.IndexByte(digits, s[1]) >= 0 && strings.IndexByte(digits, s[2]) >= 0
}

// Internet is the place of mail that left the demo for other domains.
const Internet = "internet"

// IsMessageID tells a Message-ID, <left@right>, from a place.
func IsMessageID(s string) bool {
	return strings.HasPrefix(s, "<") && strings.HasSuffix(s, ">")
}
