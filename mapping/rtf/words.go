package rtf

import "strings"

// symbol takes a control symbol. [MSFT-RTF] Special Characters
func (r *reader) symbol(c byte) {
	switch c {
	case '\\', '{', '}':
		r.bytes([]byte{c})
	case '*':
		r.state.starred = true
	case '~':
		r.rune('\u00A0')
	case '-':
		r.rune('\u00AD')
	case '_':
		r.rune('\u2011')
	case '\n', '\r':
		r.ended(endParagraph)
	case '\t':
		r.ended(endTab)
	}
}

// word takes a control word.
func (r *reader) word(t token) {
	name := string(t.word)
	if d, ok := destinations[name]; ok {
		r.flush()
		r.state.dest = d.dest(r, t)
		r.state.starred = false
		return
	}
	if c, ok := characters[name]; ok {
		r.rune(c)
		return
	}
	if e, ok := endings[name]; ok {
		r.ended(e)
		return
	}
	if f, ok := words[name]; ok {
		if name != "u" {
			r.flush()
		}
		r.state.starred = false
		f(r, t)
		return
	}
	if r.state.starred { // an unknown destination that asks to be skipped
		r.flush()
		r.state.dest = toNowhere
	}
	r.state.starred = false
}

// characters are words for one character. [MSFT-RTF] Special Characters
var characters = map[string]rune{
	"emdash": '—', "endash": '–', "emspace": '\u2003', "enspace": '\u2002', "qmspace": '\u2005', "bullet": '•', "lquote": '‘', "rquote": '’',
	"ldblquote": '“', "rdblquote": '”', "zwj": '\u200D', "zwnj": '\u200C', "zwbo": '\u200B', "zwnbo": '\u2060', "ltrmark": '\u200E', "rtlmark": '\u200F',
}

// endings are words that end something.
var endings = map[string]ending{
	"par": endParagraph, "sect": endParagraph, "page": endParagraph, "line": endLine, "lbr": endLine, "softline": endLine, "tab": endTab,
	"cell": endCell, "nestcell": endCell, "row": endRow, "nestrow": endRow,
}

// A destinationWord starts a destination.
type destinationWord struct {
	to destination
	// keep leaves the destination of a group that shows nothing as it is.
	keep bool
	run  func(r *reader, t token)
}

func (d destinationWord) dest(r *reader, t token) destination {
	if d.keep && r.state.dest == toNowhere {
		return toNowhere
	}
	if d.run != nil {
		d.run(r, t)
	}
	return d.to
}

// destinations are the words that start a destination. [MSFT-RTF], [MS-OXRTFEX] 2.1.3
var destinations = makeDestinations()

func makeDestinations() map[string]destinationWord {
	m := map[string]destinationWord{
		"htmltag":           {to: toHTMLTag},
		"mhtmltag":          {to: toNowhere}, // [MS-OXRTFEX] 2.1.3.1.5
		"fonttbl":           {to: toFontTable},
		"colortbl":          {to: toColorTable},
		"listtable":         {to: toListTable},
		"listoverridetable": {to: toListOverrides},
		"fldinst":           {to: toFieldInstruction, keep: true},
		"listtext":          {to: toListText, keep: true, run: func(r *reader, _ token) { r.listText = nil }},
		"pntext":            {to: toListText, keep: true, run: func(r *reader, _ token) { r.listText = nil }},
		"pict":              {to: toPicture, keep: true, run: func(r *reader, _ token) { r.pictures++ }},
		"nonshppict":        {to: toNowhere},
		// These show their text although readers that do not know them skip it.
		"shptxt": {to: toBody, keep: true}, "shppict": {to: toBody, keep: true}, "result": {to: toBody, keep: true},
		"fldrslt": {to: toBody, keep: true}, "shp": {to: toBody, keep: true}, "shpinst": {to: toBody, keep: true},
		"object":  {to: toBody, keep: true},
		"objdata": {to: toNowhere}, "objclass": {to: toNowhere}, "objname": {to: toNowhere},
	}
	for name := range strings.FieldsSeq(`stylesheet info header headerl headerr headerf footer footerl footerr footerf
		filetbl revtbl rsidtbl generator xmlnstbl themedata colorschememapping latentstyles datastore mmathPr pgptbl
		annotation atnid atnauthor atntime atnicn atnref atrfstart atrfend bkmkstart bkmkend datafield sp sn sv
		pnseclvl fontemb falt panose blipuid picprop wgrffmtfilter template private passwordhash userprops
		listpicture defchp defpap ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn tc xe rxe txe`) {
		m[name] = destinationWord{to: toNowhere}
	}
	return m
}

// words are the words that set the state.
var words = makeWords()

func makeWords() map[string]func(r *reader, t token) {
	m := map[string]func(r *reader, t token){
		"u":       func(r *reader, t token) { r.flushUnlessPaired(); r.unicode(t.param) },
		"uc":      func(r *reader, t token) { r.state.uc = min(max(t.param, 0), 100) },
		"htmlrtf": func(r *reader, t token) { r.state.htmlrtf = on(t) },
		// {\upr{ansi}{\*\ud{unicode}}} says the same twice.
		"upr":  func(r *reader, _ token) { r.state.outer, r.state.dest = r.state.dest, toNowhere },
		"ud":   func(r *reader, _ token) { r.state.dest = r.state.outer },
		"ansi": func(*reader, token) {},
		"mac":  func(r *reader, _ token) { r.codepage = 10000 },
		"pc":   func(r *reader, _ token) { r.codepage = 437 },
		"pca":  func(r *reader, _ token) { r.codepage = 850 },
		"ansicpg": func(r *reader, t token) {
			if t.param > 0 {
				r.codepage = uint32(t.param)
			}
		},
		"deff": func(r *reader, t token) { r.deffont, r.state.char.font = t.param, t.param },
	}
	addFontWords(m)
	addCharWords(m)
	addParaWords(m)
	addListWords(m)
	return m
}

// on tells whether a toggling word turns on.
func on(t token) bool { return !t.has || t.param != 0 }

// flushUnlessPaired decodes pending bytes but keeps the first half of a pair.
func (r *reader) flushUnlessPaired() {
	half := r.surrogate
	r.surrogate = 0
	r.flush()
	r.surrogate = half
}

func addFontWords(m map[string]func(*reader, token)) {
	m["f"] = func(r *reader, t token) {
		if r.state.dest == toFontTable {
			r.fontNow = t.param
			return
		}
		r.state.char.font = t.param
	}
	page := func(r *reader, set func(*font)) {
		if r.state.dest != toFontTable || len(r.fonts) >= maxFonts {
			return
		}
		f := r.fonts[r.fontNow]
		set(&f)
		r.fonts[r.fontNow] = f
	}
	m["fcharset"] = func(r *reader, t token) {
		page(r, func(f *font) { f.codepage, f.symbol = charsetPages[t.param], t.param == symbolCharset })
	}
	m["cpg"] = func(r *reader, t token) {
		page(r, func(f *font) { f.codepage = uint32(max(t.param, 0)) })
	}
	for name, family := range fontFamilies {
		m[name] = func(r *reader, _ token) { page(r, func(f *font) { f.family = family }) }
	}
	m["red"] = func(r *reader, t token) { r.colorNow.r = uint8(t.param) }
	m["green"] = func(r *reader, t token) { r.colorNow.g = uint8(t.param) }
	m["blue"] = func(r *reader, t token) { r.colorNow.b = uint8(t.param) }
}

func addCharWords(m map[string]func(*reader, token)) {
	toggle := func(name string, field func(*charFormat) *bool) {
		m[name] = func(r *reader, t token) { *field(&r.state.char) = on(t) }
	}
	toggle("b", func(c *charFormat) *bool { return &c.bold })
	toggle("i", func(c *charFormat) *bool { return &c.italic })
	toggle("strike", func(c *charFormat) *bool { return &c.strike })
	toggle("striked", func(c *charFormat) *bool { return &c.strike })
	toggle("caps", func(c *charFormat) *bool { return &c.caps })
	toggle("v", func(c *charFormat) *bool { return &c.hidden })
	for name := range strings.FieldsSeq("ul uld uldash uldashd uldashdd uldb ulth ulw ulwave") {
		toggle(name, func(c *charFormat) *bool { return &c.underline })
	}
	m["ulnone"] = func(r *reader, _ token) { r.state.char.underline = false }
	m["plain"] = func(r *reader, _ token) { r.state.char = charFormat{font: r.deffont, size: defaultSize} }
	m["fs"] = func(r *reader, t token) { r.state.char.size = min(max(t.param, 0), 1000) }
	m["cf"] = func(r *reader, t token) { r.state.char.color = t.param }
	for name := range strings.FieldsSeq("highlight cb chcbpat") {
		m[name] = func(r *reader, t token) { r.state.char.back = t.param }
	}
	script := func(n int8) func(*reader, token) {
		return func(r *reader, t token) {
			r.state.char.script = 0
			if on(t) {
				r.state.char.script = n
			}
		}
	}
	m["super"], m["sub"], m["nosupersub"] = script(1), script(-1), script(0)
}

func addParaWords(m map[string]func(*reader, token)) {
	m["pard"] = func(r *reader, _ token) { r.state.para = paraFormat{} }
	m["intbl"] = func(r *reader, t token) { r.state.para.inTable = on(t) }
	for name, align := range map[string]string{"ql": "", "qr": "right", "qc": "center", "qj": "justify"} {
		m[name] = func(r *reader, _ token) { r.state.para.align = align }
	}
	m["li"] = func(r *reader, t token) { r.state.para.left = t.param }
	m["fi"] = func(r *reader, t token) { r.state.para.first = t.param }
	m["rtlpar"] = func(r *reader, _ token) { r.state.para.rtl = true }
	m["ltrpar"] = func(r *reader, _ token) { r.state.para.rtl = false }
}
