package rtf

import "strings"

// textView is the sink that shows a document as plain text.
type textView struct {
	r    *reader
	out  output
	link string // hyperlink that is open
	from int    // where its text began
}

func (v *textView) tag(string) {}

func (v *textView) text(s string) {
	v.follow()
	s = strings.ReplaceAll(s, "\u00AD", "") // an optional hyphen shows only where a line breaks
	if v.r.state.char.caps {
		s = strings.ToUpper(s)
	}
	v.out.put(s)
}

// follow notices where hyperlinks begin and end: the target stands behind the
// text that does not name it.
func (v *textView) follow() {
	link := v.r.state.link
	if link == v.link {
		return
	}
	if v.link != "" {
		shown := strings.TrimSpace(v.out.String()[v.from:])
		if target := strings.TrimPrefix(v.link, "mailto:"); shown != v.link && shown != target && !strings.HasPrefix(v.link, "#") {
			v.out.put(" <" + v.link + "> ")
		}
	}
	v.link, v.from = link, v.out.Len()
}

func (v *textView) end(e ending) {
	v.follow()
	switch e {
	case endTab:
		v.out.put("\t")
	case endCell:
		v.out.put("\t")
	case endRow:
		v.out.put("\n")
	default:
		v.out.put("\n")
	}
}

func (v *textView) item(label string) { v.out.put(strings.TrimSpace(label) + "\t") }

func (v *textView) close() { v.follow() }
