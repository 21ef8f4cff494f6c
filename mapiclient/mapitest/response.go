package mapitest

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// respond answers a request that the transport has taken. The first tag goes
// out at once; work runs meanwhile, with PENDING tags if it takes long, and
// gives the body. work gets a context that ends when the client goes away.
// [MS-OXCMAPIHTTP] 3.2.5.2
func (q *request) respond(cookies []*http.Cookie, work func(context.Context) wire.Coder) {
	s := q.server
	h := q.w.Header()
	q.echo(h)
	h.Set("Content-Type", frame.ContentType)
	h.Set("Cache-Control", "private")
	h.Set(frame.HeaderResponseCode, "0")
	h.Set(frame.HeaderPendingPeriod, strconv.FormatInt(s.opts.Limits.Pending.Milliseconds(), 10))
	h.Set(frame.HeaderExpirationInfo, strconv.FormatInt(s.life(cookies != nil && q.loggedOn()).Milliseconds(), 10))
	for _, c := range cookies {
		http.SetCookie(q.w, c)
	}
	flush := http.NewResponseController(q.w).Flush
	tags := frame.NewTagWriter(q.w, q.start)
	_, _ = tags.Processing(), flush()

	done := make(chan wire.Coder, 1)
	go func() { done <- work(q.r.Context()) }()
	ticker := time.NewTicker(s.opts.Limits.Pending)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_, _ = q.pending(tags), flush()
		case body := <-done:
			q.finish(tags, body)
			return
		}
	}
}

// pending writes a sign of life.
func (q *request) pending(tags *frame.TagWriter) error {
	if q.server.has(QuirkBarePending) {
		_, err := io.WriteString(q.w, string(frame.Pending))
		return err
	}
	return tags.Pending()
}

// finish writes the rest of an answer, unless a fault swallows it.
func (q *request) finish(tags *frame.TagWriter, body wire.Coder) {
	if q.fault != nil && q.fault.DropAnswer {
		q.server.cut(q.w)
		return
	}
	if q.fault != nil && q.fault.Garbage {
		_, _ = io.WriteString(q.w, "<html>this is no answer</html>")
		return
	}
	b, err := []byte(nil), error(nil)
	if err := q.server.state.sync(); err != nil {
		// What cannot be kept is not promised.
		q.server.opts.Logger.Error("state cannot be kept", "error", err)
		q.server.cut(q.w)
		return
	}
	if body != nil {
		b, err = wire.Marshal(body)
	}
	if err != nil {
		q.server.opts.Logger.Error("answer cannot be written", "type", string(q.kind), "error", err)
		_ = tags.Done(q.server.opts.Now(), frame.CodeInvalidResponse)
		return
	}
	if q.kind == frame.NotificationWait && q.server.has(QuirkProcessingAgain) {
		_ = tags.Processing()
	}
	_ = tags.Done(q.server.opts.Now(), q.late)
	if q.late == frame.CodeSuccess {
		_, _ = q.w.Write(b)
	}
}

// httpFault does what a fault asks before a request is executed, and tells
// whether to go on.
func (s *Server) httpFault(w http.ResponseWriter, r *http.Request, f *Fault) bool {
	if !sleep(r.Context(), f.Delay) {
		return false
	}
	switch {
	case f.DropRequest:
		s.cut(w)
	case f.HTTPStatus == http.StatusUnauthorized:
		s.refuse(w)
	case f.HTTPStatus != 0:
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Seconds())))
		}
		http.Error(w, http.StatusText(f.HTTPStatus), f.HTTPStatus)
	case f.ResponseCode != 0:
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set(frame.HeaderResponseCode, strconv.Itoa(f.ResponseCode))
		_, _ = io.WriteString(w, "<html><body>on demand</body></html>")
	default:
		return true
	}
	return false
}

// cut closes the connection under a response.
func (s *Server) cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		err = conn.Close()
	}
	if err != nil {
		s.opts.Logger.Debug("cutting a connection", "error", err)
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// failed gives the fault's code for a whole request, or 0.
func (q *request) failed() mapi.ErrorCode {
	if q.fault != nil {
		return q.fault.Code
	}
	return 0
}

// status gives the fault's status for a whole request, or 0.
func (q *request) status() uint32 {
	if q.fault != nil {
		return uint32(q.fault.Status)
	}
	return 0
}
