package smtpside

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// serverFiles are those whose replies go to clients.
var serverFiles = []string{
	"server.go", "binarymime.go", "session.go", "guard*.go", "xclient.go", "sasl*.go", "chunk_reader.go", "text_reader.go", "text_legacy.go", "proxy.go", "throttle.go",
}

// A saying is a reply that the server may give, as its source has it.
type saying struct {
	code     int
	enhanced string
	text     string
	part     bool // the text is only what is certain of it
}

func (s saying) String() string {
	return strings.TrimRight(strings.Join([]string{strconv.Itoa(s.code), s.enhanced, s.text}, " "), " ")
}

// in tells whether some line says it.
func (s saying) in(lines map[string]bool) bool {
	for line := range lines {
		rest, ok := strings.CutPrefix(line, strconv.Itoa(s.code))
		if !ok || rest == "" {
			continue
		}
		if s.enhanced != "" {
			if rest, ok = strings.CutPrefix(rest[1:], s.enhanced+" "); !ok {
				continue
			}
		} else {
			rest = rest[1:]
		}
		if rest == s.text || s.part && strings.Contains(rest, s.text) {
			return true
		}
	}
	return false
}

const (
	byGuard  = "the guard sees to that itself"
	byWords  = "the guard has its own words"
	notThere = "the extension is not there"
)

// notSaid are the replies of go-smtp that no client ever gets, and why. Once one is said, this list is wrong and the test fails.
var notSaid = map[string]string{
	"Too many arguments": byGuard, "Unknown BDAT argument": byGuard, "Malformed size argument": byGuard, "Missing chunk size argument": byGuard,
	"Error: bad syntax": byGuard, "Bad command": byGuard, "Too long line, closing connection": byGuard, "Idle timeout, bye bye": byGuard,
	"Connection error, sorry": byGuard, "Too many errors. Quiting now": byGuard, "Domain/address argument required for HELO": byGuard,
	"Already running in TLS": byGuard, "TLS not supported": byGuard, "Ready to start TLS": byGuard, "Handshake error": byGuard,
	"BINARYMIME is not implemented": "it is always offered",
	"TLS is required":               "the session refuses AUTH without TLS before", "Maximum limit of ": "the session counts recipients before",
	"Roger, accepting mail from <": byWords, "I'll make sure <": byWords, "Session reset": byWords, "I have successfully done nothing": byWords,
	"Cannot VRFY user, but will accept message": byWords, "Bye": byWords, "Authentication succeeded": byWords,
	"Malformed RRVS parameter value": notThere, "Malformed BY parameter value": notThere, "BY parameter is below server minimum": notThere,
	"Malformed MT-PRIORITY parameter value": notThere, "MT-PRIORITY is outside valid range": notThere,
	"Too busy. Try again later.": "nothing asks go-smtp to say so",
}

// sayings gives all replies in a source, by where they stand.
type sayings map[saying]string

// add notes a reply with its place.
func (s sayings) add(found saying, set *token.FileSet, at ast.Node) {
	place := set.Position(at.Pos())
	s[found] = fmt.Sprintf("%s:%d", filepath.Base(place.Filename), place.Line)
}

// parse reads Go files.
func parseFiles(t *testing.T, dir string, patterns []string) (*token.FileSet, []*ast.File) {
	t.Helper()
	set := token.NewFileSet()
	var files []*ast.File
	for _, pattern := range patterns {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(names) == 0 {
			t.Fatalf("no files %s in %s: %v", pattern, dir, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(set, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	return set, files
}

// ours are the replies of this package: Status values written out, and calls of the constructors of replies.go.
func ours(t *testing.T) sayings {
	usual := constructors(t)
	set, files := parseFiles(t, ".", serverFiles)
	all := sayings{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				name, ok := n.Fun.(*ast.Ident)
				if !ok {
					break
				}
				if c, known := usual[name.Name]; known && len(n.Args) == 1 {
					if text, whole := literal(n.Args[0]); !whole || text != "" {
						c.text, c.part = text, !whole
					}
					all.add(c, set, n)
				}
			case *ast.CompositeLit:
				if s, ok := statusOf(n); ok {
					all.add(s, set, n)
				}
			}
			return true
		})
	}
	return all
}

// statusOf reads Status{Code: 502, Detail: "5.1", Text: "…"}.
func statusOf(lit *ast.CompositeLit) (s saying, ok bool) {
	name, ok := lit.Type.(*ast.Ident)
	if !ok || name.Name != "Status" {
		return s, false
	}
	detail := ""
	for _, e := range lit.Elts {
		field, ok := e.(*ast.KeyValueExpr)
		if !ok {
			return s, false
		}
		text, _ := literal(field.Value)
		switch field.Key.(*ast.Ident).Name {
		case "Code":
			s.code, _ = strconv.Atoi(text)
		case "Detail":
			detail = text
		case "Text":
			s.text = text
			_, isText := field.Value.(*ast.BasicLit)
			s.part = !isText
		}
	}
	if s.code == 0 || s.code == 220 && s.text == "" {
		return s, false
	}
	if detail != "" {
		s.enhanced = fmt.Sprintf("%d.%s", s.code/100, detail)
	}
	return s, true
}

// literal gives a literal, or what is certain of an expression: the start.
func literal(e ast.Expr) (text string, whole bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return e.Value, true
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		x, _ := literal(e.X)
		y, _ := literal(e.Y)
		return max(x, y), false // one of them is none
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Sprintf" && len(e.Args) > 0 {
			text, _ = literal(e.Args[0])
			text, _, _ = strings.Cut(text, "%")
			return text, false
		}
	}
	return "", false
}

// constructors reads replies.go: the usual reply by the name of its function.
func constructors(t *testing.T) map[string]saying {
	_, files := parseFiles(t, ".", []string{"replies.go"})
	all := map[string]saying{}
	for _, decl := range files[0].Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Name.Name == "reply" {
			continue
		}
		call := f.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.CallExpr)
		code, _ := literal(call.Args[0])
		detail, _ := literal(call.Args[1])
		text, _ := literal(call.Args[3])
		n, _ := strconv.Atoi(code)
		all[f.Name.Name] = saying{code: n, enhanced: fmt.Sprintf("%d.%s", n/100, detail), text: text}
	}
	return all
}

// theirs are the replies of go-smtp, in the source that this module is built with.
func theirs(t *testing.T) sayings {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emersion/go-smtp").Output()
	if err != nil {
		t.Skipf("the source of go-smtp is not to be had: %v", err)
	}
	set, files := parseFiles(t, strings.TrimSpace(string(out)), []string{"conn.go", "server.go"})
	all := sayings{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 3 {
				return true
			}
			f, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"writeResponse", "protocolError", "writeError"}, f.Sel.Name) {
				return true
			}
			code, _ := literal(call.Args[0])
			text, whole := literal(call.Args[2])
			s := saying{text: text, part: !whole}
			if s.code, _ = strconv.Atoi(code); s.code == 0 || f.Sel.Name == "writeError" {
				return true // what the session says
			}
			if lit, ok := call.Args[1].(*ast.CompositeLit); ok {
				var parts []string
				for _, e := range lit.Elts {
					part, _ := literal(e)
					parts = append(parts, part)
				}
				s.enhanced = strings.Join(parts, ".")
			}
			if _, corrected := corrections[s.text]; !corrected {
				all.add(s, set, call)
			}
			return true
		})
	}
	return all
}

// expected are all replies that transcripts must show.
func expected(t *testing.T) sayings {
	all := ours(t)
	for s, at := range theirs(t) {
		if notSaid[s.text] == "" {
			all[s] = at
		}
	}
	known := func(s Status, at string) {
		all[saying{code: s.Code, enhanced: s.Enhanced(), text: s.Text}] = at
	}
	for verb, s := range wording {
		known(s, "wording of "+verb)
	}
	for text, s := range corrections {
		known(s, "correction of "+text)
	}
	for _, err := range []error{errNoPath, errLocalPart, errDomain, errLong} {
		known(BadSender(err.Error()), "address.go")
		known(BadRecipient(err.Error()), "address.go")
	}
	known(BadParameter(errXClient.Error()), "xclient.go")
	return all
}

// A minute takes down what servers say in all transcripts of a test.
type minute struct {
	noObserver
	mu    sync.Mutex
	lines map[string]bool
	codes map[string]map[int]bool // by verb
}

func (m *minute) line(line string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lines[line] = true
}

// Command implements Observer.
func (m *minute) Command(verb string, s Status, _ time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.codes[verb] == nil {
		m.codes[verb] = map[int]bool{}
	}
	m.codes[verb][s.Code] = true
}

// Every verb that the server knows is said in a transcript, and every reply that it can give is got in one: those that stand in
// its own source, and those of go-smtp's that the guard lets through.
func TestEveryReply(t *testing.T) {
	m := &minute{lines: map[string]bool{}, codes: map[string]map[int]bool{}}
	scripts := slices.Concat(transcripts, replyTranscripts(t, m))
	t.Run("transcripts", func(t *testing.T) {
		for _, tt := range scripts {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				book := &notebook{}
				if tt.book != nil {
					book.refuse, book.panics, book.early = tt.book.refuse, tt.book.panics, tt.book.early
				}
				opts := tt.opts
				opts.Backend, opts.Observer = book, m
				if opts.Trusted == nil && !opts.Auth && !opts.AuthTokens {
					opts.Trusted = loopback
				}
				s, addr := startServer(t, opts)
				k := dialTalk(t, addr)
				k.heard = m.line
				before, after, acts := strings.Cut(tt.script, "ACT")
				k.play(before)
				if acts {
					tt.act(t, s, addr)
					k.play(after)
				}
			})
		}
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	all := expected(t)
	for s, at := range all {
		if !s.in(m.lines) {
			t.Errorf("no transcript shows %q (%s)", s, at)
		}
	}
	for text, why := range notSaid {
		if (saying{text: text, part: true}).anywhere(m.lines) {
			t.Errorf("%q is said, although %s", text, why)
		}
	}
	for _, verb := range slices.Sorted(maps.Keys(commands)) {
		if !slices.ContainsFunc(scripts, func(tt transcript) bool {
			return strings.Contains(tt.script, ": "+verb) || strings.Contains(tt.script, `"`+verb)
		}) {
			t.Errorf("no transcript has %s", verb)
		}
	}
	for _, verb := range slices.Sorted(maps.Keys(m.codes)) {
		t.Logf("%-8s %v", verb, slices.Sorted(maps.Keys(m.codes[verb])))
	}
	t.Logf("%d verbs, %d replies, %d transcripts", len(commands), len(all), len(scripts))
}

// anywhere tells whether some line has the text.
func (s saying) anywhere(lines map[string]bool) bool {
	for line := range lines {
		if strings.Contains(line, " "+s.text) {
			return true
		}
	}
	return false
}
