package mapihttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// TestRules goes through the rules of the transport one by one, each by its name, where the other tests of this package go by
// what can go wrong. [MS-OXCMAPIHTTP] 2.2.2, 2.2.3, 2.2.7, 3.1
func TestRules(t *testing.T) {
	for _, rule := range []struct {
		name string
		test func(*testing.T, *fake)
	}{
		{"2.2.1: always https", func(t *testing.T, f *fake) {
			for _, u := range []string{"http://mail.example.test/mapi/emsmdb", "https://user:secret@mail.example.test/mapi", "ftp://x/", "mail.example.test"} {
				c := f.config()
				c.URL = u
				if _, err := NewClient(c); err == nil || strings.Contains(err.Error(), "secret") {
					t.Errorf("%s: %v", u, err)
				}
			}
		}},
		{"2.2.2.1: POST with Host, Content-Length, Content-Type and the X- headers", func(t *testing.T, f *fake) {
			exec(t, f.connect(f.config()), "a")
			for _, r := range f.all() {
				for _, name := range []string{"Content-Length", "Content-Type", "X-RequestType", "X-RequestId", "X-ClientInfo", "X-ClientApplication", "Authorization"} {
					if r.header.Get(name) == "" {
						t.Errorf("%s lacks %s", r.kind, name)
					}
				}
			}
		}},
		{"2.2.3.3.2: X-RequestId grows by request", func(t *testing.T, f *fake) {
			x := f.connect(f.config())
			exec(t, x, "a")
			exec(t, x, "b")
			for i, r := range f.all() {
				if id := r.header.Get("X-RequestId"); !strings.HasSuffix(id, fmt.Sprintf("}:%d", i+1)) {
					t.Errorf("request %d: %s", i+1, id)
				}
			}
		}},
		{"2.2.3.3.3: any X-ResponseCode but 0 ends the context, whatever its number", func(t *testing.T, f *fake) {
			for code := frame.ResponseCode(1); code <= 19; code++ {
				f.setFault(nil)
				x := f.connect(f.config())
				f.onExecute(func(w http.ResponseWriter, _ *http.Request) { refuse(w, code) })
				_, err := x.Execute(t.Context(), nil, ExecuteOptions{})
				var unknown *UnknownOutcomeError
				var told *ResponseCodeError
				if !errors.As(err, &unknown) || !errors.As(err, &told) || told.Code != code || x.Lost() == nil {
					t.Errorf("%d: %v, lost %v", code, err, x.Lost())
				}
			}
		}},
		{"2.2.3.3.5: X-PendingPeriod says how long a server may be silent", func(t *testing.T, f *fake) {
			c := f.config()
			c.StallTimeout = 2 * time.Second // a busy machine is silent for a moment, too
			x := f.connect(c)
			slow := func(period string) func(http.ResponseWriter, *http.Request) {
				return func(w http.ResponseWriter, r *http.Request) {
					headers(w, r)
					w.Header().Set("X-PendingPeriod", period)
					_, _ = io.WriteString(w, "PROCESSING\r\n")
					w.(http.Flusher).Flush()
					time.Sleep(3 * time.Second)
					body, _ := wire.Marshal(&frame.ExecuteResponse{RopBuffer: ropBuffer([]byte("late"))})
					_, _ = io.WriteString(w, "DONE\r\nX-ElapsedTime: 3000\r\n\r\n"+string(body))
				}
			}
			f.onExecute(slow("60000"))
			if out, err := x.Execute(t.Context(), nil, ExecuteOptions{}); err != nil || string(out[0]) != "late" {
				t.Errorf("within its period: %q, %v", out, err)
			}
			f.onExecute(slow("nonsense"))
			if _, err := x.Execute(t.Context(), nil, ExecuteOptions{}); err == nil {
				t.Error("a server that tells no period may be silent for longer than is allowed")
			}
		}},
		{"2.2.3.3.10: X-ExpirationInfo is when the context ends", func(t *testing.T, f *fake) {
			x := f.connect(f.config())
			if left := time.Until(x.Expires()); left < 890*time.Second || left > 900*time.Second {
				t.Errorf("%v left of 900 s", left)
			}
		}},
		{"2.2.7: meta-tags are read from the body without its chunks", func(t *testing.T, f *fake) {
			x := f.connect(f.config())
			f.onExecute(func(w http.ResponseWriter, r *http.Request) {
				headers(w, r)
				for _, b := range answerBody(&frame.ExecuteResponse{RopBuffer: ropBuffer([]byte("in pieces"))}) {
					_, _ = w.Write([]byte{b})
					w.(http.Flusher).Flush()
				}
			})
			if out, err := x.Execute(t.Context(), nil, ExecuteOptions{}); err != nil || string(out[0]) != "in pieces" {
				t.Errorf("%q, %v", out, err)
			}
		}},
		{"2.2.7: any number of PENDING, and none", func(t *testing.T, f *fake) {
			x := f.connect(f.config())
			for _, n := range []int{0, 1, 1000} {
				f.onExecute(func(w http.ResponseWriter, r *http.Request) {
					headers(w, r)
					body, _ := wire.Marshal(&frame.ExecuteResponse{RopBuffer: ropBuffer([]byte("done"))})
					_, _ = io.WriteString(w, "PROCESSING\r\n"+strings.Repeat("PENDING\r\n", n)+"DONE\r\n\r\n"+string(body))
				})
				if _, err := x.Execute(t.Context(), nil, ExecuteOptions{}); err != nil {
					t.Errorf("%d times: %v", n, err)
				}
			}
		}},
		{"2.2.7: an X-ResponseCode behind DONE overrides the header's", func(t *testing.T, f *fake) {
			x := f.connect(f.config())
			f.onExecute(func(w http.ResponseWriter, r *http.Request) {
				headers(w, r)
				_, _ = io.WriteString(w, "PROCESSING\r\nDONE\r\nX-ResponseCode: 10\r\n\r\nwhy")
			})
			_, err := x.Execute(t.Context(), nil, ExecuteOptions{})
			var told *ResponseCodeError
			if !errors.As(err, &told) || !told.Late || told.Code != frame.CodeContextNotFound || x.Lost() == nil {
				t.Errorf("%v, lost %v", err, x.Lost())
			}
		}},
		{"3.1.5.2: the full set of cookies goes back, and never another context's", func(t *testing.T, f *fake) {
			c := f.client(f.config())
			for i := range 2 {
				x, err := c.Connect(t.Context(), "/o=A", ConnectOptions{})
				if err != nil {
					t.Fatal(err)
				}
				if first := f.all()[2*i].header.Get("Cookie"); first != "" {
					t.Errorf("a new context begins with %q", first)
				}
				exec(t, x, "a")
				sent := f.all()[2*i+1].header.Get("Cookie")
				if strings.Count(sent, "sid=") != 1 || !strings.Contains(sent, "sequence=1") || !strings.Contains(sent, "X-BackEndCookie=") {
					t.Errorf("cookies %q", sent)
				}
			}
		}},
		{"3.1.5.6: one request at a time, and a NotificationWait beside it", func(t *testing.T, f *fake) {
			waiting, done := make(chan struct{}), make(chan struct{})
			f.wait = func(context.Context) bool { close(waiting); <-done; return true }
			x := f.connect(f.config())
			told := make(chan error, 1)
			go func() {
				_, err := x.NotificationWait(t.Context())
				told <- err
			}()
			<-waiting
			exec(t, x, "beside")
			close(done)
			if err := <-told; err != nil {
				t.Error(err)
			}
		}},
		{"3.1.5.6: a PING has no body, and keeps the context", func(t *testing.T, f *fake) {
			x := f.connect(f.config())
			if err := x.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			if r := f.all()[1]; r.kind != "PING" || len(r.body) != 0 || r.header.Get("Content-Length") != "0" {
				t.Errorf("%+v", r)
			}
			exec(t, x, "still there")
		}},
		{"3.1.7: broken before it was sent whole: once more, as it was", func(t *testing.T, f *fake) {
			b := &breaking{nth: 1, bytes: 700}
			c := f.config()
			c.Dial = b.dial
			x := f.connect(c)
			b.armed.Store(true)
			exec(t, x, strings.Repeat("long ", 1000))
			if n := len(f.ran()); n != 5000 || f.connections() != 2 {
				t.Errorf("executed %d bytes on %d connections", n, f.connections())
			}
		}},
		{"3.1.7: broken while reading: never again, and a Connect with the old cookies", func(t *testing.T, f *fake) {
			c := f.client(f.config())
			x, err := c.Connect(t.Context(), "/o=A", ConnectOptions{})
			if err != nil {
				t.Fatal(err)
			}
			f.onExecute(func(w http.ResponseWriter, _ *http.Request) { raw(w, "HTTP/1.1 200 OK\r\n") })
			_, err = x.Execute(t.Context(), []byte("mail"), ExecuteOptions{})
			var unknown *UnknownOutcomeError
			if !errors.As(err, &unknown) || f.count("Execute") != 1 {
				t.Fatalf("%v, %d Executes", err, f.count("Execute"))
			}
			f.setFault(nil)
			if err := x.Release(t.Context()); err != nil {
				t.Fatal(err)
			}
			list := f.all()
			if again := list[2]; again.kind != "Connect" || !strings.Contains(again.header.Get("Cookie"), "sid=s1") || list[3].kind != "Disconnect" {
				t.Errorf("%s with the cookies %q, then %s", again.kind, again.header.Get("Cookie"), list[3].kind)
			}
		}},
	} {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			rule.test(t, newFake(t))
		})
	}
}
