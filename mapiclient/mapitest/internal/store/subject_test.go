package store

import (
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// TestSubjectPrefix checks what is a prefix. [MS-OXCMSG] 3.2.5.2
func TestSubjectPrefix(t *testing.T) {
	for subject, want := range map[string]string{
		"Re: hello": "Re: ", "FWD: x": "FWD: ", "答复: x": "答复: ", "R: x": "R: ", "": "", "hello": "", "Re:x": "", "Re:": "",
		"Note: x": "", "R2: x": "", "R e: x": "", ": x": "", "Re: ": "Re: ",
	} {
		if got := subjectPrefix(subject); got != want {
			t.Errorf("prefix of %q is %q, want %q", subject, got, want)
		}
	}
}

// TestSetSubject sets the three properties in every order.
func TestSetSubject(t *testing.T) {
	subject, prefix, normalized := mapi.PidTagSubject, mapi.PidTagSubjectPrefix, mapi.PidTagNormalizedSubject
	tests := []struct {
		set                         mapi.Props
		subject, prefix, normalized string
	}{
		{mapi.Props{subject.Of("Re: a")}, "Re: a", "Re: ", "a"},
		{mapi.Props{subject.Of("Re: a"), prefix.Of("")}, "Re: a", "", "Re: a"},
		{mapi.Props{prefix.Of(""), subject.Of("Re: a")}, "Re: a", "Re: ", "a"},
		{mapi.Props{prefix.Of("Antwort: "), subject.Of("Antwort: a")}, "Antwort: a", "Antwort: ", "a"},
		{mapi.Props{prefix.Of("Re: "), normalized.Of("a")}, "Re: a", "Re: ", "a"},
		{mapi.Props{normalized.Of("a"), prefix.Of("Re: ")}, "Re: a", "Re: ", "a"},
		{mapi.Props{subject.Of("Re: a"), normalized.Of("b")}, "Re: b", "Re: ", "b"},
		{mapi.Props{subject.Of("Re: a"), subject.Of("b")}, "b", "", "b"},
		{mapi.Props{subject.Of("b"), subject.Of("Re: a")}, "Re: a", "Re: ", "a"},
		{mapi.Props{prefix.Of(""), normalized.Of("Re: a"), subject.Of("Re: a")}, "Re: a", "", "Re: a"},
	}
	for _, test := range tests {
		var ps mapi.Props
		for _, p := range test.set {
			setSubject(&ps, p.Tag.ID(), p.Value.(string))
		}
		if s, p, n := subject.Get(ps), prefix.Get(ps), normalized.Get(ps); s != test.subject || p != test.prefix || n != test.normalized {
			t.Errorf("%v: %q, %q, %q", test.set, s, p, n)
		}
	}
}
