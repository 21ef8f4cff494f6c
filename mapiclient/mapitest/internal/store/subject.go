package store

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// setSubject keeps PidTagSubject, its prefix and its normalized rest in step,
// whichever of them is set. [MS-OXCMSG] 3.2.5.2, 2.2.1.9, 2.2.1.10
func setSubject(ps *mapi.Props, id mapi.PropID, value string) {
	prefix, normalized := mapi.PidTagSubjectPrefix.Get(*ps), mapi.PidTagNormalizedSubject.Get(*ps)
	switch id {
	case idOf(mapi.PidTagSubject):
		if fits := strings.HasPrefix(value, prefix); !fits || prefix == "" && value != normalized {
			prefix = subjectPrefix(value)
		}
		ps.Set(mapi.PidTagSubject.Of(value))
		ps.Set(mapi.PidTagSubjectPrefix.Of(prefix))
		ps.Set(mapi.PidTagNormalizedSubject.Of(value[len(prefix):]))
	case idOf(mapi.PidTagSubjectPrefix):
		subject, whole := mapi.PidTagSubject.From(*ps)
		ps.Set(mapi.PidTagSubjectPrefix.Of(value))
		if whole && strings.HasPrefix(subject, value) {
			ps.Set(mapi.PidTagNormalizedSubject.Of(subject[len(value):]))
		} else {
			ps.Set(mapi.PidTagSubject.Of(value + normalized))
		}
	case idOf(mapi.PidTagNormalizedSubject):
		ps.Set(mapi.PidTagNormalizedSubject.Of(value))
		ps.Set(mapi.PidTagSubject.Of(prefix + value))
	}
}

// wholeSubject makes a subject of its two parts, if they are there.
func wholeSubject(ps mapi.Props) (any, bool) {
	normalized, ok := mapi.PidTagNormalizedSubject.From(ps)
	return mapi.PidTagSubjectPrefix.Get(ps) + normalized, ok
}

// isSubject tells whether the id is one of the three.
func isSubject(id mapi.PropID) bool {
	return id == idOf(mapi.PidTagSubject) || id == idOf(mapi.PidTagSubjectPrefix) || id == idOf(mapi.PidTagNormalizedSubject)
}

// subjectPrefix finds one to three characters that are no digits, a colon and
// a space at the beginning of a subject. [MS-OXCMSG] 3.2.5.2
func subjectPrefix(subject string) string {
	rest := subject
	for n := 0; n <= 3; n++ {
		r, size := utf8.DecodeRuneInString(rest)
		if n > 0 && strings.HasPrefix(rest, ": ") {
			return subject[:len(subject)-len(rest)+2]
		}
		if size == 0 || unicode.IsDigit(r) || unicode.IsSpace(r) || r == ':' {
			return ""
		}
		rest = rest[size:]
	}
	return ""
}
