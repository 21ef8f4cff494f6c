package rtf

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// A sink takes what a document shows.
type sink interface {
	// text takes characters in the reader's current format.
	text(s string)
	// end takes the end of something.
	end(b ending)
	// item takes the bullet or number before a paragraph.
	item(label string)
	// tag takes a fragment of the original HTML.
	tag(s string)
	// close takes the end of the document.
	close()
}

// An ending is what ends in the text.
type ending uint8

const (
	endLine ending = iota
	endParagraph
	endCell
	endRow
	endTab
)

// A reader follows a document's tokens and keeps the state they set.
type reader struct {
	lex  lexer
	sink sink

	state groupState
	stack []groupState
	over  int // groups beyond maxGroups that are open

	codepage uint32 // \ansicpg
	fallback uint32 // for documents without
	deffont  int
	fonts    map[int]font
	colors   []color
	lists    lists
	decoders decoders

	pending   []byte // bytes not decoded yet
	surrogate rune   // first half of a pair
	skip      int    // bytes left that stand for the last \u

	fontNow     int // the font table's current entry
	colorNow    color
	instruction []byte // \fldinst
	listText    []byte // \listtext

	pictures int

	// lastControl is where the last backslash is.
	lastControl int
}

// A color is one entry of the color table.
type color struct{ r, g, b uint8 }

func newReader(doc []byte, opts Options) *reader {
	r := &reader{
		lex: lexer{doc: doc}, lastControl: bytes.LastIndexByte(doc, '\\'), fonts: map[int]font{}, decoders: decoders{}, fallback: opts.CodePage,
		state: groupState{uc: 1, char: charFormat{size: defaultSize}},
	}
	if r.fallback == 0 {
		r.fallback = 1252
	}
	return r
}

// run reads the whole document.
func (r *reader) run() {
	for {
		t := r.lex.next()
		if t.kind == tokenEOF {
			break
		}
		r.token(t)
	}
	r.flush()
	r.sink.close()
}

func (r *reader) token(t token) {
	switch t.kind {
	case tokenOpen:
		r.open()
	case tokenClose:
		r.close()
	case tokenText:
		r.bytes(t.text)
	case tokenByte:
		r.byte(t.char)
	case tokenWord, tokenSymbol:
		if r.skip > 0 && standsForUnicode(t) {
			r.skip--
			return
		}
		r.skip = 0
		if t.kind == tokenWord {
			r.word(t)
		} else {
			r.symbol(t.char)
		}
	case tokenBinary:
		r.skip = max(r.skip-1, 0)
	}
}

// standsForUnicode tells control words and symbols that show one character and
// so may stand for the \u before them.
func standsForUnicode(t token) bool {
	if t.kind == tokenSymbol {
		return t.char != '*' && t.char != '\r' && t.char != '\n'
	}
	_, ok := characters[string(t.word)]
	return ok
}

func (r *reader) open() {
	r.flush()
	r.skip = 0
	if len(r.stack) >= maxGroups {
		r.over++
		return
	}
	r.stack = append(r.stack, r.state)
	r.state.starred = false
}

func (r *reader) close() {
	r.flush()
	r.skip = 0
	if r.over > 0 {
		r.over--
		return
	}
	if len(r.stack) == 0 {
		return
	}
	left := r.state
	r.state = r.stack[len(r.stack)-1]
	r.stack = r.stack[:len(r.stack)-1]
	if left.dest != r.state.dest {
		r.leave(left)
	}
	// Padding behind the document is not text; a document may have braces too many, though.
	if len(r.stack) == 0 && r.lex.at > r.lastControl {
		r.lex.at = len(r.lex.doc)
	}
}

// leave ends a destination's group; the state is the enclosing group's again.
func (r *reader) leave(left groupState) {
	switch left.dest {
	case toFieldInstruction:
		r.state.link = hyperlink(r.decoders.text(r.instruction, r.documentPage()))
		r.instruction = nil
	case toListText:
		r.sink.item(r.decode(r.listText, left.char.font))
	}
}

// bytes takes text, less what only stands for the last \u.
func (r *reader) bytes(b []byte) {
	n := min(r.skip, len(b))
	r.skip -= n
	if b = b[n:]; len(b) > 0 {
		r.take(b)
	}
}

func (r *reader) byte(c byte) {
	if r.skip > 0 {
		r.skip--
		return
	}
	r.take([]byte{c})
}

// maxInstruction is how much of a field's instruction or a list's text is kept.
const maxInstruction = 8192

// take gives bytes to the current destination.
func (r *reader) take(b []byte) {
	r.state.starred = false
	switch r.state.dest {
	case toBody, toHTMLTag:
		r.unpair()
		r.pending = append(r.pending, b...)
	case toFontTable:
		r.fontName(b)
	case toColorTable:
		r.colorEntries(b)
	case toFieldInstruction:
		r.instruction = append(r.instruction, b[:min(len(b), maxInstruction-min(len(r.instruction), maxInstruction))]...)
	case toListText:
		r.listText = append(r.listText, b[:min(len(b), maxInstruction-min(len(r.listText), maxInstruction))]...)
	}
}

// flush decodes pending bytes in the current code page.
func (r *reader) flush() {
	r.unpair()
	if len(r.pending) == 0 {
		return
	}
	b := r.pending
	r.pending = r.pending[:0]
	if r.state.dest == toHTMLTag {
		r.emit(r.decoders.text(b, r.documentPage()))
	} else {
		r.emit(r.decode(b, r.state.char.font))
	}
}

// decode gives the text of bytes in a font.
func (r *reader) decode(b []byte, number int) string {
	f := r.fonts[number]
	switch {
	case f.symbol && r.wantsSymbols():
		return symbolText(b, f.name)
	case f.codepage != 0:
		return r.decoders.text(b, f.codepage)
	}
	return r.decoders.text(b, r.documentPage())
}

// wantsSymbols tells whether symbol fonts' places become characters; the
// original HTML names the font itself.
func (r *reader) wantsSymbols() bool {
	_, original := r.sink.(*htmlOriginal)
	return !original
}

func (r *reader) documentPage() uint32 {
	if r.codepage != 0 {
		return r.codepage
	}
	return r.fallback
}

// rune takes one character that has a word or symbol of its own.
func (r *reader) rune(c rune) {
	r.state.starred = false
	switch r.state.dest {
	case toBody, toHTMLTag:
		r.flush()
		r.emit(string(c))
	case toFieldInstruction, toListText:
		r.take(utf8.AppendRune(nil, c))
	}
}

// unicode takes the number behind \u, which is a signed UTF-16 unit.
func (r *reader) unicode(n int) {
	c := rune(uint16(n))
	if n > 0xFFFF && n <= utf8.MaxRune {
		c = rune(n)
	}
	r.skip = r.state.uc
	if r.state.dest != toBody && r.state.dest != toHTMLTag {
		r.rune(c)
		return
	}
	if utf16.IsSurrogate(c) {
		if pair := utf16.DecodeRune(r.surrogate, c); pair != utf8.RuneError {
			r.surrogate = 0
			r.rune(pair)
			return
		}
		r.flush()
		r.surrogate = c
		return
	}
	if c >= 0xF020 && c <= 0xF0FF && r.wantsSymbols() { // a place of a symbol font
		r.flush()
		r.emit(symbolText([]byte{byte(c)}, r.fonts[r.state.char.font].name))
		return
	}
	if c != 0 {
		r.rune(c)
	}
}

// unpair gives up waiting for the second half of a pair.
func (r *reader) unpair() {
	if r.surrogate != 0 {
		r.surrogate = 0
		r.emit("\uFFFD")
	}
}

// emit gives decoded text to the sink.
func (r *reader) emit(s string) {
	switch {
	case r.state.dest == toHTMLTag:
		r.sink.tag(s)
	case r.state.dest == toBody && !r.state.char.hidden:
		r.sink.text(s)
	}
}

// ended gives the end of something to the sink.
func (r *reader) ended(e ending) {
	r.flush()
	switch r.state.dest {
	case toBody:
		r.sink.end(e)
	case toHTMLTag:
		if e == endTab {
			r.sink.tag("\t")
		} else {
			r.sink.tag("\n")
		}
	case toFieldInstruction, toListText:
		r.take([]byte(" "))
	}
}
