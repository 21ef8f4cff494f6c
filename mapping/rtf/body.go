package rtf

import (
	"errors"

	"github.com/mapigate/mapigate/mapping/loss"
)

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

// Detect tells what a document was made of, by its first keywords. [MS-OXRTFEX] 2.2.3.1
func Detect(doc []byte) Kind { return Native }

// ToHTML gives the HTML that was wrapped into the document, or renders the
// document as HTML.
func ToHTML(doc []byte, opts Options) (*Body, error) { return nil, errors.ErrUnsupported }

// ToText gives the text that was wrapped into the document, or renders the
// document as text. Of encapsulated HTML it renders what a reader of the RTF sees.
func ToText(doc []byte, opts Options) (*Body, error) { return nil, errors.ErrUnsupported }
