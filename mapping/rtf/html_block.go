package rtf

import (
	"fmt"
	"strconv"
	"strings"
)

// paragraph ends a paragraph: as an item of a list, in a cell, or by itself.
func (v *htmlView) paragraph() {
	v.endRun()
	content := v.para.String()
	v.para.Reset()
	p := v.r.state.para
	if p.inTable {
		v.startCell()
	} else {
		v.endTable()
	}
	element, isItem := v.listElement(p)
	if isItem {
		v.startItem(element, p.level)
		v.out.put(content)
	} else {
		v.endLists(0)
		if content == "" {
			content = "&nbsp;"
		}
		v.out.put("<p" + paragraphStyle(p) + ">" + content + "</p>\n")
	}
	v.label = ""
}

func paragraphStyle(p paraFormat) string {
	css := []string{"margin:0"}
	if p.align != "" {
		css = append(css, "text-align:"+p.align)
	}
	if p.left > 0 {
		css = append(css, fmt.Sprintf("margin-left:%spt", twips(p.left)))
	}
	if p.first != 0 {
		css = append(css, fmt.Sprintf("text-indent:%spt", twips(p.first)))
	}
	style := ` style="` + strings.Join(css, ";") + `"`
	if p.rtl {
		style += ` dir="rtl"`
	}
	return style
}

// twips gives twentieths of a point as points.
func twips(n int) string {
	n = max(min(n, 20000), -20000)
	return strconv.FormatFloat(float64(n)/20, 'f', -1, 64)
}

// listElement tells whether a paragraph is an item, and of which list.
func (v *htmlView) listElement(p paraFormat) (string, bool) {
	switch {
	case p.list != 0 && v.label != "":
		if v.r.lists.isBullet(p.list, p.level) {
			return "ul", true
		}
		return "ol", true
	case p.bullet:
		return "ul", true
	case p.numbered:
		return "ol", true
	case v.label != "":
		if number(v.label) > 0 {
			return "ol", true
		}
		return "ul", true
	}
	return "", false
}

// number gives the number at a label's start, or 0.
func number(label string) int {
	digits := 0
	label = strings.TrimLeft(label, "([")
	for digits < len(label) && digits < 6 && label[digits] >= '0' && label[digits] <= '9' {
		digits++
	}
	n, _ := strconv.Atoi(label[:digits])
	return n
}

// startItem opens an item on a level, and the lists it needs.
func (v *htmlView) startItem(element string, level int) {
	v.endLists(level + 1)
	if n := len(v.items); n == level+1 && v.items[level].element != element {
		v.endLists(level)
	}
	if len(v.items) == level+1 {
		v.out.put("</li>\n<li>")
		return
	}
	for len(v.items) < level+1 {
		start := ""
		if n := number(v.label); element == "ol" && n > 1 {
			start = fmt.Sprintf(` start="%d"`, n)
		}
		v.out.put("<" + element + start + ">\n<li>")
		v.items = append(v.items, listState{element})
	}
}

// endLists closes lists until only keep are open.
func (v *htmlView) endLists(keep int) {
	for len(v.items) > keep {
		last := len(v.items) - 1
		v.out.put("</li>\n</" + v.items[last].element + ">\n")
		v.items = v.items[:last]
	}
}

// startCell opens the table, row and cell that a paragraph in a table needs.
func (v *htmlView) startCell() {
	if v.table == noTable {
		v.endLists(0)
		v.out.put(`<table border="1" cellspacing="0" cellpadding="3" style="border-collapse:collapse">` + "\n")
		v.table = inTable
	}
	if v.table == inTable {
		v.out.put("<tr>\n")
		v.table = inRow
	}
	if v.table == inRow {
		v.out.put(`<td valign="top">`)
		v.table = inCell
	}
}

// cell ends a cell with the paragraph in it.
func (v *htmlView) cell() {
	v.endRun()
	v.startCell()
	if v.para.Len() > 0 {
		saved := v.r.state.para.inTable
		v.r.state.para.inTable = true
		v.paragraph()
		v.r.state.para.inTable = saved
	}
	v.endLists(0)
	v.out.put("</td>\n")
	v.table = inRow
}

func (v *htmlView) endRow() {
	v.endRun()
	if v.table == inCell {
		v.endLists(0)
		v.out.put("</td>\n")
		v.table = inRow
	}
	if v.table == inRow {
		v.out.put("</tr>\n")
		v.table = inTable
	}
}

func (v *htmlView) endTable() {
	v.endRow()
	if v.table == inTable {
		v.out.put("</table>\n")
	}
	v.table = noTable
}
