package rtf

import "strings"

// hyperlink gives the target of a HYPERLINK field, or "".
func hyperlink(instruction string) string {
	fields := strings.TrimSpace(instruction)
	if len(fields) < 9 || !strings.EqualFold(fields[:9], "HYPERLINK") {
		return ""
	}
	var target, anchor string
	isAnchor := false
	for _, f := range splitField(fields[9:]) {
		switch {
		case f == `\l`:
			isAnchor = true
		case strings.HasPrefix(f, `\`):
		case isAnchor:
			anchor, isAnchor = f, false
		case target == "":
			target = f
		}
	}
	if anchor != "" {
		return target + "#" + anchor
	}
	return target
}

// splitField splits a field's instruction at spaces outside quotes.
func splitField(s string) []string {
	var fields []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		end := strings.IndexAny(s, " \t")
		if s[0] == '"' {
			s = s[1:]
			end = strings.IndexByte(s, '"')
		}
		if end < 0 {
			return append(fields, s)
		}
		fields = append(fields, s[:end])
		s = strings.TrimPrefix(s[end:], `"`)
	}
	return fields
}
