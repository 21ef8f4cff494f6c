package rtf

import (
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapping/loss"
)

// ErrNotRTF says that a document does not begin as RTF does.
var ErrNotRTF = errors.New("not RTF")

// A Kind is what an RTF document was made of.
type Kind int

// Kinds. [MS-OXRTFEX] 2.1.2
const (
	// Native is rich text that a person or program wrote as such.
	Native Kind = iota
	// EncapsulatedText is plain text wrapped into RTF (\fromtext).
	EncapsulatedText
	// EncapsulatedHTML is HTML wrapped into RTF (\fromhtml1).
	EncapsulatedHTML
)

// Options say how RTF is read. The zero value is usable.
type Options struct {
	// CodePage is the Windows code page of documents that name none. Default 1252.
	CodePage uint32
	// Limit is how long the result may become, in bytes. Default 32 MiB.
	Limit int
}

// A Body is what was read from RTF.
type Body struct {
	// Kind is what the document was made of.
	Kind Kind
	// Content is HTML or text in UTF-8, with LF line ends.
	Content string
	// CodePage is the document's Windows code page (\ansicpg), or 0.
	CodePage uint32
	// Losses is what could not be shown: pictures, objects, what lies beyond the limit.
	Losses []loss.Loss
}

// headerTokens is how many tokens at a document's start may tell its kind; the
// specification looks at ten.
const headerTokens = 20

// Detect tells what a document was made of, by its first keywords. [MS-OXRTFEX] 2.2.3.1
func Detect(doc []byte) Kind {
	lex := lexer{doc: doc}
	for range headerTokens {
		t := lex.next()
		if t.kind == tokenEOF || t.kind == tokenClose {
			break
		}
		if t.kind != tokenWord {
			continue
		}
		switch string(t.word) {
		case "fromtext":
			return EncapsulatedText
		case "fromhtml":
			if t.param == 1 || !t.has {
				return EncapsulatedHTML
			}
		case "fonttbl", "pard", "plain":
			return Native
		}
	}
	return Native
}

// isRTF tells whether a document begins with {\rtf, spaces and a byte order mark aside.
func isRTF(doc []byte) bool {
	lex := lexer{doc: doc}
	for range 4 {
		switch t := lex.next(); t.kind {
		case tokenWord:
			return string(t.word) == "rtf" || string(t.word) == "urtf"
		case tokenEOF:
			return false
		}
	}
	return false
}

// ToHTML gives the HTML that was wrapped into the document, or renders the
// document as HTML. Its only error is [ErrNotRTF].
func ToHTML(doc []byte, opts Options) (*Body, error) {
	if !isRTF(doc) {
		return nil, ErrNotRTF
	}
	kind := Detect(doc)
	r := newReader(doc, opts)
	limit := orDefault(opts.Limit)
	if kind == EncapsulatedHTML {
		h := &htmlOriginal{r: r, out: output{limit: limit}}
		r.sink = h
		r.run()
		return r.body(kind, &h.out), nil
	}
	v := &htmlView{r: r, out: output{limit: limit}}
	r.sink = v
	r.run()
	return r.body(kind, &v.out), nil
}

// ToText gives the text that was wrapped into the document, or renders the
// document as text. Of encapsulated HTML it renders what a reader of the RTF
// sees. Its only error is [ErrNotRTF].
func ToText(doc []byte, opts Options) (*Body, error) {
	if !isRTF(doc) {
		return nil, ErrNotRTF
	}
	r := newReader(doc, opts)
	v := &textView{r: r, out: output{limit: orDefault(opts.Limit)}}
	r.sink = v
	r.run()
	return r.body(Detect(doc), &v.out), nil
}

// body gives the result with what was left out.
func (r *reader) body(kind Kind, out *output) *Body {
	b := &Body{Kind: kind, Content: out.String(), CodePage: r.codepage}
	if out.full {
		b.Losses = append(b.Losses, loss.Loss{Where: "RTF body", What: "the rest of the text", Reason: fmt.Sprintf("%v of %d bytes", ErrTooLong, out.limit)})
	}
	if kind == EncapsulatedHTML { // pictures are references there
		return b
	}
	if r.pictures > 0 {
		b.Losses = append(b.Losses, loss.Loss{Where: "RTF body", What: fmt.Sprintf("%d pictures", r.pictures), Reason: "the new body has text only"})
	}
	return b
}
