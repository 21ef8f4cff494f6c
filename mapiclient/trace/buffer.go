package trace

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/recording"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// Errors of [Buffer].
var (
	// ErrNoRequest says that a buffer is an answer and its request is not there.
	ErrNoRequest = errors.New("an answer cannot be read without its request: put the request before it, with an empty line between")
	// ErrNotROPs says that a buffer is nothing that is known.
	ErrNotROPs = errors.New("neither a recording, nor the body of an Execute, nor a ROP buffer")
)

// Buffer prints what was captured: a recording of this project; or the body of
// an Execute, an extended buffer or the bare ROPs, as bytes, in hexadecimal or in
// base64. In the last two forms the answer may stand behind its request, with an empty line between.
func Buffer(out io.Writer, captured []byte) error {
	if list, err := recording.Read(bytes.NewReader(captured)); err == nil && len(list) > 0 {
		return recorded(out, list)
	}
	p, m := &printer{}, newMemory()
	var err error
	for _, b := range blobs(captured) {
		if err = m.blob(p, b); err != nil {
			break
		}
	}
	if _, failed := out.Write(p.Bytes()); failed != nil {
		return failed
	}
	return err
}

// recorded prints a recording.
func recorded(out io.Writer, list []recording.Exchange) error {
	w := NewWriter(out)
	for i := range list {
		x, err := exchangeOf(&list[i])
		if err != nil {
			return fmt.Errorf("request %d: %w", i+1, err)
		}
		w.Observe(x)
	}
	return w.Err()
}

func exchangeOf(r *recording.Exchange) (mapihttp.Exchange, error) {
	x := mapihttp.Exchange{Request: r.Request.Body, Answer: r.Answer.Body}
	line, header := headOf(r.Request.Head)
	x.RequestHeader, x.Type = header, header.Get(frame.HeaderRequestType)
	if parts := strings.Fields(line); len(parts) > 1 {
		x.URL = parts[1]
	}
	if line, x.AnswerHeader = headOf(r.Answer.Head); line == "" {
		return x, nil
	}
	parts := strings.Fields(line)
	if len(parts) < 2 {
		return x, fmt.Errorf("the answer begins with %q", line)
	}
	var err error
	x.Status, err = strconv.Atoi(parts[1])
	return x, err
}

func headOf(lines []string) (line string, h http.Header) {
	h = http.Header{}
	for i, l := range lines {
		if i == 0 {
			line = l
		} else if name, value, ok := strings.Cut(l, ":"); ok {
			h.Add(name, strings.TrimSpace(value))
		}
	}
	return line, h
}

// blobs gives the bytes of what was captured.
func blobs(captured []byte) [][]byte {
	var list [][]byte
	text := strings.ReplaceAll(string(captured), "\r\n", "\n")
	for _, part := range strings.Split(text, "\n\n") {
		part = strings.Join(strings.Fields(part), "")
		if part == "" {
			continue
		}
		b, err := hex.DecodeString(part)
		if err != nil {
			b, err = base64.StdEncoding.DecodeString(part)
		}
		if err != nil {
			return [][]byte{captured}
		}
		list = append(list, b)
	}
	return list
}

// blob prints one buffer: a request, or the answer to the one before.
func (m *memory) blob(p *printer, b []byte) error {
	asked := m.asked != nil
	if bytes.HasPrefix(b, []byte("PROCESSING\r\n")) {
		r := bufio.NewReader(bytes.NewReader(b))
		if _, err := frame.ReadPreamble(r, nil); err != nil {
			return err
		}
		b, _ = io.ReadAll(r)
		if !asked {
			return ErrNoRequest
		}
	}
	if asked {
		if payloads := unwrapAnswer(b); payloads != nil {
			p.line(0, "")
			return m.answers(p, payloads)
		}
	}
	if payload := unwrapRequest(b); payload != nil {
		return m.payload(p, payload)
	}
	if unwrapAnswer(b) != nil {
		return ErrNoRequest
	}
	return ErrNotROPs
}

// unwrapRequest finds the requests in a buffer, or gives nil.
func unwrapRequest(b []byte) []byte {
	var r frame.ExecuteRequest
	candidates := [][]byte{b}
	if payloads, err := frame.Payloads(b, maxAnswer); err == nil && len(payloads) == 1 {
		candidates = append(candidates, payloads[0])
	}
	if wire.Unmarshal(b, &r) == nil {
		if payloads, err := frame.Payloads(r.RopBuffer, maxAnswer); err == nil && len(payloads) == 1 {
			candidates = append(candidates, payloads[0])
		}
	}
	for _, c := range candidates {
		if list, _, err := rop.DecodeRequests(c); err == nil && len(list) > 0 {
			return c
		}
	}
	return nil
}

// unwrapAnswer finds the payloads of an answer, or gives nil.
func unwrapAnswer(b []byte) [][]byte {
	var r frame.ExecuteResponse
	if wire.Unmarshal(b, &r) == nil && r.StatusCode == 0 {
		if payloads, err := frame.Payloads(r.RopBuffer, maxAnswer); err == nil && len(payloads) > 0 {
			return payloads
		}
	}
	if payloads, err := frame.Payloads(b, maxAnswer); err == nil && len(payloads) > 0 {
		return payloads
	}
	if len(b) > 2 && int(b[0])|int(b[1])<<8 <= len(b) {
		return [][]byte{b} // bare
	}
	return nil
}
