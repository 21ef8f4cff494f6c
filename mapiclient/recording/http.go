package recording

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http/httputil"
	"strconv"
	"strings"
)

// The most that a message may have.
const (
	maxHead = 64 << 10
	maxBody = 32 << 20
)

// readMessage reads a request or an answer.
func readMessage(r *bufio.Reader) (Message, error) {
	var m Message
	for size := 0; ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return m, err
		}
		if size += len(line); size > maxHead {
			return m, fmt.Errorf("a head of more than %d bytes", maxHead)
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			break
		}
		m.Head = append(m.Head, line)
	}
	body, err := m.bodyOf(r)
	if err != nil {
		return m, fmt.Errorf("reading a body: %w", err)
	}
	m.Body, err = io.ReadAll(io.LimitReader(body, maxBody+1))
	if err == nil && len(m.Body) > maxBody {
		err = fmt.Errorf("a body of more than %d bytes", maxBody)
	}
	return m, err
}

// bodyOf gives the body by the length that the head tells, or by chunks.
func (m *Message) bodyOf(r *bufio.Reader) (io.Reader, error) {
	if m.chunked() {
		return &chunks{Reader: httputil.NewChunkedReader(r), from: r}, nil
	}
	length := m.header("Content-Length")
	if length == "" {
		return bytes.NewReader(nil), nil
	}
	n, err := strconv.ParseInt(length, 10, 64)
	if err != nil || n < 0 || n > maxBody {
		return nil, fmt.Errorf("Content-Length %q", length)
	}
	return &exactly{io.LimitReader(r, n), n}, nil
}

// chunks reads a chunked body with the empty line behind it.
type chunks struct {
	io.Reader
	from *bufio.Reader
}

// Read implements io.Reader.
func (c *chunks) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	if errors.Is(err, io.EOF) {
		if _, tail := c.from.ReadString('\n'); tail != nil {
			return n, tail
		}
	}
	return n, err
}

// exactly fails when the connection ends too soon.
type exactly struct {
	r    io.Reader
	left int64
}

// Read implements io.Reader.
func (e *exactly) Read(b []byte) (int, error) {
	n, err := e.r.Read(b)
	e.left -= int64(n)
	if errors.Is(err, io.EOF) && e.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// header gives the value of a header, or "".
func (m *Message) header(name string) string {
	for _, line := range m.Head[min(1, len(m.Head)):] {
		if key, value, _ := strings.Cut(line, ":"); strings.EqualFold(key, name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func (m *Message) chunked() bool {
	return strings.EqualFold(m.header("Transfer-Encoding"), "chunked")
}

// encode gives the message as it travels.
func (m *Message) encode() []byte {
	var b bytes.Buffer
	for _, line := range m.Head {
		b.WriteString(line + "\r\n")
	}
	b.WriteString("\r\n")
	if !m.chunked() {
		b.Write(m.Body)
		return b.Bytes()
	}
	w := httputil.NewChunkedWriter(&b)
	_, _ = w.Write(m.Body) // into memory
	_ = w.Close()
	b.WriteString("\r\n")
	return b.Bytes()
}

// fitLength makes Content-Length tell the length of the body.
func (m *Message) fitLength() {
	for i, line := range m.Head {
		if key, _, _ := strings.Cut(line, ":"); i > 0 && strings.EqualFold(key, "Content-Length") {
			m.Head[i] = key + ": " + strconv.Itoa(len(m.Body))
		}
	}
}

// mapHeaders replaces the values of headers.
func (m *Message) mapHeaders(f func(name, value string) string) {
	head := append([]string(nil), m.Head...)
	for i := 1; i < len(head); i++ {
		if name, value, ok := strings.Cut(head[i], ":"); ok {
			head[i] = name + ": " + f(strings.ToLower(name), strings.TrimSpace(value))
		}
	}
	m.Head = head
}

// equal compares every byte.
func (m *Message) equal(o *Message) bool {
	if len(m.Head) != len(o.Head) || !bytes.Equal(m.Body, o.Body) {
		return false
	}
	for i := range m.Head {
		if m.Head[i] != o.Head[i] {
			return false
		}
	}
	return true
}
