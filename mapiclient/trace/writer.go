package trace

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// maxContexts bounds how many session contexts are remembered.
const maxContexts = 1000

// A Writer writes what clients say and are answered. It is safe for concurrent use.
type Writer struct {
	mu       sync.Mutex
	out      io.Writer
	contexts map[string]*memory // by the GUID of X-RequestId
	err      error
}

// NewWriter makes a writer.
func NewWriter(out io.Writer) *Writer {
	return &Writer{out: out, contexts: make(map[string]*memory)}
}

// Err is the first error of writing.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Observe writes a request with its answer. The client must observe bodies.
func (w *Writer) Observe(x mapihttp.Exchange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := first(x.RequestHeader, frame.HeaderRequestID)
	p := &printer{}
	p.line(0, "%s %s %s %s", x.Start.UTC().Format("2006-01-02T15:04:05.000Z"), x.Type, id, x.URL)
	p.indented("> ", func() { w.request(p, &x, id) })
	p.line(0, "< HTTP %d in %v%s", x.Status, x.Duration.Round(1000), headerNotes(x.AnswerHeader))
	p.indented("< ", func() { w.answer(p, &x, id) })
	if x.Err != nil {
		p.line(0, "! %v", x.Err)
	}
	p.line(0, "")
	if _, err := w.out.Write(p.Bytes()); err != nil && w.err == nil {
		w.err = err
	}
}

// context gives what is remembered of a session context.
func (w *Writer) context(id string) *memory {
	guid, _, _ := strings.Cut(id, ":")
	m := w.contexts[guid]
	if m == nil {
		if len(w.contexts) >= maxContexts {
			clear(w.contexts)
		}
		m = newMemory()
		w.contexts[guid] = m
	}
	return m
}

func (w *Writer) request(p *printer, x *mapihttp.Exchange, id string) {
	if x.Type == string(frame.Execute) {
		w.context(id).request(p, x.Request)
		return
	}
	p.body(x.Request, bodiesOf(x.Type).request)
}

func (w *Writer) answer(p *printer, x *mapihttp.Exchange, id string) {
	if x.Status != http.StatusOK || len(x.Answer) == 0 {
		return
	}
	r := bufio.NewReader(bytes.NewReader(x.Answer))
	late, err := frame.ReadPreamble(r, nil)
	if err != nil {
		p.line(0, "no MAPI answer: %v", err)
		return
	}
	for _, name := range []string{frame.HeaderResponseCode, "X-ElapsedTime"} {
		if v := late.Get(name); v != "" {
			p.line(0, "%s: %s", name, v)
		}
	}
	body, err := io.ReadAll(r)
	if err != nil {
		p.line(0, "%v", err)
	}
	switch {
	case x.Type == string(frame.Execute):
		w.context(id).answer(p, body)
	case x.Type == string(frame.Disconnect):
		guid, _, _ := strings.Cut(id, ":")
		delete(w.contexts, guid)
		fallthrough
	default:
		p.body(body, bodiesOf(x.Type).answer)
	}
}

// headerNotes gives what headers of an answer matter.
func headerNotes(h http.Header) string {
	var b strings.Builder
	for _, name := range []string{frame.HeaderResponseCode, frame.HeaderExpirationInfo, "Retry-After", "Location", "X-FEServer", "X-BEServer", "X-FailureContext"} {
		if v := h.Get(name); v != "" {
			fmt.Fprintf(&b, " %s=%q", name, v)
		}
	}
	if cookies := (&http.Response{Header: h}).Cookies(); len(cookies) > 0 {
		names := make([]string, len(cookies))
		for i, c := range cookies {
			names[i] = c.Name
		}
		slices.Sort(names)
		fmt.Fprintf(&b, " cookies=%s", strings.Join(names, ","))
	}
	return b.String()
}

// first gives a header whose name is not in its canonical form.
func first(h http.Header, name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return h.Get(name)
}

// body prints a body of a known structure.
func (p *printer) body(b []byte, v wire.Coder) {
	switch {
	case len(b) == 0:
	case v == nil:
		p.line(0, "(%d bytes)", len(b))
	default:
		if err := wire.Unmarshal(b, v); err != nil {
			p.line(0, "cannot be read: %v", err)
			return
		}
		p.line(0, "%s", describe(v))
	}
}
