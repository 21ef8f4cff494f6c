package smtpside

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// A notebook is a Backend that writes down what it is told, and says what it was told to say.
type notebook struct {
	mu     sync.Mutex
	events []string
	bodies []string
	refuse map[string]error // by verb, or by verb and address: "RCPT a@b.example"
	panics string           // at this verb
	early  bool             // answer DATA without reading
	block  chan struct{}    // DATA waits for it after reading
}

func (n *notebook) note(words ...string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.events = append(n.events, strings.Join(words, " "))
	if n.panics == words[0] {
		panic("told to")
	}
	if err := n.refuse[words[0]]; err != nil {
		return err
	}
	if len(words) > 1 {
		return n.refuse[words[0]+" "+words[1]]
	}
	return nil
}

func (n *notebook) all() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.events, "\n")
}

func (n *notebook) body(i int) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if i >= len(n.bodies) {
		return ""
	}
	return n.bodies[i]
}

func (n *notebook) NewSession(ctx context.Context, peer *Peer) (Session, error) {
	return &noteSession{n, peer}, n.note("NEW", peer.Helo, peer.Protocol())
}

type noteSession struct {
	n    *notebook
	peer *Peer
}

func (s *noteSession) Auth(ctx context.Context, c Credentials) (string, error) {
	if err := s.n.note("AUTH", c.Mechanism, c.Username, c.Password+c.Token); err != nil {
		return "", err
	}
	if c.Password != "secret" && c.Token != "token" {
		return "", AuthFailed("")
	}
	return c.Username, nil
}

func (s *noteSession) Mail(ctx context.Context, from string, p MailParams) error {
	words := []string{"MAIL", "<" + from + ">", s.peer.Protocol()}
	if p.Size > 0 {
		words = append(words, "size="+strconv.FormatInt(p.Size, 10))
	}
	if p.UTF8 {
		words = append(words, "utf8")
	}
	if p.EnvelopeID != "" {
		words = append(words, "envid="+p.EnvelopeID, "ret="+string(p.Return))
	}
	return s.n.note(words...)
}

func (s *noteSession) Rcpt(ctx context.Context, to string, p RcptParams) error {
	words := []string{"RCPT", "<" + to + ">"}
	if p.Notify != 0 {
		words = append(words, "notify="+strconv.Itoa(int(p.Notify)))
	}
	if p.Orig.Address != "" {
		words = append(words, p.Orig.Type+";"+p.Orig.Address)
	}
	return s.n.note(words...)
}

func (s *noteSession) Data(ctx context.Context, r io.Reader) (string, error) {
	if s.n.early {
		return "", s.n.note("DATA", "early")
	}
	b, err := io.ReadAll(bufio.NewReaderSize(r, 2*straight)) // as a backend reads that takes large mails
	if err != nil {
		s.n.note("DATA", "broken")
		return "", err
	}
	if s.n.block != nil {
		<-s.n.block
	}
	s.n.mu.Lock()
	s.n.bodies = append(s.n.bodies, string(b))
	s.n.mu.Unlock()
	return "queued as 42", s.n.note("DATA", strconv.Itoa(len(b)))
}

func (s *noteSession) Reset() { s.n.note("RESET") }
func (s *noteSession) Close() { s.n.note("CLOSE") }

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// testCA is shared, since keys take time.
var testCA = sync.OnceValues(smtptest.NewCA)

func serverTLS(t testing.TB) *tls.Config {
	t.Helper()
	ca, err := testCA()
	if err != nil {
		t.Fatal(err)
	}
	config, err := ca.Server("mail.example", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func clientTLS(t testing.TB) *tls.Config {
	t.Helper()
	ca, err := testCA()
	if err != nil {
		t.Fatal(err)
	}
	config := ca.Client()
	config.ServerName = "mail.example"
	return config
}

// startServer serves on loopback until the test ends; the address is returned.
func startServer(t testing.TB, opts ServerOptions) (*Server, string) {
	t.Helper()
	opts.Hostname = "mail.example"
	s, err := NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; !errors.Is(err, context.Canceled) && !errors.Is(err, ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	return s, l.Addr().String()
}

// A talk is a client's end of a connection.
type talk struct {
	t     testing.TB
	conn  net.Conn
	r     *bufio.Reader
	heard func(line string) // is told what the server says; nil is nobody
}

func dialTalk(t testing.TB, addr string) *talk {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &talk{t: t, conn: conn, r: bufio.NewReader(conn)}
}

// play goes through a transcript:
//
//	S: 250      the server says a line that starts so ("S: 250-" of a longer reply, "S: *" anything up to the reply's end)
//	C: QUIT     the client says a line
//	C= "a\r\n"  the client sends exactly this
//	TLS         the client shakes hands
//	EOF         the server hangs up
//	WAIT        nothing more comes from the server for a moment
func (k *talk) play(script string) {
	k.t.Helper()
	for step := range strings.Lines(script) {
		step = strings.TrimSpace(step)
		if step == "" || strings.HasPrefix(step, "#") {
			continue
		}
		k.step(step)
	}
}

func (k *talk) step(step string) {
	k.t.Helper()
	k.conn.SetDeadline(time.Now().Add(30 * time.Second))
	kind, rest, _ := strings.Cut(step, " ")
	switch kind {
	case "C:":
		io.WriteString(k.conn, rest+"\r\n")
	case "C=":
		raw, err := strconv.Unquote(rest)
		if err != nil {
			k.t.Fatalf("%s: %v", step, err)
		}
		io.WriteString(k.conn, raw)
	case "S:":
		k.expect(rest)
	case "TLS":
		conn := tls.Client(k.conn, clientTLS(k.t))
		if err := conn.Handshake(); err != nil {
			k.t.Fatalf("handshake: %v", err)
		}
		k.conn, k.r = conn, bufio.NewReader(conn)
	case "EOF":
		if line, err := k.r.ReadString('\n'); err == nil {
			k.t.Fatalf("expected the end, got %q", line)
		}
	case "WAIT":
		k.conn.SetDeadline(time.Now().Add(100 * time.Millisecond))
		if line, err := k.r.ReadString('\n'); err == nil {
			k.t.Fatalf("expected silence, got %q", line)
		}
	default:
		k.t.Fatalf("what is %q?", step)
	}
}

func (k *talk) expect(want string) {
	k.t.Helper()
	for {
		line, err := k.r.ReadString('\n')
		if err != nil {
			k.t.Fatalf("expected %q, got %v", want, err)
		}
		if k.heard != nil {
			k.heard(strings.TrimRight(line, "\r\n"))
		}
		if want == "*" {
			if len(line) > 3 && line[3] == '-' {
				continue
			}
			return
		}
		if !strings.HasPrefix(line, want) {
			k.t.Fatalf("expected %q, got %q", want, line)
		}
		return
	}
}

func newBufio(w io.Writer) *bufio.Writer { return bufio.NewWriterSize(w, 16) }
