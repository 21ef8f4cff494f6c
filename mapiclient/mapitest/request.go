package mapitest

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// Paths of the endpoints.
const (
	emsmdbPath = "/mapi/emsmdb/"
	nspiPath   = "/mapi/nspi/"
)

// kindAutodiscover is Autodiscover's name among the kinds of requests.
const kindAutodiscover = "Autodiscover"

// maxBody is the longest request body: the largest ROP buffer, the auxiliary
// buffer and the fields around them, in bytes.
const maxBody = frame.MaxRopBuffer + frame.MaxAux + 64

// A request is a MAPI/HTTP request whose headers have been found good.
type request struct {
	server  *Server
	w       http.ResponseWriter
	r       *http.Request
	start   time.Time
	kind    frame.RequestType
	id      string   // X-RequestId
	user    *account // who signed in
	mailbox *account // whose URL it is
	body    []byte
	fault   *Fault
	backoff time.Duration      // how long the user has to wait before its ROPs run
	session *session           // found by its cookies
	late    frame.ResponseCode // found while the answer was under way
}

// refusal is a request that the transport does not take.
type refusal struct {
	code frame.ResponseCode
	why  string
}

func refuse(code frame.ResponseCode, format string, args ...any) *refusal {
	return &refusal{code, fmt.Sprintf(format, args...)}
}

var (
	requestIDForm   = regexp.MustCompile(`^\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}:[0-9]+$`)
	applicationForm = regexp.MustCompile(`^[A-Za-z]+/[0-9]+(\.[0-9]+){3}$`)
)

// endpoint handles the requests of one of the two endpoints.
func (s *Server) endpoint(types map[frame.RequestType]handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		start := s.opts.Now()
		if !s.framed(w, r) {
			return
		}
		user := s.signIn(w, r)
		if user == nil {
			return
		}
		q := &request{server: s, w: w, r: r, start: start, user: user}
		if !q.findMailbox() {
			return
		}
		if refused := q.check(types); refused != nil {
			if refused.code == frame.CodeInvalidRequestType && s.has(QuirkRotatesOnRefusal) {
				s.emsmdbSessions.rotate(q)
			}
			q.refused(refused)
			return
		}
		s.counters.add(Request(string(q.kind)), q.mailbox.Address)
		s.counters.add(AnyRequest(), q.mailbox.Address)
		if q.fault = s.faults.take(Request(string(q.kind)), q.mailbox.Address); q.fault == nil {
			q.fault = q.throttle()
		}
		if q.fault != nil && !s.httpFault(w, r, q.fault) {
			return
		}
		types[q.kind](q)
	}
}

// framed judges how a request says its length, which a server does before it
// asks who sends it.
func (s *Server) framed(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case s.has(QuirkLengthRequired) && r.Method == http.MethodPost && r.Header.Get("Content-Length") == "":
		http.Error(w, "Content-Length is required", http.StatusLengthRequired)
	case s.has(QuirkChunkedRefused) && len(r.TransferEncoding) > 0:
		w.Header().Set("Connection", "close")
		http.Error(w, "no chunks", http.StatusBadRequest)
	default:
		return true
	}
	return false
}

// findMailbox finds whose URL it is, or answers that it is nobody's.
func (q *request) findMailbox() bool {
	query := q.r.URL.Query()
	id := query.Get("MailboxId")
	q.mailbox = q.server.directory.byMailboxID(id)
	switch {
	case q.server.has(QuirkMailboxIDIgnored) && !query.Has("MailboxId"):
		http.NotFound(q.w, q.r)
		return false
	case q.server.has(QuirkMailboxIDIgnored) && q.mailbox == nil:
		q.mailbox = q.user
	case id == "":
		http.Error(q.w, "no MailboxId", http.StatusBadRequest)
	case q.mailbox == nil:
		http.Error(q.w, "no such mailbox", http.StatusNotFound)
	}
	return q.mailbox != nil
}

// A handler runs one type of request.
type handler func(*request)

// check reads the headers and the body. [MS-OXCMAPIHTTP] 2.2.3.3, 3.2.5.1
func (q *request) check(types map[frame.RequestType]handler) *refusal {
	if q.r.Method != http.MethodPost {
		return refuse(frame.CodeInvalidVerb, "the method is %s", q.r.Method)
	}
	checkHeaders := q.checkHeaders
	if q.server.has(QuirkOwnResponseCodes) {
		checkHeaders = q.checkFewHeaders
	}
	if refused := checkHeaders(); refused != nil {
		return refused
	}
	switch {
	case types[q.kind] == nil:
		return refuse(frame.CodeInvalidRequestType, "%s is %q", frame.HeaderRequestType, q.kind)
	case q.r.ContentLength > maxBody:
		return refuse(frame.CodeTooLarge, "the body has %d bytes", q.r.ContentLength)
	}
	body, err := io.ReadAll(io.LimitReader(q.r.Body, maxBody+1))
	if err != nil {
		return refuse(frame.CodeInvalidRequestBody, "reading the body: %v", err)
	}
	q.body = body
	return nil
}

// checkFewHeaders looks for what a server with codes of its own looks for.
func (q *request) checkFewHeaders() *refusal {
	h := q.r.Header
	q.kind, q.id = frame.RequestType(h.Get(frame.HeaderRequestType)), h.Get(frame.HeaderRequestID)
	switch {
	case q.kind == "":
		return refuse(frame.CodeInvalidVerb, "no %s", frame.HeaderRequestType)
	case q.id == "" || h.Get(frame.HeaderClientInfo) == "":
		return refuse(frame.CodeMissingHeader, "no %s or %s", frame.HeaderRequestID, frame.HeaderClientInfo)
	}
	return nil
}

// checkHeaders looks at all headers. [MS-OXCMAPIHTTP] 2.2.3.3
func (q *request) checkHeaders() *refusal {
	h := q.r.Header
	for _, name := range []string{frame.HeaderRequestType, frame.HeaderRequestID, frame.HeaderClientInfo, frame.HeaderClientApplication, "Content-Type"} {
		if h.Get(name) == "" {
			return refuse(frame.CodeMissingHeader, "no %s", name)
		}
	}
	q.kind, q.id = frame.RequestType(h.Get(frame.HeaderRequestType)), h.Get(frame.HeaderRequestID)
	switch {
	case h.Get("Content-Type") != frame.ContentType:
		return refuse(frame.CodeInvalidHeader, "Content-Type is %q", h.Get("Content-Type"))
	case !requestIDForm.MatchString(q.id):
		return refuse(frame.CodeInvalidHeader, "%s is %q", frame.HeaderRequestID, q.id)
	case !requestIDForm.MatchString(h.Get(frame.HeaderClientInfo)):
		return refuse(frame.CodeInvalidHeader, "%s is %q", frame.HeaderClientInfo, h.Get(frame.HeaderClientInfo))
	case !applicationForm.MatchString(h.Get(frame.HeaderClientApplication)):
		return refuse(frame.CodeInvalidHeader, "%s is %q", frame.HeaderClientApplication, h.Get(frame.HeaderClientApplication))
	}
	return nil
}

// ownCodes are the response codes of a server that numbers them its own way.
func ownCodes() map[frame.ResponseCode]frame.ResponseCode {
	return map[frame.ResponseCode]frame.ResponseCode{
		frame.CodeInvalidVerb: 1, frame.CodeInvalidContextCookie: 2, frame.CodeContextNotFound: 2, frame.CodeMissingHeader: 3,
		frame.CodeNoPrivilege: 4, frame.CodeInvalidRequestBody: 5, frame.CodeTooLarge: 5, frame.CodeMissingCookie: 6,
		frame.CodeInvalidSequence: 7, frame.CodeInvalidRequestType: 8,
	}
}

// decode reads the body. Nothing may be missing: a body without its AuxSize
// field is refused as well.
func (q *request) decode(v wire.Coder) *refusal {
	if err := wire.Unmarshal(q.body, v); err != nil {
		return refuse(frame.CodeInvalidRequestBody, "%v", err)
	}
	if whole, err := wire.Marshal(v); err != nil || len(whole) != len(q.body) {
		return refuse(frame.CodeInvalidRequestBody, "the body has %d bytes, its fields take %d", len(q.body), len(whole))
	}
	return nil
}

// refused answers that the transport does not take the request: HTTP 200, a
// response code and a page for people. [MS-OXCMAPIHTTP] 3.2.5.1
func (q *request) refused(why *refusal) {
	q.server.opts.Logger.Info("request refused", "type", string(q.kind), "code", why.code.String(), "why", why.why)
	h := q.w.Header()
	q.echo(h)
	h.Set("Content-Type", "text/html")
	code := why.code
	if q.server.has(QuirkOwnResponseCodes) {
		code = ownCodes()[code]
	}
	h.Set(frame.HeaderResponseCode, strconv.Itoa(int(code)))
	fmt.Fprintf(q.w, "<html><body><h1>%s</h1><p>%s</p></body></html>", why.code, escape(why.why))
}

func (q *request) echo(h http.Header) {
	for _, name := range []string{frame.HeaderRequestType, frame.HeaderRequestID, frame.HeaderClientInfo} {
		if v := q.r.Header.Get(name); v != "" {
			h.Set(name, v)
		}
	}
	h.Set(frame.HeaderServerApplication, q.server.opts.Profile.ServerApplication)
	if q.server.has(QuirkBackEndHeaders) {
		h.Set("X-FEServer", "EX1")
		h.Set("X-BEServer", "EX1")
		h.Set("X-CalculatedBETarget", q.server.ntlmNames().DNSComputer)
		h.Set("request-id", store.NewGUID().String())
	}
}
