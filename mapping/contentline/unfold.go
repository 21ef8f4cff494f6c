package contentline

import (
	"bufio"
	"bytes"
	"io"

	"golang.org/x/text/encoding/charmap"
)

// windows1252 gives the character of a byte that is not UTF-8.
func windows1252(b byte) rune { return charmap.Windows1252.DecodeByte(b) }

// An unfolder gives logical lines: those that begin with a space or tab
// continue the one before (RFC 5545 3.1), as do those after a soft line break of
// quoted-printable (vCard 2.1).
type unfolder struct {
	src    *bufio.Reader
	max    int
	number int // of the next physical line
	peeked []byte
	atEnd  bool
	have   bool
}

// physical reads one line without its end, LF or CRLF.
func (u *unfolder) physical() ([]byte, error) {
	if u.have {
		u.have = false
		return u.peeked, nil
	}
	if u.atEnd {
		return nil, io.EOF
	}
	var line []byte
	for {
		part, err := u.src.ReadSlice('\n')
		if len(line) <= u.max {
			line = append(line, part...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == io.EOF {
			u.atEnd = true
			if len(line) == 0 {
				return nil, io.EOF
			}
		} else if err != nil {
			return nil, err
		}
		u.number++
		line = bytes.TrimRight(line, "\r\n")
		if len(line) > 0 && u.number == 2 {
			line = bytes.TrimPrefix(line, []byte("\xEF\xBB\xBF"))
		}
		return line, nil
	}
}

// next gives a logical line and the number of its first physical one. A line
// beyond the limit is given cut, with errTooLong.
func (u *unfolder) next() (string, int, error) {
	line, err := u.physical()
	if err != nil {
		return "", u.number, err
	}
	number := u.number - 1
	line = bytes.Clone(line)
	tooLong := len(line) > u.max
	soft, base64 := encodings(line)
	for {
		following, err := u.physical()
		if err == io.EOF {
			break
		}
		if err != nil {
			return "", number, err
		}
		switch {
		case soft && bytes.HasSuffix(line, []byte("=")):
			line = append(line[:len(line)-1], bytes.TrimLeft(following, " \t")...)
		case len(following) > 0 && (following[0] == ' ' || following[0] == '\t'):
			line = append(line, following[1:]...)
		case base64 && isBase64(following): // as vCard 2.1 has it, without a space
			line = append(line, following...)
		default:
			u.peeked, u.have = following, true
		}
		if u.have {
			break
		}
		if len(line) > u.max {
			line, tooLong = line[:u.max], true
		}
	}
	if tooLong {
		return toUTF8(line[:min(len(line), 100)]), number, errTooLong
	}
	return toUTF8(line), number, nil
}

// encodings tells whether a line's value is quoted-printable, or base64.
func encodings(line []byte) (quotedPrintable, base64 bool) {
	name, _, found := bytes.Cut(line, []byte(":"))
	if !found {
		return false, false
	}
	name = bytes.ToUpper(name)
	return bytes.Contains(name, []byte("QUOTED-PRINTABLE")), bytes.Contains(name, []byte("BASE64")) || bytes.Contains(name, []byte("ENCODING=B"))
}

// isBase64 tells whether a line is nothing but base64.
func isBase64(line []byte) bool {
	for _, c := range line {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '+' && c != '/' && c != '=' {
			return false
		}
	}
	return len(line) > 0
}
