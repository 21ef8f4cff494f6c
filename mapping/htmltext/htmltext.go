// Package htmltext gives the text that HTML says, for readers who show text
// only: the plain alternative of a message whose body is HTML. [MS-OXCMAIL] 2.1.3.3
package htmltext

import (
	"io"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Text reads HTML in UTF-8 and gives its text with CRLF line ends: blocks on
// lines of their own, lists with their marks, quotations with ">", links with
// their targets. What would be longer than limit bytes is cut off.
func Text(r io.Reader, limit int) string {
	w := writer{limit: limit}
	z := html.NewTokenizer(r)
	z.SetMaxBuf(1 << 20)
	for w.b.Len() < limit {
		switch z.Next() {
		case html.ErrorToken: // the end, or a token that is too long
			return w.finish()
		case html.TextToken:
			w.text(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			w.start(z)
		case html.EndTagToken:
			name, _ := z.TagName()
			w.end(atom.Lookup(name))
		}
	}
	return w.finish()
}

// writer builds the text.
type writer struct {
	b     strings.Builder
	limit int
	// silent counts open elements whose content is no text, pre those whose white space counts.
	silent, pre int
	quotes      int
	lists       []int // of each open list the next number, -1 for marks
	links       []link
	space       bool // white space is due before the next word
	lines       int  // line ends at the end of what was written
	begun       bool // something stands on the line, if only its quote marks
}

// link is an open hyperlink.
type link struct {
	target string
	from   int // where its text begins
}

// silentElements have content that nobody reads.
func silent(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Head, atom.Title, atom.Noscript, atom.Template, atom.Object, atom.Svg, atom.Select:
		return true
	}
	return false
}

// blocks stand on lines of their own; the number is how many line ends they want around them.
func block(a atom.Atom) int {
	switch a {
	case atom.P, atom.Blockquote, atom.Ul, atom.Ol, atom.Dl, atom.Pre, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Table:
		return 2
	case atom.Div, atom.Li, atom.Tr, atom.Dt, atom.Dd, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Address, atom.Center, atom.Form, atom.Figure, atom.Caption:
		return 1
	}
	return 0
}

func (w *writer) start(z *html.Tokenizer) {
	name, more := z.TagName()
	a := atom.Lookup(name)
	switch {
	case a == atom.Body:
		w.silent = 0 // a head that was never closed
	case silent(a):
		w.silent++
		return
	case w.silent > 0:
		return
	}
	n := block(a)
	if len(w.lists) > 0 && (a == atom.Ul || a == atom.Ol) {
		n = 1
	}
	w.breakTo(n)
	switch a {
	case atom.Br:
		w.newline()
	case atom.Hr:
		w.breakTo(1)
		w.word(strings.Repeat("-", 40))
		w.breakTo(1)
	case atom.Blockquote:
		w.quotes = min(w.quotes+1, 50)
	case atom.Pre:
		w.pre++
	case atom.Ul, atom.Ol:
		first := -1
		if a == atom.Ol {
			first = 1
		}
		if len(w.lists) < 50 {
			w.lists = append(w.lists, first)
		}
	case atom.Li:
		w.item()
	case atom.Td, atom.Th:
		if w.begun {
			w.raw("\t")
			w.space = false
		}
	case atom.A:
		w.links = append(w.links, link{attribute(z, more, "href"), w.b.Len()})
	case atom.Img:
		if alt := strings.TrimSpace(attribute(z, more, "alt")); alt != "" {
			w.text("[" + alt + "]")
		}
	}
}

// attribute gives the value of an attribute of the tag just read.
func attribute(z *html.Tokenizer, more bool, name string) string {
	for more {
		var k, v []byte
		k, v, more = z.TagAttr()
		if string(k) == name {
			return string(v)
		}
	}
	return ""
}

// item writes a list item's mark.
func (w *writer) item() {
	mark := "* "
	if n := len(w.lists); n > 0 && w.lists[n-1] > 0 {
		mark = strconv.Itoa(w.lists[n-1]) + ". "
		w.lists[n-1]++
	}
	w.raw(strings.Repeat("  ", max(len(w.lists)-1, 0)) + mark)
	w.space = false
}

func (w *writer) end(a atom.Atom) {
	switch {
	case silent(a):
		w.silent = max(w.silent-1, 0)
		return
	case w.silent > 0:
		return
	}
	switch a {
	case atom.Pre:
		w.pre = max(w.pre-1, 0)
	case atom.Ul, atom.Ol:
		if n := len(w.lists); n > 0 {
			w.lists = w.lists[:n-1]
		}
	case atom.A:
		w.endLink()
	}
	n := block(a)
	if len(w.lists) > 0 && n > 1 {
		n = 1
	}
	if a == atom.Blockquote {
		w.breakTo(1)
		w.quotes = max(w.quotes-1, 0)
	}
	w.breakTo(n)
}

// endLink writes a link's target where its text does not say it.
func (w *writer) endLink() {
	n := len(w.links)
	if n == 0 {
		return
	}
	l := w.links[n-1]
	w.links = w.links[:n-1]
	said := strings.TrimSpace(w.b.String()[min(l.from, w.b.Len()):])
	target := strings.TrimPrefix(l.target, "mailto:")
	if l.target == "" || strings.HasPrefix(l.target, "#") || strings.HasPrefix(strings.ToLower(l.target), "javascript:") || strings.Contains(said, target) || strings.TrimRight(target, "/") == said {
		return
	}
	w.space = w.space || said != ""
	w.word("<" + l.target + ">")
}

// text writes words with single spaces between them, or lines as they are within pre.
func (w *writer) text(s string) {
	if w.silent > 0 {
		return
	}
	if w.pre > 0 {
		for i, line := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
			if i > 0 {
				w.newline()
			}
			if line != "" {
				w.raw(line)
			}
		}
		return
	}
	for len(s) > 0 {
		i := strings.IndexAny(s, " \t\r\n\f")
		if i < 0 {
			w.word(s)
			return
		}
		if i > 0 {
			w.word(s[:i])
		}
		w.space = true
		s = s[i+1:]
	}
}

// word writes a word after the white space that is due.
func (w *writer) word(s string) {
	if w.space && w.begun {
		w.raw(" ")
	}
	w.space = false
	w.raw(strings.ReplaceAll(s, "\u00a0", " "))
}

// raw writes text on the line, which its quote marks open.
func (w *writer) raw(s string) {
	if !w.begun && w.quotes > 0 {
		w.b.WriteString(strings.Repeat(">", w.quotes) + " ")
	}
	w.begun, w.lines = true, 0
	w.b.WriteString(s)
}

func (w *writer) newline() {
	if !w.begun && w.quotes > 0 {
		w.b.WriteString(strings.Repeat(">", w.quotes))
	}
	w.b.WriteString("\r\n")
	w.lines++
	w.begun, w.space = false, false
}

// breakTo ends the line and leaves n-1 empty ones; nothing at the very beginning.
func (w *writer) breakTo(n int) {
	if n == 0 || w.b.Len() == 0 {
		return
	}
	for w.begun || w.lines < n {
		w.newline()
	}
}

// finish gives the text, ended by one line end.
func (w *writer) finish() string {
	s := w.b.String()
	if len(s) > w.limit {
		s = strings.ToValidUTF8(s[:w.limit], "")
	}
	s = strings.TrimRight(s, " \r\n\t")
	if s == "" {
		return ""
	}
	return s + "\r\n"
}
