package rtf

import "strings"

// lists is what the list tables say: which levels have bullets.
type lists struct {
	bullets   map[int]uint16 // by list id: a bit for each level with bullets
	overrides map[int]int    // by \ls: the list id

	current uint16 // bullets of the list being read
	level   int
	id      int // \listid of the override being read
}

// bulletFormat is the \levelnfc of bullets. [MSFT-RTF] List Levels
const bulletFormat = 23

// isBullet tells whether a list's level has bullets, not numbers.
func (l *lists) isBullet(override, level int) bool {
	return l.bullets[l.overrides[override]]>>min(max(level, 0), 15)&1 != 0
}

func addListWords(m map[string]func(*reader, token)) {
	m["list"] = func(r *reader, _ token) { r.lists.current, r.lists.level = 0, -1 }
	m["listlevel"] = func(r *reader, _ token) { r.lists.level++ }
	format := func(r *reader, t token) {
		if r.state.dest == toListTable && t.param == bulletFormat {
			r.lists.current |= 1 << min(max(r.lists.level, 0), 15)
		}
	}
	m["levelnfc"], m["levelnfcn"] = format, format
	m["listid"] = func(r *reader, t token) {
		r.lists.id = t.param
		if r.state.dest == toListTable && len(r.lists.bullets) < maxFonts {
			if r.lists.bullets == nil {
				r.lists.bullets = map[int]uint16{}
			}
			r.lists.bullets[t.param] = r.lists.current
		}
	}
	m["ls"] = func(r *reader, t token) {
		if r.state.dest != toListOverrides {
			r.state.para.list = t.param
			return
		}
		if len(r.lists.overrides) < maxFonts {
			if r.lists.overrides == nil {
				r.lists.overrides = map[int]int{}
			}
			r.lists.overrides[t.param] = r.lists.id
		}
	}
	m["ilvl"] = func(r *reader, t token) { r.state.para.level = min(max(t.param, 0), 8) }
	addOldListWords(m)
}

// addOldListWords adds bullets and numbering as Word 6 and WordPad write them:
// {\*\pn ...} sets the format of the paragraph around it.
func addOldListWords(m map[string]func(*reader, token)) {
	m["pn"] = func(*reader, token) {}
	m["pnlvlblt"] = func(r *reader, _ token) { r.eachOuter(func(p *paraFormat) { p.bullet = true }) }
	numbered := func(r *reader, _ token) { r.eachOuter(func(p *paraFormat) { p.numbered = true }) }
	for name := range strings.FieldsSeq("pndec pnlcltr pnucltr pnlcrm pnucrm pnord pnordt pncard") {
		m[name] = numbered
	}
	for _, name := range []string{"pntxta", "pntxtb"} {
		m[name] = func(r *reader, _ token) { r.state.dest = toNowhere }
	}
}

// eachOuter sets a paragraph format here and in the enclosing group.
func (r *reader) eachOuter(set func(*paraFormat)) {
	set(&r.state.para)
	if n := len(r.stack); n > 0 {
		set(&r.stack[n-1].para)
	}
}
