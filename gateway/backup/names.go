package backup

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxFolderName is how long a part of a path may be, in bytes: file systems
	// take 255, Windows 260 of a whole path.
	maxFolderName = 80
	// maxSubject is how much of a subject stands in the name of a file, in bytes.
	maxSubject = 48
)

// Names that stand for something else in a folder of ours.
const (
	stateFolder = ".mapigate"
	mboxName    = "messages.mbox"
)

// cleanName makes a part of a path of what a stranger wrote: it names a file
// on every file system, hides nothing, leads nowhere and steers no terminal.
func cleanName(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, strings.ContainsRune(`/\:*?"<>|`, r):
			return '_'
		case r == ' ', unicode.IsPrint(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return '_'
	}, norm.NFC.String(s))
	s = strings.Join(strings.Fields(s), " ")
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "-") {
		s = "_" + s[1:]
	}
	s = strings.TrimRight(cut(s, most), ". ")
	if s == "" {
		return "_"
	}
	if isReserved(s) {
		s += "_"
	}
	return s
}

// cut shortens a string at the boundary of a character.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// isReserved tells whether a name means something to Windows, to Maildir or to us.
func isReserved(s string) bool {
	s = strings.ToLower(s)
	switch s {
	case "cur", "new", "tmp", mboxName:
		return true
	}
	device, _, _ := strings.Cut(s, ".")
	switch device {
	case "con", "prn", "aux", "nul", "conin$", "conout$":
		return true
	}
	return len(device) == 4 && (strings.HasPrefix(device, "com") || strings.HasPrefix(device, "lpt")) && device[3] >= '0' && device[3] <= '9'
}

// fold gives what two names have in common that some file systems take for one.
func fold(name string) string { return strings.ToLower(norm.NFC.String(name)) }

// numbered gives a name that is not taken: the name, or the name and a number.
func numbered(name string, taken func(string) bool) string {
	for n, try := 2, name; ; n++ {
		if !taken(try) {
			return try
		}
		try = fmt.Sprintf("%s (%d)", name, n)
	}
}

// shortKey is the part of a source key that tells the messages of one folder
// apart: the counter, and two bytes of the replica.
func shortKey(key string) string {
	if len(key) != 44 {
		return key
	}
	return strings.TrimLeft(key[32:43], "0") + key[43:] + "-" + key[:4]
}

// stampLayout is how names of files tell when a message came, in UTC.
const stampLayout = "20060102T150405Z"

// fileName names the file of a message: when it came, what it is about, which it is.
func fileName(t time.Time, subject, key, ext string) string {
	stamp := "00000000T000000Z"
	if !t.IsZero() {
		stamp = t.UTC().Format(stampLayout)
	}
	if subject = cleanName(subject, maxSubject); subject == "_" {
		return stamp + "_" + shortKey(key) + ext
	}
	return stamp + "_" + strings.ReplaceAll(subject, " ", "-") + "_" + shortKey(key) + ext
}
