package rtf

import "bytes"

// A tokenKind is one of the things RTF is made of.
type tokenKind uint8

const (
	tokenEOF    tokenKind = iota
	tokenOpen             // {
	tokenClose            // }
	tokenWord             // \word or \word-12
	tokenSymbol           // \~
	tokenByte             // \'e4
	tokenText             // bytes that stand for themselves
	tokenBinary           // the content of \bin
)

// A token is one lexical element. Slices alias the document.
type token struct {
	kind  tokenKind
	word  []byte // the word
	param int    // its parameter, or 0
	has   bool   // whether it has one
	char  byte   // the symbol or the byte
	text  []byte // text or binary content
}

// maxWord is how long a control word may be; longer ones are cut into text.
const maxWord = 32

// A lexer cuts a document into tokens.
type lexer struct {
	doc []byte
	at  int
}

// next gives the next token; line ends of the document itself mean nothing.
func (l *lexer) next() token {
	for l.at < len(l.doc) {
		switch c := l.doc[l.at]; c {
		case '{':
			l.at++
			return token{kind: tokenOpen}
		case '}':
			l.at++
			return token{kind: tokenClose}
		case '\\':
			l.at++
			return l.control()
		case '\r', '\n', 0:
			l.at++
		default:
			return l.run()
		}
	}
	return token{kind: tokenEOF}
}

// run is text up to the next byte with a meaning.
func (l *lexer) run() token {
	rest := l.doc[l.at:]
	n := bytes.IndexAny(rest, "{}\\\r\n\x00")
	if n < 0 {
		n = len(rest)
	}
	l.at += n
	return token{kind: tokenText, text: rest[:n]}
}

// control reads what follows a backslash.
func (l *lexer) control() token {
	if l.at >= len(l.doc) {
		return token{kind: tokenEOF}
	}
	c := l.doc[l.at]
	if isLetter(c) {
		return l.word()
	}
	l.at++
	if c != '\'' {
		if c == '\r' && l.at < len(l.doc) && l.doc[l.at] == '\n' {
			l.at++
		}
		return token{kind: tokenSymbol, char: c}
	}
	// Some writers break the line within an escape.
	for l.at < len(l.doc) && (l.doc[l.at] == '\r' || l.doc[l.at] == '\n') {
		l.at++
	}
	if l.at+1 < len(l.doc) {
		hi, lo := hexValue(l.doc[l.at]), hexValue(l.doc[l.at+1])
		if hi >= 0 && lo >= 0 {
			l.at += 2
			return token{kind: tokenByte, char: byte(hi<<4 | lo)}
		}
	}
	return token{kind: tokenSymbol, char: '\''}
}

// word reads a control word, its parameter and the one space that ends it.
func (l *lexer) word() token {
	start := l.at
	for l.at < len(l.doc) && isLetter(l.doc[l.at]) && l.at-start < maxWord {
		l.at++
	}
	t := token{kind: tokenWord, word: l.doc[start:l.at]}
	l.parameter(&t)
	if l.at < len(l.doc) && l.doc[l.at] == ' ' {
		l.at++
	}
	if string(t.word) == "bin" {
		n := min(max(t.param, 0), len(l.doc)-l.at)
		t.kind, t.text = tokenBinary, l.doc[l.at:l.at+n]
		l.at += n
	}
	return t
}

func (l *lexer) parameter(t *token) {
	at, sign := l.at, 1
	if at < len(l.doc) && l.doc[at] == '-' {
		at, sign = at+1, -1
	}
	n, digits := 0, 0
	for ; at < len(l.doc) && l.doc[at] >= '0' && l.doc[at] <= '9'; at++ {
		if digits++; n < 1<<31 {
			n = n*10 + int(l.doc[at]-'0')
		}
	}
	if digits > 0 {
		t.param, t.has, l.at = sign*min(n, 1<<31-1), true, at
	}
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// hexValue gives the value of a hexadecimal digit, or -1.
func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
