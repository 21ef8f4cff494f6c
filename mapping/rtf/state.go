package rtf

// A charFormat is how characters look.
type charFormat struct {
	font                                          int
	size                                          int // in half points
	color, back                                   int // places in the color table, 0 for automatic
	bold, italic, underline, strike, caps, hidden bool
	script                                        int8 // 1 for superscript, -1 for subscript
}

// defaultSize is the font size where none is set, in half points.
const defaultSize = 24

// A paraFormat is how a paragraph looks.
type paraFormat struct {
	align       string // "" for left, else the value of CSS text-align
	left, first int    // indents in twips
	rtl         bool
	inTable     bool
	list        int  // the list override (\ls), or 0
	level       int  // the list level
	bullet      bool // a bullet of the old kind (\pnlvlblt)
	numbered    bool // a number of the old kind (\pnlvlbody with a number format)
}

// A destination is where the text of a group goes.
type destination uint8

const (
	toBody destination = iota
	toNowhere
	toHTMLTag
	toFontTable
	toColorTable
	toListTable
	toListOverrides
	toFieldInstruction
	toPicture
	toListText
)

// A groupState is what a group has of its own and its end restores.
type groupState struct {
	char    charFormat
	para    paraFormat
	dest    destination
	uc      int         // bytes that follow \u for readers without Unicode
	htmlrtf bool        // rendered for RTF readers only. [MS-OXRTFEX] 2.1.3.2
	link    string      // target of the hyperlink whose result this is
	starred bool        // \* was just read
	outer   destination // what \upr is in
}

// maxGroups is how deep groups are followed; deeper ones are read as if they
// had no state of their own.
const maxGroups = 512
