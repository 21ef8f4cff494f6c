package textform

import "strings"

// Unflow joins the lines of flowed paragraphs. Quoted lines keep their
// breaks, since nothing but the marks in front of them tells that they are quoted. RFC 3676 4.1
func Unflow(s string, delSp bool) string {
	lines := strings.Split(s, "\n")
	var b strings.Builder
	b.Grow(len(s))
	for i, line := range lines {
		line, cr := strings.CutSuffix(line, "\r")
		quoted := strings.HasPrefix(line, ">")
		if strings.HasPrefix(line, " ") && !quoted {
			line = line[1:] // space-stuffed
		}
		soft := strings.HasSuffix(line, " ") && line != "-- " && !quoted && i+1 < len(lines) &&
			!strings.HasPrefix(lines[i+1], ">") && strings.TrimRight(lines[i+1], "\r") != "-- " && lines[i+1] != ""
		if soft && delSp {
			line = line[:len(line)-1]
		}
		b.WriteString(line)
		if i+1 < len(lines) && !soft {
			if cr {
				b.WriteByte('\r')
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}
