package textform

import (
	"html"
	"strings"
)

// enrichedTags are the commands of text/enriched with their HTML. RFC 1896 3
var enrichedTags = map[string]string{
	"bold": "b", "italic": "i", "underline": "u", "fixed": "tt", "bigger": "big", "smaller": "small", "excerpt": "blockquote", "center": "center", "indent": "blockquote", "verbatim": "pre", "paragraph": "p",
}

// EnrichedHTML makes HTML of text/enriched: commands that HTML knows are
// translated, the others left out. RFC 1896
func EnrichedHTML(s string) string {
	var b strings.Builder
	b.WriteString("<html><body>")
	scanEnriched(s, func(text string) {
		b.WriteString(strings.ReplaceAll(html.EscapeString(text), "\n", "<br>\n"))
	}, func(name string, closing bool) {
		if tag, ok := enrichedTags[name]; ok && closing {
			b.WriteString("</" + tag + ">")
		} else if ok {
			b.WriteString("<" + tag + ">")
		}
	})
	b.WriteString("</body></html>\r\n")
	return b.String()
}

// EnrichedText makes plain text of text/enriched, with LF line ends.
func EnrichedText(s string) string {
	var b strings.Builder
	scanEnriched(s, func(text string) { b.WriteString(text) }, func(string, bool) {})
	return b.String()
}

// scanEnriched gives text and commands in order: "<<" is a bracket, one line
// break is a space, n of them are n-1, parameters are no text.
func scanEnriched(s string, text func(string), command func(name string, closing bool)) {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	param := 0
	for s != "" {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			i = len(s)
		}
		if i > 0 && param == 0 {
			text(joinLines(s[:i]))
		}
		if s = s[i:]; s == "" {
			return
		}
		if strings.HasPrefix(s, "<<") {
			text("<")
			s = s[2:]
			continue
		}
		end := strings.IndexByte(s, '>')
		if end < 0 {
			text(s)
			return
		}
		name := strings.ToLower(s[1:end])
		s = s[end+1:]
		switch closing := strings.HasPrefix(name, "/"); {
		case name == "param":
			param++
		case name == "/param":
			param = max(param-1, 0)
		default:
			command(strings.TrimPrefix(name, "/"), closing)
		}
	}
}

// joinLines undoes the line breaks of enriched text.
func joinLines(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '\n' {
			b.WriteByte(s[i])
			i++
			continue
		}
		n := 0
		for i < len(s) && s[i] == '\n' {
			n++
			i++
		}
		if n == 1 {
			b.WriteByte(' ')
		} else {
			b.WriteString(strings.Repeat("\n", n-1))
		}
	}
	return b.String()
}
