package smtpside

import "io"

// maxLine is the longest line of a message without its CR LF (RFC 5321 4.5.3.1.6); foldFrom is where a longer one is folded if
// a blank comes.
const (
	maxLine  = 998
	foldFrom = 900
)

// A repair is something that the legacy profile mends in the octets of a message.
type repair uint8

const (
	repairLF   repair = 1 << iota // LF alone as a line end
	repairCR                      // CR alone, or CR CR LF
	repairNUL                     // NUL
	repairLong                    // a line over 998 octets
	repairEnd                     // the whole dialogue with LF alone
)

var repairNames = []struct {
	repair repair
	name   string
}{
	{repairLF, "bare LF"}, {repairCR, "bare CR"}, {repairNUL, "NUL"}, {repairLong, "long line"}, {repairEnd, "ended by LF"},
}

func (r repair) names() (names []string) {
	for _, n := range repairNames {
		if r&n.repair != 0 {
			names = append(names, n.name)
		}
	}
	return names
}

// A legacyScanner is the scanner of the legacy profile: it takes any line end for one and gives CR LF, turns what no message
// may have into blanks, and folds long lines.
//
// What it never does is to see an end of mail where a strict server before it would not have seen one (CVE-2023-51764 and its
// kin): that stays CR LF . CR LF, octet by octet, whatever the lines around it end with. Only a client that ended its DATA
// command with LF alone, and so is no server that passes somebody's mail on, may end the mail like that.
type legacyScanner struct {
	lfClient bool

	state   lineState
	afterLF bool // the line before ended with LF alone
	doubled bool // a CR follows a CR
	length  int  // of the line given so far
	repairs repair
	pending []byte // given, for which there was no room
}

// scan implements scanner.
func (l *legacyScanner) scan(dst, src []byte) (wrote, read int, err error) {
	for {
		n := copy(dst[wrote:], l.pending)
		wrote += n
		l.pending = l.pending[:copy(l.pending, l.pending[n:])]
		if len(l.pending) > 0 || read == len(src) || wrote == len(dst) {
			return wrote, read, nil
		}
		ended := l.step(src[read])
		read++
		if ended {
			return wrote, read, io.EOF
		}
	}
}

// step takes one octet and puts what it means into pending; true is the end of the message.
func (l *legacyScanner) step(c byte) (ended bool) {
	if c == 0 {
		l.repairs |= repairNUL
		c = ' ' // not nothing: CR LF . NUL CR LF must not become an end
	}
	switch {
	case l.state == lineDot || l.state == lineDotCR:
		return l.afterDot(c)
	case l.state == lineCR:
		l.afterCR(c)
	case l.state == lineStart && c == '.':
		l.state = lineDot
	default:
		l.inLine(c)
	}
	return false
}

// afterDot goes on behind a dot that begins a line, and was not given yet.
func (l *legacyScanner) afterDot(c byte) (ended bool) {
	switch {
	case c == '\n' && l.state == lineDotCR && !l.doubled && !l.afterLF:
		return true
	case c == '\n' && l.lfClient:
		l.repairs |= repairEnd
		return true
	case c == '\n': // a line that is a dot, and no end
		l.emit('.')
		l.endLine(l.state == lineDot)
	case c == '\r' && l.state == lineDot:
		l.state, l.doubled = lineDotCR, false
	case c == '\r':
		l.doubled = true
		l.repairs |= repairCR
	default:
		l.leaveCR(l.state == lineDotCR, c)
	}
	return false
}

// afterCR goes on behind a CR that was not given yet.
func (l *legacyScanner) afterCR(c byte) {
	switch c {
	case '\n':
		l.endLine(false)
	case '\r':
		l.repairs |= repairCR
	default:
		l.leaveCR(true, c)
	}
}

// leaveCR goes on with a line in which there was a CR, or was not.
func (l *legacyScanner) leaveCR(cr bool, c byte) {
	l.state = lineMiddle
	if cr {
		l.repairs |= repairCR
		l.emit(' ')
	}
	l.inLine(c)
}

// inLine takes an octet at the start or in the middle of a line.
func (l *legacyScanner) inLine(c byte) {
	switch c {
	case '\n':
		l.endLine(true)
	case '\r':
		l.state = lineCR
	default:
		l.state = lineMiddle
		l.emit(c)
	}
}

func (l *legacyScanner) endLine(lf bool) {
	if lf {
		l.repairs |= repairLF
	}
	l.pending = append(l.pending, '\r', '\n')
	l.state, l.length, l.afterLF = lineStart, 0, lf
}

// emit gives an octet of a line, folding where it gets too long: before a blank if one comes in time, else with one, and never
// within a character of UTF-8.
func (l *legacyScanner) emit(c byte) {
	const reserve = 4 // of a character
	blank := c == ' ' || c == '\t'
	switch {
	case l.length >= foldFrom && blank:
		l.repairs |= repairLong
		l.pending = append(l.pending, '\r', '\n')
		l.length = 0
	case l.length >= maxLine-reserve && c&0xC0 != 0x80 || l.length >= maxLine:
		l.repairs |= repairLong
		l.pending = append(l.pending, '\r', '\n', ' ')
		l.length = 1
	}
	l.pending = append(l.pending, c)
	l.length++
}
