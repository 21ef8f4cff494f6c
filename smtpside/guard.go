package smtpside

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// guardBuffer holds a whole AUTH line, the longest that there is.
const guardBuffer = 16 << 10

// A phase says what the octets that come next are.
type phase int

const (
	phaseCommand phase = iota // a command line
	phaseAuth                 // a line of an AUTH exchange
	phaseData                 // a message after 354, taken by a textReader
	phaseChunk                // the octets of a BDAT
)

// A guard stands between a client's connection and go-smtp, which takes it for the connection. It
//
//   - gives go-smtp one command line at a time, checked, and answers itself what go-smtp shall not see;
//   - so knows to which command every reply belongs, which it collects, words and sends out in as few writes as can be;
//   - does STARTTLS, after which a fresh guard goes through go-smtp from the start, so that nothing said before can live on;
//   - reads the message of DATA itself, strictly, and shows go-smtp an empty one;
//   - holds all timeouts and all limits on errors.
//
// go-smtp calls it from one goroutine; only wake and cut come from others.
type guard struct {
	srv  *Server
	conn net.Conn // TCP, or TLS on top of it
	ctx  context.Context
	cut  context.CancelFunc // ends the connection
	peer *Peer
	next *guard // takes over after STARTTLS
	done chan struct{}
	once sync.Once

	in    *bufio.Reader
	phase phase
	line  []byte // what go-smtp has yet to read of the current line
	chunk uint64 // what it has yet to read of a BDAT

	verb, arg string // the command being answered
	shown     string // its argument as go-smtp sees it
	began     time.Time
	muted     bool   // the greeting after STARTTLS is not for the client
	said      []byte // the reply that go-smtp is writing
	out       []byte // replies to be sent

	orig      OriginalRecipient // ORCPT of the current RCPT, where go-smtp would not take it
	greeted   bool              // HELO or EHLO was said
	amends    []string          // what the legacy profile mended in the dialogue
	lfData    bool              // DATA was ended by LF alone
	postponed []byte            // the command that go-smtp shall see next

	until time.Time // when the chunks of this mail must have come

	failures, authFailures, deferred, idle, mails int

	closing  bool // nothing more is read
	cutShort bool // a chunk has not come whole
	told     bool // the client knows that
	linger   bool // let the client read the last reply although it is still sending

	mu      sync.Mutex
	waiting bool // for a command
}

// sessionCount numbers the sessions for Peer.ID.
type sessionCount struct{ n atomic.Uint64 }

func (c *sessionCount) next() string { return strconv.FormatUint(c.n.Add(1), 36) }

// newGuard makes the guard of a plain connection. ctx ends with the connection.
func newGuard(ctx context.Context, s *Server, conn net.Conn) *guard {
	addr := conn.RemoteAddr()
	return &guard{
		srv:  s,
		conn: conn,
		ctx:  ctx,
		peer: &Peer{
			Addr:    addr,
			Local:   conn.LocalAddr(),
			Trusted: s.trusts(addr),
			LMTP:    s.opts.LMTP,
			ID:      s.sessions.next(),
		},
		done:  make(chan struct{}),
		in:    bufio.NewReaderSize(conn, guardBuffer),
		began: time.Now(),
	}
}

// unread gives back what was read from the connection past the buffer, which is empty. All of it is in the buffer again: whoever asks whether a
// client has said more than it might goes by that.
func (g *guard) unread(data []byte) {
	again := io.MultiReader(bytes.NewReader(bytes.Clone(data)), g.conn)
	if len(data) <= guardBuffer {
		g.in.Reset(again)
	} else {
		g.in = bufio.NewReaderSize(again, len(data))
	}
	g.in.Peek(len(data))
}

// overTLS shakes hands and returns the guard of the encrypted connection, which knows only who the client is.
func (g *guard) overTLS() (*guard, error) {
	conn := tls.Server(g.conn, g.srv.tlsFor(g.peer.Addr))
	ctx, cancel := context.WithTimeout(g.ctx, g.srv.opts.Limits.HandshakeTimeout)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		g.srv.opts.Observer.SessionRefused(g.peer.Addr, "tls_handshake")
		g.srv.log.Info("TLS handshake failed", "peer", g.peer.Addr, "session", g.peer.ID, "error", err)
		return nil, err
	}
	state := conn.ConnectionState()
	if o, ok := g.srv.opts.Observer.(TLSObserver); ok {
		o.TLSStarted(tls.VersionName(state.Version))
	}
	next := newGuard(g.ctx, g.srv, conn)
	next.cut = g.cut
	next.peer.ID = g.peer.ID
	next.peer.TLS = &state
	if next.peer.Certificate = certified(&state); next.peer.Certificate != "" {
		next.peer.Trusted = true
	}
	return next, nil
}

// Read implements net.Conn for go-smtp.
func (g *guard) Read(p []byte) (int, error) {
	if len(g.line) > 0 {
		n := copy(p, g.line)
		g.line = g.line[n:]
		return n, nil
	}
	var err error
	switch g.phase {
	case phaseChunk:
		return g.readChunk(p)
	case phaseData: // the message has been read by the session
		g.phase = phaseCommand
		g.line = endOfData
	case phaseAuth:
		g.line, err = g.authLine()
	default:
		g.line, err = g.command()
	}
	if err != nil {
		return 0, err
	}
	return g.Read(p)
}

// readChunk gives go-smtp octets of a BDAT. The end of the connection is never taken for the end of the chunk.
func (g *guard) readChunk(p []byte) (int, error) {
	if g.in.Buffered() == 0 {
		g.flush()
		g.conn.SetReadDeadline(sooner(time.Now().Add(g.srv.opts.Limits.DataTimeout), g.until))
	}
	if uint64(len(p)) > g.chunk {
		p = p[:g.chunk]
	}
	n, err := g.in.Read(p)
	if g.chunk -= uint64(n); g.chunk == 0 {
		g.phase = phaseCommand
		return n, nil
	}
	if err != nil {
		g.closing, g.cutShort = true, true
		g.lost(lostBy(err))
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func sooner(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// readLine reads up to the next LF, which the returned slice has; it stays valid until the next read.
func (g *guard) readLine(limit int) ([]byte, error) {
	g.await()
	line, err := g.in.ReadSlice('\n')
	g.mu.Lock()
	g.waiting = false
	g.mu.Unlock()
	if errors.Is(err, bufio.ErrBufferFull) || err == nil && len(line) > limit {
		return nil, errLineTooLong
	}
	return line, err
}

// await gets ready to wait for a line: what the client has to read first goes out, and Shutdown may interrupt.
func (g *guard) await() {
	if have, _ := g.in.Peek(g.in.Buffered()); hasLine(have) {
		return
	}
	g.flush()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = true
	deadline := time.Now().Add(g.srv.opts.Limits.CommandTimeout)
	if g.srv.draining.Load() {
		deadline = time.Unix(1, 0)
	}
	g.conn.SetReadDeadline(deadline)
}

// wake interrupts a guard that waits for a command, because the server is draining.
func (g *guard) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting {
		g.conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// hangUp says a last word and lets no more commands in.
func (g *guard) hangUp(s Status) {
	g.out = appendReply(g.out, s)
	g.closing = true
}

// broken ends the session after an error of the connection, with the right farewell.
func (g *guard) broken(err error) {
	g.closing = true
	switch {
	case !errors.Is(err, os.ErrDeadlineExceeded):
	case g.srv.draining.Load():
		g.hangUp(ServiceClosing(""))
	default:
		g.hangUp(Status{Code: 421, Detail: "4.2", Text: "idle for too long"})
		g.lost("timeout")
	}
}

// lost counts a session that ended before its client said so.
func (g *guard) lost(why string) {
	g.srv.opts.Observer.SessionRefused(g.peer.Addr, why)
	g.srv.log.Info("session cut", "peer", g.peer.Addr, "session", g.peer.ID, "why", why, "verb", g.verb)
}

// lostBy names what the error of a connection is for the Observer.
func lostBy(err error) string {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return "timeout"
	}
	return "disconnected"
}

// flush sends the collected replies.
func (g *guard) flush() {
	if len(g.out) == 0 {
		return
	}
	g.conn.SetWriteDeadline(time.Now().Add(g.srv.opts.Limits.WriteTimeout))
	if _, err := g.conn.Write(g.out); err != nil {
		g.closing = true
	}
	g.out = g.out[:0]
}

// Close implements net.Conn for go-smtp.
func (g *guard) Close() error {
	g.once.Do(func() {
		defer close(g.done)
		g.closing = true
		if g.next != nil {
			return // the connection lives on
		}
		g.flush()
		if g.linger {
			g.drain()
		}
		g.conn.Close()
	})
	return nil
}

// drain reads on for a moment: closing a connection with unread input resets it, and the reset may overtake our last reply.
func (g *guard) drain() {
	const octets, patience = 1 << 20, 2 * time.Second
	if c, ok := g.conn.(interface{ CloseWrite() error }); ok {
		c.CloseWrite()
	}
	g.conn.SetReadDeadline(time.Now().Add(patience))
	io.CopyN(io.Discard, g.in, octets)
}

// LocalAddr implements net.Conn.
func (g *guard) LocalAddr() net.Addr { return g.peer.Local }

// RemoteAddr implements net.Conn.
func (g *guard) RemoteAddr() net.Addr { return g.peer.Addr }

// SetDeadline implements net.Conn; the guard has its own.
func (g *guard) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.Conn; the guard has its own.
func (g *guard) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.Conn; the guard has its own.
func (g *guard) SetWriteDeadline(time.Time) error { return nil }
