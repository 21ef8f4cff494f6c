package contentline

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Limits bound what a stream may cost. Zero fields mean the defaults.
type Limits struct {
	// Bytes is how long the stream may be. Default 16 MiB.
	Bytes int64
	// Line is how long a line may be when it is unfolded. Default 8 MiB.
	Line int
	// Lines is how many properties there may be. Default 200000.
	Lines int
	// Depth is how deep components may nest. Default 8.
	Depth int
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 16 << 20
	}
	if l.Line <= 0 {
		l.Line = 8 << 20
	}
	if l.Lines <= 0 {
		l.Lines = 200000
	}
	if l.Depth <= 0 {
		l.Depth = 8
	}
	return l
}

// A Problem is a line that could not be read.
type Problem struct {
	// Line is its number, from 1.
	Line int
	What string
	Err  error
}

// Errors of lines.
var (
	errNoColon  = errors.New("there is no colon")
	errNoName   = errors.New("there is no property name")
	errTooLong  = errors.New("longer than the limit")
	errTooMany  = errors.New("more lines than the limit")
	errTooDeep  = errors.New("components nested deeper than the limit")
	errOutside  = errors.New("it is outside any component")
	errNotBegun = errors.New("it ends a component that was not begun")
)

// maxProblems is how many problems are listed.
const maxProblems = 100

// A parser reads one stream.
type parser struct {
	limits   Limits
	roots    []*Component
	open     []*Component
	problems []Problem
	lines    int
}

// Parse reads all components of a stream. Bytes that are not UTF-8 are read as
// Windows-1252. The error is the reader's.
func Parse(r io.Reader, limits Limits) ([]*Component, []Problem, error) {
	p := &parser{limits: limits.withDefaults()}
	limited := &io.LimitedReader{R: r, N: p.limits.Bytes}
	u := &unfolder{src: bufio.NewReader(limited), max: p.limits.Line, number: 1}
	for p.lines < p.limits.Lines {
		line, number, err := u.next()
		if err == io.EOF {
			break
		}
		if err == errTooLong {
			p.problem(number, line, err)
			continue
		}
		if err != nil {
			return p.roots, p.problems, err
		}
		p.line(line, number)
	}
	if p.lines >= p.limits.Lines {
		p.problem(u.number, "the rest", errTooMany)
	}
	if limited.N == 0 {
		if n, _ := io.ReadFull(r, make([]byte, 1)); n > 0 {
			p.problem(u.number, "the rest", fmt.Errorf("%w of %d bytes", errTooLong, p.limits.Bytes))
		}
	}
	return p.roots, p.problems, nil
}

func (p *parser) problem(number int, what string, err error) {
	if len(p.problems) < maxProblems {
		p.problems = append(p.problems, Problem{Line: number, What: shorten(what), Err: err})
	}
}

func shorten(s string) string {
	const most = 60
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// line takes one unfolded line.
func (p *parser) line(text string, number int) {
	if strings.TrimSpace(text) == "" {
		return
	}
	p.lines++
	prop, err := parseLine(text)
	if err != nil {
		p.problem(number, text, err)
		return
	}
	prop.Line = number
	switch prop.Name {
	case "BEGIN":
		p.begin(strings.ToUpper(strings.TrimSpace(prop.Value)), number)
	case "END":
		p.end(strings.ToUpper(strings.TrimSpace(prop.Value)), number)
	default:
		if len(p.open) == 0 {
			p.problem(number, text, errOutside)
			return
		}
		c := p.open[len(p.open)-1]
		c.Properties = append(c.Properties, prop)
	}
}

func (p *parser) begin(name string, number int) {
	c := &Component{Name: name, Line: number}
	switch n := len(p.open); {
	case n >= p.limits.Depth:
		p.problem(number, "BEGIN:"+name, errTooDeep)
	case n == 0:
		p.roots = append(p.roots, c)
	default:
		up := p.open[n-1]
		up.Components = append(up.Components, c)
	}
	p.open = append(p.open, c)
}

// end closes the innermost component of the name, and those in it.
func (p *parser) end(name string, number int) {
	for i := len(p.open) - 1; i >= 0; i-- {
		if p.open[i].Name == name {
			p.open = p.open[:i]
			return
		}
	}
	p.problem(number, "END:"+name, errNotBegun)
}

// parseLine reads [group.]name *(;param) : value. RFC 5545 3.1, RFC 6350 3.3
func parseLine(s string) (Property, error) {
	var p Property
	n := strings.IndexAny(s, ":;")
	if n < 0 {
		return p, errNoColon
	}
	name := strings.TrimSpace(s[:n])
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		p.Group, name = name[:dot], name[dot+1:]
	}
	if name == "" || strings.ContainsAny(name, " \t\"=,") {
		return p, errNoName
	}
	p.Name = strings.ToUpper(name)
	rest := s[n:]
	for rest != "" && rest[0] == ';' {
		var param Param
		param, rest = parseParam(rest[1:])
		if param.Name != "" {
			p.Params = append(p.Params, param)
		}
	}
	if rest == "" {
		return p, errNoColon
	}
	p.Value = rest[1:]
	return p, nil
}

// parseParam reads one parameter and gives what follows. A parameter of vCard
// 2.1 has no name: it is a TYPE, or an ENCODING.
func parseParam(s string) (Param, string) {
	end := strings.IndexAny(s, "=:;")
	if end < 0 {
		return Param{}, ""
	}
	name := strings.ToUpper(strings.TrimSpace(s[:end]))
	if s[end] != '=' {
		switch name {
		case "":
			return Param{}, s[end:]
		case "BASE64", "QUOTED-PRINTABLE", "8BIT", "7BIT":
			return Param{"ENCODING", []string{name}}, s[end:]
		}
		return Param{"TYPE", []string{strings.TrimSpace(s[:end])}}, s[end:]
	}
	p := Param{Name: name}
	s = s[end+1:]
	for {
		var value string
		value, s = parseParamValue(s)
		p.Values = append(p.Values, value)
		if s == "" || s[0] != ',' {
			return p, s
		}
		s = s[1:]
	}
}

var caret = strings.NewReplacer("^^", "^", "^n", "\n", "^N", "\n", "^'", `"`) // RFC 6868 3.2

func parseParamValue(s string) (value, rest string) {
	if strings.HasPrefix(s, `"`) {
		if end := strings.IndexByte(s[1:], '"'); end >= 0 {
			value, rest = s[1:1+end], s[2+end:]
			if n := strings.IndexAny(rest, ",:;"); n > 0 { // rubbish behind the quote
				rest = rest[n:]
			}
			return caret.Replace(value), rest
		}
		s = s[1:]
	}
	n := strings.IndexAny(s, ",:;")
	if n < 0 {
		n = len(s)
	}
	return caret.Replace(strings.TrimSpace(s[:n])), s[n:]
}

// toUTF8 gives a line as UTF-8.
func toUTF8(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var out strings.Builder
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			r = windows1252(b[0])
		}
		out.WriteRune(r)
		b = b[n:]
	}
	return out.String()
}
