package smtpside

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// A zone is a Resolver.
type zone struct {
	mx    map[string][]*net.MX
	ip    map[string]string
	fails map[string]bool // look-ups that fail for now
	asked atomic.Int32
}

func (z *zone) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	z.asked.Add(1)
	if z.fails[name] {
		return nil, &net.DNSError{Err: "server misbehaving", Name: name, Server: "10.0.0.53", IsTemporary: true}
	}
	if mx := z.mx[name]; mx != nil {
		return append([]*net.MX(nil), mx...), nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (z *zone) LookupIPAddr(ctx context.Context, name string) ([]net.IPAddr, error) {
	if z.fails[name] {
		return nil, &net.DNSError{Err: "server misbehaving", Name: name, Server: "10.0.0.53", IsTemporary: true}
	}
	if z.ip[name] == "" {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	var addrs []net.IPAddr
	for ip := range strings.FieldsSeq(z.ip[name]) {
		addrs = append(addrs, net.IPAddr{IP: net.ParseIP(ip)})
	}
	return addrs, nil
}

// A netmap is a network of test hosts: it dials sinks by made-up addresses, and counts.
type netmap struct {
	mu    sync.Mutex
	hosts map[string]string // "192.0.2.1:25" to the address of a sink; "" refuses
	dials []string
}

func (n *netmap) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	n.mu.Lock()
	n.dials = append(n.dials, addr)
	to := n.hosts[addr]
	n.mu.Unlock()
	if to == "" {
		return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("connect: connection refused")}
	}
	return (&net.Dialer{}).DialContext(ctx, network, to)
}

func (n *netmap) dialed() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.dials, " ")
}

func newSink(t testing.TB, opts smtptest.Options) *smtptest.Sink {
	t.Helper()
	s, err := smtptest.NewSink(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newTestSender(t testing.TB, opts SenderOptions) *Sender {
	t.Helper()
	opts.Hostname = "gateway.example"
	s, err := NewSender(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

const testMessage = "Message-ID: <1@x>\nSubject: test\n\n.dot\r\nlast line without end"

func textOf(s string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }
}

// jobTo is a job for a host.
func jobTo(addr string, to ...string) Job {
	j := Job{Route: Route{Hosts: []string{addr}}, From: "from@x.example", Open: textOf(testMessage)}
	for _, a := range to {
		j.Recipients = append(j.Recipients, JobRecipient{Address: a})
	}
	return j
}

func mustSend(t testing.TB, s *Sender, job Job) []Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	result, err := s.Send(ctx, job)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Recipients) != len(job.Recipients) {
		t.Fatalf("%d outcomes for %d recipients", len(result.Recipients), len(job.Recipients))
	}
	for i, o := range result.Recipients {
		if o.Status.Code == 0 {
			t.Fatalf("recipient %d has no outcome", i)
		}
	}
	return result.Recipients
}

// codes writes outcomes short: the codes, with ? for unknown.
func codes(outcomes []Outcome) string {
	var words []string
	for _, o := range outcomes {
		word := fmt.Sprint(o.Status.Code)
		if o.Unknown {
			word += "?"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestSend(t *testing.T) {
	for _, without := range []string{"", "PIPELINING", "EHLO"} {
		t.Run("without "+without, func(t *testing.T) {
			sink := newSink(t, smtptest.Options{Without: []string{without}})
			sink.Fail(smtptest.Fault{Verb: "RCPT", Match: "no@y.example", Reply: "550 5.1.1 no such user\r\n"[:22]})
			sink.Fail(smtptest.Fault{Verb: "RCPT", Match: "later@y.example", Reply: "450-4.2.0 grey\r\n450 4.2.0 listed"})
			s := newTestSender(t, SenderOptions{})
			got := mustSend(t, s, jobTo(sink.Addr, "a@y.example", "no@y.example", "later@y.example", "b@y.example", "not an address"))
			if codes(got) != "250 550 450 250 501" {
				t.Errorf("outcomes %s", codes(got))
			}
			if st := got[2].Status; st.Detail != "2.0" || st.Text != "grey\nlisted" {
				t.Errorf("status %+v", st)
			}
			_, port, _ := net.SplitHostPort(sink.Addr)
			if want := "127.0.0.1 [127.0.0.1]:" + port; got[0].Host != want {
				t.Errorf("host %q, want %q", got[0].Host, want)
			}
			m := sink.Mails()[0]
			if want := "Message-ID: <1@x>\r\nSubject: test\r\n\r\n.dot\r\nlast line without end\r\n"; string(m.Raw) != want {
				t.Errorf("body %q", m.Raw)
			}
			if strings.Join(m.To, " ") != "a@y.example b@y.example" || m.Helo != "gateway.example" {
				t.Errorf("to %v, helo %q", m.To, m.Helo)
			}
		})
	}
}

func TestSendParameters(t *testing.T) {
	sink := newSink(t, smtptest.Options{})
	s := newTestSender(t, SenderOptions{})
	job := jobTo(sink.Addr)
	job.Params = MailParams{Size: 1234, Body: Body8BitMIME, Return: ReturnHeaders, EnvelopeID: "a+b=c d"}
	job.Recipients = []JobRecipient{
		{Address: "a@y.example", Params: RcptParams{Notify: NotifySuccess | NotifyDelay, Orig: OriginalRecipient{"rfc822", "o+x@y"}}},
		{Address: "jörg@y.example", Params: RcptParams{Notify: NotifyNever, Orig: OriginalRecipient{"utf-8", `jö\rg@y`}}},
	}
	got := mustSend(t, s, job)
	if codes(got) != "250 250" || !got[0].DSN {
		t.Errorf("outcomes %+v", got)
	}
	m := sink.Mails()[0]
	if want := "SIZE=1234 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb+3Dc+20d"; m.FromParams != want {
		t.Errorf("MAIL %q, want %q", m.FromParams, want)
	}
	if want := "NOTIFY=SUCCESS,DELAY ORCPT=rfc822;o+2Bx@y"; m.ToParams[0] != want {
		t.Errorf("RCPT %q, want %q", m.ToParams[0], want)
	}
	if want := `NOTIFY=NEVER ORCPT=utf-8;jö\x{5C}rg@y`; m.ToParams[1] != want {
		t.Errorf("RCPT %q, want %q", m.ToParams[1], want)
	}

	plain := newSink(t, smtptest.Options{Without: []string{"DSN", "SIZE", "8BITMIME", "SMTPUTF8"}})
	job.Route.Hosts = []string{plain.Addr}
	got = mustSend(t, s, job)
	if codes(got) != "250 553" || got[0].DSN || got[1].Status.Detail != "6.7" {
		t.Errorf("outcomes %+v", got)
	}
	if m := plain.Mails()[0]; m.FromParams != "" || m.ToParams[0] != "" {
		t.Errorf("parameters %q, %q to a host that offers nothing", m.FromParams, m.ToParams[0])
	}
}

// Each fault happens once; outcome is that of one recipient, sent over a fresh connection to one host.
func TestSendFaults(t *testing.T) {
	tests := []struct {
		name    string
		fault   smtptest.Fault
		outcome string
		arrived int
	}{
		{"greeting 421", smtptest.Fault{Verb: "CONNECT", Reply: "421 4.3.2 busy"}, "421", 0},
		{"greeting 554", smtptest.Fault{Verb: "CONNECT", Reply: "554 5.7.1 go away"}, "554", 0},
		{"greeting garbage", smtptest.Fault{Verb: "CONNECT", Reply: "SSH-2.0-OpenSSH"}, "451", 0},
		{"no greeting", smtptest.Fault{Verb: "CONNECT", Drop: true}, "451", 0},
		{"cut at EHLO", smtptest.Fault{Verb: "EHLO", Drop: true}, "451", 0},
		{"EHLO 421", smtptest.Fault{Verb: "EHLO", Reply: "421 no", Drop: true}, "421", 0},
		{"MAIL 451", smtptest.Fault{Verb: "MAIL", Reply: "451 4.3.0 hm"}, "451", 0},
		{"MAIL 550", smtptest.Fault{Verb: "MAIL", Reply: "550 5.7.1 not you"}, "550", 0},
		{"MAIL 421", smtptest.Fault{Verb: "MAIL", Reply: "421 4.3.2 bye", Drop: true}, "421", 0},
		{"MAIL 354", smtptest.Fault{Verb: "MAIL", Reply: "354 what"}, "451", 0},
		{"cut at MAIL", smtptest.Fault{Verb: "MAIL", Drop: true}, "451", 0},
		{"RCPT 550", smtptest.Fault{Verb: "RCPT", Reply: "550 5.1.1 who"}, "550", 0},
		{"RCPT 452", smtptest.Fault{Verb: "RCPT", Reply: "452 4.5.3 many"}, "452", 0},
		{"cut at RCPT", smtptest.Fault{Verb: "RCPT", Drop: true}, "451", 0},
		{"DATA 451", smtptest.Fault{Verb: "DATA", Reply: "451 4.3.0 hm"}, "451", 0},
		{"DATA 554", smtptest.Fault{Verb: "DATA", Reply: "554 5.7.1 no"}, "554", 0},
		{"DATA 250", smtptest.Fault{Verb: "DATA", Reply: "250 ok"}, "451", 0},
		{"DATA answered twice", smtptest.Fault{Verb: "DATA", Reply: "354 go\r\n250 2.0.0 ok, have it"}, "451", 0},
		{"cut at DATA", smtptest.Fault{Verb: "DATA", Drop: true}, "451", 0},
		{"cut in the message", smtptest.Fault{Verb: "BODY", Drop: true}, "451?", 0},
		{"dot 452", smtptest.Fault{Verb: ".", Reply: "452 4.2.2 full"}, "452", 0},
		{"dot 552", smtptest.Fault{Verb: ".", Reply: "552 5.3.4 large"}, "552", 0},
		{"dot 421", smtptest.Fault{Verb: ".", Reply: "421 4.3.2 bye", Drop: true}, "421", 0},
		{"cut after the dot", smtptest.Fault{Verb: ".", Drop: true}, "451?", 0},
		{"kept, then cut", smtptest.Fault{Verb: ".", Drop: true, Record: true}, "451?", 1},
		{"garbage after the dot", smtptest.Fault{Verb: ".", Reply: "thanks!", Record: true}, "451?", 1},
		{"354 after the dot", smtptest.Fault{Verb: ".", Reply: "354 more", Record: true}, "451?", 1},
		{"silence after the dot", smtptest.Fault{Verb: ".", Delay: time.Minute, Record: true}, "451?", 1},
		{"silence at MAIL", smtptest.Fault{Verb: "MAIL", Delay: time.Minute}, "451", 0},
		{"reply line of 1 MB", smtptest.Fault{Verb: "MAIL", Reply: "250 " + strings.Repeat("x", 1<<20)}, "451", 0},
		{"reply of 1000 lines", smtptest.Fault{Verb: "EHLO", Reply: strings.Repeat("250-X\r\n", 1000) + "250 X"}, "451", 0},
		{"codes that disagree", smtptest.Fault{Verb: "EHLO", Reply: "250-x\r\n550 y"}, "451", 0},
		{"lower code", smtptest.Fault{Verb: "MAIL", Reply: "099 x"}, "451", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sink := newSink(t, smtptest.Options{})
			tt.fault.Times = 1
			sink.Fail(tt.fault)
			s := newTestSender(t, SenderOptions{Timeouts: Timeouts{
				Command: 2 * time.Second, DataEnd: 2 * time.Second, // a busy machine is silent for a moment, too
			}})
			got := mustSend(t, s, jobTo(sink.Addr, "a@y.example"))
			if codes(got) != tt.outcome {
				t.Errorf("outcome %+v, want %s", got, tt.outcome)
			}
			if len(got[0].Status.Text) > 5000 {
				t.Errorf("text of %d octets", len(got[0].Status.Text))
			}
			if sink.Count() != tt.arrived && tt.fault.Delay == 0 {
				t.Errorf("%d arrived, want %d", sink.Count(), tt.arrived)
			}
			if got := mustSend(t, s, jobTo(sink.Addr, "a@y.example")); codes(got) != "250" {
				t.Errorf("the next mail: %+v", got)
			}
		})
	}
}

// A long message that is cut in the middle cannot have been taken.
func TestSendCutInLongMessage(t *testing.T) {
	sink := newSink(t, smtptest.Options{})
	sink.Fail(smtptest.Fault{Verb: "BODY", Drop: true})
	s := newTestSender(t, SenderOptions{})
	job := jobTo(sink.Addr, "a@y.example")
	job.Open = textOf(strings.Repeat("0123456789abcdef\r\n", 2<<20))
	if got := mustSend(t, s, job); codes(got) != "451" {
		t.Errorf("outcome %+v", got)
	}
	sink.Heal()
	sink.Fail(smtptest.Fault{Verb: "BODY", Reply: "552 5.3.4 enough", Drop: true})
	if got := mustSend(t, s, job); codes(got) != "552" && codes(got) != "451" { // the reset may overtake the reply
		t.Errorf("outcome %+v", got)
	}
}

func TestSendLocalErrors(t *testing.T) {
	sink := newSink(t, smtptest.Options{})
	s := newTestSender(t, SenderOptions{})
	broken := errors.New("disk on fire")
	tests := []struct {
		name   string
		change func(*Job)
	}{
		{"cannot be opened", func(j *Job) { j.Open = func() (io.ReadCloser, error) { return nil, broken } }},
		{"cannot be read", func(j *Job) {
			j.Open = func() (io.ReadCloser, error) {
				return io.NopCloser(io.MultiReader(strings.NewReader("half\n"), iotest.ErrReader(broken))), nil
			}
		}},
		{"no body", func(j *Job) { j.Open = nil }},
		{"no recipients", func(j *Job) { j.Recipients = nil }},
		{"no route", func(j *Job) { j.Route = Route{} }},
		{"two routes", func(j *Job) { j.Route.Domain = "x" }},
		{"sender with a line end", func(j *Job) { j.From = "a@b>\r\nRCPT TO:<c@d" }},
		{"password without TLS", func(j *Job) { j.Route.TLS = TLSNever; j.Route.Auth = &Credentials{} }},
	}
	for _, tt := range tests {
		job := jobTo(sink.Addr, "a@y.example")
		tt.change(&job)
		if _, err := s.Send(context.Background(), job); err == nil {
			t.Errorf("%s: no error", tt.name)
		}
	}
	if sink.Count() != 0 {
		t.Errorf("%d arrived", sink.Count())
	}
	if got := mustSend(t, s, jobTo(sink.Addr, "a@y.example")); codes(got) != "250" {
		t.Errorf("afterwards: %+v", got)
	}
	s.Close()
	if _, err := s.Send(context.Background(), jobTo(sink.Addr, "a@y.example")); err == nil {
		t.Error("sent after Close")
	}
}

func TestSendCancelled(t *testing.T) {
	for _, tt := range []struct{ verb, want string }{{"CONNECT", ""}, {"MAIL", ""}, {".", "451?"}} {
		t.Run(tt.verb, func(t *testing.T) {
			t.Parallel()
			sink := newSink(t, smtptest.Options{})
			sink.Fail(smtptest.Fault{Verb: tt.verb, Delay: 5 * time.Minute})
			s := newTestSender(t, SenderOptions{})
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second) // enough to come so far
			defer cancel()
			start := time.Now()
			result, err := s.Send(ctx, jobTo(sink.Addr, "a@y.example"))
			if time.Since(start) > time.Minute {
				t.Errorf("took %v", time.Since(start))
			}
			if tt.want == "" && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
			if tt.want != "" && (err != nil || codes(result.Recipients) != tt.want) {
				t.Errorf("%v, error %v", result, err)
			}
		})
	}
}

func TestReuse(t *testing.T) {
	t.Parallel()
	sink := newSink(t, smtptest.Options{})
	s := newTestSender(t, SenderOptions{MaxMailsPerConn: 3, IdleTimeout: 2 * time.Second})
	send := func(want string, wantSessions int) {
		t.Helper()
		if got := mustSend(t, s, jobTo(sink.Addr, "a@y.example")); codes(got) != want {
			t.Errorf("outcome %+v, want %s", got, want)
		}
		if n := sink.Sessions(); n != wantSessions {
			t.Errorf("%d connections, want %d", n, wantSessions)
		}
	}
	send("250", 1)
	sink.Fail(smtptest.Fault{Verb: "RCPT", Reply: "550 no", Times: 1})
	send("550", 1) // nothing accepted, the connection stays good
	send("250", 1)
	send("250", 2) // the fourth mail needs another connection
	time.Sleep(2300 * time.Millisecond)
	send("250", 3) // kept for too long
	sink.Fail(smtptest.Fault{Verb: "RSET", Drop: true, Times: 1})
	send("250", 4) // closed meanwhile: a fresh one
	sink.Fail(smtptest.Fault{Verb: "RSET", Reply: "421 4.4.2 too slow", Drop: true, Times: 1})
	send("250", 5)
	sink.Fail(smtptest.Fault{Verb: ".", Drop: true, Record: true, Times: 1})
	send("451?", 5) // not tried again by itself
	send("250", 6)
	other := jobTo(sink.Addr, "a@y.example")
	other.Route.TLS = TLSNever
	mustSend(t, s, other)
	if n := sink.Sessions(); n != 7 {
		t.Errorf("another policy shared the connection")
	}
}

func TestPerDestination(t *testing.T) {
	sink := newSink(t, smtptest.Options{})
	sink.Fail(smtptest.Fault{Verb: ".", Delay: 20 * time.Millisecond})
	s := newTestSender(t, SenderOptions{MaxPerDestination: 2})
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { mustSend(t, s, jobTo(sink.Addr, "a@y.example")) })
	}
	wg.Wait()
	if n := sink.Sessions(); n > 2 {
		t.Errorf("%d connections, allowed are 2", n)
	}
	if sink.Count() != 10 {
		t.Errorf("%d arrived", sink.Count())
	}
	s.Close()
	if n := len(s.pool.places); n > 1 {
		t.Errorf("%d destinations remembered", n)
	}
}

func TestSendTooLarge(t *testing.T) {
	sink := newSink(t, smtptest.Options{MaxSize: 100})
	job := jobTo(sink.Addr, "a@y.example")
	job.Params.Size = 101
	opened := false
	job.Open = func() (io.ReadCloser, error) { opened = true; return io.NopCloser(strings.NewReader("")), nil }
	if got := mustSend(t, newTestSender(t, SenderOptions{}), job); codes(got) != "552" || opened {
		t.Errorf("outcome %+v, opened %v", got, opened)
	}
}

func TestManyRecipients(t *testing.T) {
	sink := newSink(t, smtptest.Options{})
	job := jobTo(sink.Addr)
	for i := range 1000 {
		job.Recipients = append(job.Recipients, JobRecipient{Address: fmt.Sprintf("r%d@y.example", i)})
	}
	for i, o := range mustSend(t, newTestSender(t, SenderOptions{}), job) {
		if !o.Status.Success() {
			t.Fatalf("recipient %d: %+v", i, o)
		}
	}
	if n := len(sink.Mails()[0].To); n != 1000 {
		t.Errorf("%d recipients arrived", n)
	}
}

func TestSendUTF8(t *testing.T) {
	sink := newSink(t, smtptest.Options{Without: []string{"SMTPUTF8"}})
	s := newTestSender(t, SenderOptions{})
	tests := []struct {
		name, from, text string
		utf8             bool
		to, outcome      string
	}{
		{"asked for, not needed", "a@x", "Subject: plain\n\nbödy", true, "b@y", "250"},
		{"headers need it", "a@x", "Subject: ü\n\nbody", true, "b@y", "553"},
		{"sender needs it", "ä@x", "Subject: plain\n\nbody", true, "b@y", "553"},
		{"a domain does not", "a@müller.example", "Subject: plain\n\nbody", true, "b@müller.example", "250"},
		{"one recipient needs it", "a@x", "Subject: plain\n\nbody", true, "ö@y", "553"},
	}
	for _, tt := range tests {
		job := jobTo(sink.Addr, tt.to)
		job.From, job.Params.UTF8, job.Open = tt.from, tt.utf8, textOf(tt.text)
		if got := mustSend(t, s, job); codes(got) != tt.outcome {
			t.Errorf("%s: %+v, want %s", tt.name, got, tt.outcome)
		}
	}
	for _, m := range sink.Mails() {
		if !isASCII(m.From) || !isASCII(m.To[0]) {
			t.Errorf("from %s to %s", m.From, m.To)
		}
	}
}

func TestTextWriter(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ".\r\n"},
		{"a", "a\r\n.\r\n"},
		{"a\r\n", "a\r\n.\r\n"},
		{"a\nb\rc\r\nd", "a\r\nb\r\nc\r\nd\r\n.\r\n"},
		{"a\r\r\nb", "a\r\n\r\nb\r\n.\r\n"},
		{"\n\n", "\r\n\r\n.\r\n"},
		{".\n..\r.x", "..\r\n...\r\n..x\r\n.\r\n"},
		{"a\n.\nMAIL FROM:<evil>", "a\r\n..\r\nMAIL FROM:<evil>\r\n.\r\n"},
		{"a\r.\rb", "a\r\n..\r\nb\r\n.\r\n"},
	}
	for _, tt := range tests {
		for size := 1; size <= len(tt.in)+1; size++ {
			var c client
			var out bytes.Buffer
			c.out = newBufio(&out)
			w := &textWriter{out: c.out}
			for rest := tt.in; rest != ""; {
				n := min(size, len(rest))
				io.WriteString(w, rest[:n])
				rest = rest[n:]
			}
			w.finish()
			c.out.Flush()
			if out.String() != tt.want {
				t.Errorf("%q in pieces of %d: %q, want %q", tt.in, size, out.String(), tt.want)
			}
		}
	}
}
