package rtf

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"unicode"
)

// htmlView is the sink that shows a document as HTML.
type htmlView struct {
	r     *reader
	out   output
	para  strings.Builder // the current paragraph's content
	run   strings.Builder // text in one format
	look  look            // the format of run
	base  *look           // the format of the first text, which the body has
	blank bool            // run ends in a space
	label string          // the paragraph's bullet or number
	table tableState
	items []listState
}

// A look is everything that decides the markup of a run.
type look struct {
	char charFormat
	link string
}

// tableState tells what is open of a table.
type tableState uint8

const (
	noTable tableState = iota
	inTable
	inRow
	inCell
)

// A listState is one level of the lists that are open. Its last item is open too.
type listState struct{ element string }

func (v *htmlView) tag(string) {}

func (v *htmlView) text(s string) {
	now := look{v.r.state.char, v.r.state.link}
	if now != v.look {
		v.endRun()
		v.look = now
	}
	if v.base == nil && strings.TrimSpace(s) != "" {
		base := now
		v.base = &base
	}
	if now.char.caps {
		s = strings.ToUpper(s)
	}
	v.escape(s)
	if v.run.Len() > v.out.limit {
		v.endRun()
	}
}

// escape adds text to the run; of several spaces all but the last do not break.
func (v *htmlView) escape(s string) {
	for i, c := range s {
		switch {
		case c == ' ' && (v.blank || v.run.Len() == 0 && v.para.Len() == 0 || i+1 < len(s) && s[i+1] == ' '):
			v.run.WriteString("&nbsp;")
			v.blank = false
			continue
		case c == '&':
			v.run.WriteString("&amp;")
		case c == '<':
			v.run.WriteString("&lt;")
		case c == '>':
			v.run.WriteString("&gt;")
		case c == '\u00A0':
			v.run.WriteString("&nbsp;")
		case c == '\u00AD':
			v.run.WriteString("&shy;")
		case unicode.IsControl(c):
			v.run.WriteByte(' ')
		default:
			v.run.WriteRune(c)
		}
		v.blank = c == ' '
	}
}

// endRun moves the run with its markup into the paragraph.
func (v *htmlView) endRun() {
	if v.run.Len() == 0 {
		return
	}
	before, after := v.markup()
	if v.out.Len()+v.para.Len()+v.run.Len() <= v.out.limit {
		v.para.WriteString(before + v.run.String() + after)
	} else {
		v.out.full = true
	}
	v.run.Reset()
}

// markup gives the tags around a run.
func (v *htmlView) markup() (before, after string) {
	wrap := func(on bool, element, attributes string) {
		if on {
			before += "<" + element + attributes + ">"
			after = "</" + element + ">" + after
		}
	}
	c := v.look.char
	if href := safeLink(v.look.link); href != "" {
		wrap(true, "a", ` href="`+html.EscapeString(href)+`"`)
	}
	style := v.style(c)
	wrap(style != "", "span", ` style="`+style+`"`)
	wrap(c.bold, "b", "")
	wrap(c.italic, "i", "")
	wrap(c.underline && v.look.link == "", "u", "")
	wrap(c.strike, "s", "")
	wrap(c.script > 0, "sup", "")
	wrap(c.script < 0, "sub", "")
	return before, after
}

// style gives the CSS that tells a run from the body.
func (v *htmlView) style(c charFormat) string {
	var css []string
	if v.base != nil {
		if c.font != v.base.char.font {
			css = append(css, v.fontCSS(c.font)...)
		}
		if c.size != v.base.char.size {
			css = append(css, sizeCSS(c.size))
		}
	}
	if hex, ok := v.color(c.color); ok && v.look.link == "" {
		css = append(css, "color:"+hex)
	}
	if hex, ok := v.color(c.back); ok {
		css = append(css, "background-color:"+hex)
	}
	return strings.Join(css, ";")
}

func sizeCSS(halfPoints int) string {
	return "font-size:" + strconv.FormatFloat(float64(halfPoints)/2, 'f', -1, 64) + "pt"
}

func (v *htmlView) fontCSS(n int) []string {
	f, ok := v.r.fonts[n]
	name := strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) || c == ' ' || c == '-' {
			return c
		}
		return -1
	}, f.name)
	if !ok || name == "" || f.symbol { // a symbol font's text has become characters
		return nil
	}
	if f.family != "" {
		return []string{fmt.Sprintf("font-family:'%s',%s", name, f.family)}
	}
	return []string{fmt.Sprintf("font-family:'%s'", name)}
}

// color gives an entry of the color table; entry 0 is automatic.
func (v *htmlView) color(n int) (string, bool) {
	if n <= 0 || n >= len(v.r.colors) {
		return "", false
	}
	c := v.r.colors[n]
	return fmt.Sprintf("#%02x%02x%02x", c.r, c.g, c.b), true
}

// safeLink gives a hyperlink's target unless it is a script.
func safeLink(target string) string {
	target = strings.TrimSpace(target)
	scheme, _, found := strings.Cut(target, ":")
	if found && !strings.ContainsAny(scheme, "/#?") {
		switch strings.ToLower(scheme) {
		case "http", "https", "mailto", "ftp", "file", "tel", "sip", "sips", "news", "cid", "onenote", "outlook", "callto", "im", "xmpp":
		default:
			return ""
		}
	}
	return target
}

func (v *htmlView) end(e ending) {
	switch e {
	case endTab:
		v.endRun()
		v.para.WriteString("&nbsp;&nbsp;&nbsp; ")
	case endLine:
		v.endRun()
		v.para.WriteString("<br>\n")
	case endParagraph:
		v.paragraph()
	case endCell:
		v.cell()
	case endRow:
		v.endRow()
	}
	v.blank = false
}

func (v *htmlView) item(label string) { v.label = strings.TrimSpace(label) }

// close ends everything that is open and puts the head in front.
func (v *htmlView) close() {
	if v.endRun(); v.para.Len() > 0 {
		v.paragraph()
	}
	v.endLists(0)
	v.endTable()
	style := ""
	if v.base != nil {
		style = strings.Join(append(v.fontCSS(v.base.char.font), sizeCSS(v.base.char.size)), ";")
	}
	body := v.out.String()
	v.out.Reset()
	v.out.WriteString("<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\n</head>\n<body")
	if style != "" {
		v.out.WriteString(` style="` + style + `"`)
	}
	v.out.WriteString(">\n" + body + "</body>\n</html>\n")
}
