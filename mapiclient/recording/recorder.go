package recording

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"
)

// A Recorder passes requests on to a server and keeps what was said.
type Recorder struct {
	*stage
	server *url.URL
	config *tls.Config
	mask   *mask

	mu     sync.Mutex
	kept   []*Exchange
	errors []error
}

// NewRecorder starts a recorder for the server at an https URL, which trusts
// what config trusts; Close stops it.
func NewRecorder(server string, config *tls.Config) (*Recorder, error) {
	u, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "https" {
		return nil, fmt.Errorf("%s: a recorder needs an https URL", u.Redacted())
	}
	r := &Recorder{server: u, mask: newMask(u), config: config.Clone()}
	if r.config == nil {
		r.config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	r.config.ServerName = u.Hostname()
	r.config.NextProtos = []string{"http/1.1"}
	r.stage, err = openStage(func() actor { return &passage{recorder: r} })
	return r, err
}

// URL gives the address by which the client knows one of the server's.
func (r *Recorder) URL(real string) string { return r.mask.text(real) }

// Take gives what was kept since the last time, in the order of the requests,
// and the first error in passing requests on.
func (r *Recorder) Take() ([]Exchange, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]Exchange, len(r.kept))
	for i, e := range r.kept {
		list[i] = *e
	}
	var err error
	if len(r.errors) > 0 {
		err = r.errors[0]
	}
	r.kept, r.errors = nil, nil
	return list, err
}

// A passage is one connection with the server behind it.
type passage struct {
	recorder *Recorder
	conn     net.Conn
	br       *bufio.Reader
}

func (p *passage) close() {
	if p.conn != nil {
		_ = p.conn.Close()
	}
}

func (p *passage) answer(request Message) (Message, error) {
	r := p.recorder
	e := &Exchange{Request: withoutCredentials(request)}
	r.mu.Lock()
	r.kept = append(r.kept, e)
	r.mu.Unlock()
	answer, err := p.pass(r.mask.lift(request))
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.errors = append(r.errors, fmt.Errorf("passing %q on to %s: %w", request.Head[0], r.server.Host, err))
		return answer, err
	}
	e.Answer = r.mask.put(answer)
	return e.Answer, nil
}

// pass sends a request to the server and reads the answer.
func (p *passage) pass(request Message) (Message, error) {
	if p.conn == nil {
		if err := p.connect(); err != nil {
			return Message{}, err
		}
	}
	if _, err := p.conn.Write(request.encode()); err != nil {
		return Message{}, err
	}
	return readMessage(p.br)
}

func (p *passage) connect() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	host := p.recorder.server.Host
	if p.recorder.server.Port() == "" {
		host = net.JoinHostPort(p.recorder.server.Hostname(), "443")
	}
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", host)
	if err != nil {
		return err
	}
	conn := tls.Client(raw, p.recorder.config)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return err
	}
	p.conn, p.br = conn, bufio.NewReader(conn)
	return nil
}
