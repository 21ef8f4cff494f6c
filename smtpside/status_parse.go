package smtpside

import (
	"errors"
	"fmt"
	"strings"
)

var errReply = errors.New("not an SMTP reply")

// ParseStatus reads a whole reply, of one line or several, as it came from the wire (RFC 5321 4.2). The lines of its text
// are parted by \n; the enhanced code is taken off them where it fits the class (RFC 2034 4).
func ParseStatus(raw string) (Status, error) {
	lines := strings.Split(strings.TrimRight(raw, "\r\n"), "\n")
	var s Status
	for i, line := range lines {
		line = strings.TrimSuffix(line, "\r")
		code, more, text, err := cutReply(line)
		if err != nil {
			return Status{}, err
		}
		if i > 0 && code != s.Code || more != (i < len(lines)-1) {
			return Status{}, fmt.Errorf("%w: line %d disagrees with the others", errReply, i+1)
		}
		detail, text := cutEnhanced(code, text)
		if detail != "" {
			s.Detail = detail
		}
		s.Code = code
		lines[i] = text
	}
	s.Text = strings.Join(lines, "\n")
	return s, nil
}

// cutReply splits a line of a reply. Some servers leave out the text with its space.
func cutReply(line string) (code int, more bool, text string, err error) {
	if len(line) < 3 {
		return 0, false, "", fmt.Errorf("%w: %.40q", errReply, line)
	}
	for _, c := range []byte(line[:3]) {
		if c < '0' || c > '9' {
			return 0, false, "", fmt.Errorf("%w: %.40q", errReply, line)
		}
		code = code*10 + int(c-'0')
	}
	if code < 200 || code > 599 {
		return 0, false, "", fmt.Errorf("%w: code %d", errReply, code)
	}
	if len(line) == 3 {
		return code, false, "", nil
	}
	if line[3] != ' ' && line[3] != '-' {
		return 0, false, "", fmt.Errorf("%w: %.40q", errReply, line)
	}
	return code, line[3] == '-', line[4:], nil
}

// cutEnhanced takes "5.1.1 " off a text and returns "1.1"; "" where there is none of this class (RFC 3463 2).
func cutEnhanced(code int, text string) (detail, rest string) {
	word, rest, _ := strings.Cut(text, " ")
	class, detail, ok := strings.Cut(word, ".")
	subject, point, ok2 := strings.Cut(detail, ".")
	if !ok || !ok2 || len(class) != 1 || int(class[0]-'0') != code/100 || !smallNumber(subject) || !smallNumber(point) {
		return "", text
	}
	return detail, rest
}

// smallNumber reports 1 to 3 digits.
func smallNumber(s string) bool {
	return len(s) >= 1 && len(s) <= 3 && strings.Trim(s, "0123456789") == ""
}
