package recording

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
)

func TestFileKeepsEveryByte(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	list := []Exchange{
		{Request: Message{Head: []string{"POST / HTTP/1.1", "A: b"}, Body: []byte("text\r\nwith \"quotes\"\tund ümläuts\n\nno end")},
			Answer: Message{Head: []string{"HTTP/1.1 200 OK", "X: "}, Body: all}},
		{Request: Message{Head: []string{"GET /x HTTP/1.1"}}}, // never answered
		{Request: Message{Head: []string{"POST / HTTP/1.1"}, Body: bytes.Repeat(all, 200)},
			Answer: Message{Head: []string{"HTTP/1.1 204 No Content"}}},
	}
	var file bytes.Buffer
	if err := Write(&file, list); err != nil {
		t.Fatal(err)
	}
	got, err := Read(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, list) {
		t.Errorf("read back:\n%+v\nwant\n%+v", got, list)
	}
}

func TestReadRefusesNonsense(t *testing.T) {
	for _, file := range []string{
		"request\n", "\tcontent\n", "exchange 1\n\tcontent\n", "exchange 1\nquestion\n",
		"exchange 1\nrequest\n\tGET / HTTP/1.1\nbody hex\n\t0000 zz  ..\n", "exchange 1\nrequest\nbody text\n\tnot quoted\n",
		"exchange 1\nrequest\nbody morse\n\t...---...\n",
	} {
		if list, err := Read(strings.NewReader(file)); err == nil {
			t.Errorf("%q was read as %+v", file, list)
		}
	}
}

// secretive is a server that names itself and sets a cookie.
func secretive(t *testing.T) (*httptest.Server, *[]string) {
	var seen []string
	var s *httptest.Server
	s = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen = append(seen, r.Host+" "+r.Header.Get("Authorization")+" "+r.Header.Get("Cookie")+" "+string(body))
		w.Header().Set("Set-Cookie", "sid=verysecret; Path=/; HttpOnly")
		w.Header().Set("X-FEServer", "INTERNAL01")
		host, _, _ := strings.Cut(r.Host, ":")
		if r.URL.Path == "/binary" {
			_, _ = w.Write([]byte("\x00\x01" + host + "\x02"))
			return
		}
		fmt.Fprintf(w, "<Url>%s/mapi</Url><Server>%s</Server>", s.URL, host)
	}))
	t.Cleanup(s.Close)
	return s, &seen
}

// ask sends requests over one connection and gives the answers.
func ask(t *testing.T, s *stage, requests ...Message) []Message {
	t.Helper()
	raw, err := s.Dial(t.Context(), "tcp", Host+":443")
	if err != nil {
		t.Fatal(err)
	}
	config := s.TLS()
	config.ServerName = Host
	conn := tls.Client(raw, config)
	defer conn.Close()
	r := bufio.NewReader(conn)
	var answers []Message
	for _, q := range requests {
		if _, err := conn.Write(q.encode()); err != nil {
			t.Fatal(err)
		}
		a, err := readMessage(r)
		if err != nil {
			break
		}
		answers = append(answers, a)
	}
	return answers
}

func post(path, body string, headers ...string) Message {
	head := append([]string{"POST " + path + " HTTP/1.1", "Host: " + Host, fmt.Sprintf("Content-Length: %d", len(body))}, headers...)
	return Message{Head: head, Body: []byte(body)}
}

func TestRecorderKeepsNoSecrets(t *testing.T) {
	server, seen := secretive(t)
	r, err := NewRecorder(server.URL, &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	answers := ask(t, r.stage,
		post("/text", "one", "Authorization: Basic c2VjcmV0"),
		post("/binary", "two", "Authorization: Basic c2VjcmV0", "Cookie: sid=cookie-1"))
	if len(answers) != 2 {
		t.Fatalf("%d answers", len(answers))
	}
	list, err := r.Take()
	if err != nil || len(list) != 2 {
		t.Fatalf("%d exchanges, %v", len(list), err)
	}
	var file bytes.Buffer
	if err := Write(&file, list); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"c2VjcmV0", "verysecret", "INTERNAL01", "127.0.0.1", strings.TrimPrefix(server.URL, "https://")} {
		if strings.Contains(file.String(), secret) {
			t.Errorf("%q was kept:\n%s", secret, file.String())
		}
	}
	if want := "<Url>https://" + Host + "/mapi</Url><Server>" + Host + "</Server>"; string(answers[0].Body) != want {
		t.Errorf("the client read %q, want %q", answers[0].Body, want)
	}
	if want := "\x00\x01masked-ho\x02"; string(answers[1].Body) != want {
		t.Errorf("the client read %q, want %q", answers[1].Body, want)
	}
	// The server is told everything as it is.
	host := strings.TrimPrefix(server.URL, "https://")
	if want := host + " Basic c2VjcmV0 sid=verysecret two"; len(*seen) != 2 || (*seen)[1] != want {
		t.Errorf("the server saw %q, want %q", *seen, want)
	}
	// What was recorded can be played.
	p, err := NewPlayer(list)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	again := ask(t, p.stage,
		post("/text", "one", "Authorization: Basic anything"),
		post("/binary", "two", "Authorization: Basic else", "Cookie: sid=cookie-1"))
	if !reflect.DeepEqual(again, answers) {
		t.Errorf("played %q, want %q", again, answers)
	}
	if err := p.Err(); err != nil {
		t.Error(err)
	}
}

func TestPlayerNoticesEveryByte(t *testing.T) {
	kept := []Exchange{
		{Request: post("/a", "first"), Answer: Message{Head: []string{"HTTP/1.1 200 OK", "Content-Length: 2"}, Body: []byte("ok")}},
		{Request: post("/b", "second"), Answer: Message{Head: []string{"HTTP/1.1 200 OK", "Content-Length: 2"}, Body: []byte("ok")}},
	}
	tests := []struct {
		name string
		ask  []Message
		want string // in the error
	}{
		{"all", []Message{post("/a", "first"), post("/b", "second")}, ""},
		{"another order", []Message{post("/b", "second"), post("/a", "first")}, ""},
		{"another byte", []Message{post("/a", "fiRst")}, "the bodies differ from offset 0x2"},
		{"another header", []Message{post("/a", "first", "X-New: 1")}, "X-New"},
		{"another path", []Message{post("/c", "first")}, `got  "POST /c HTTP/1.1"`},
		{"too few", []Message{post("/a", "first")}, "exchange 2 was not asked for"},
		{"too many", []Message{post("/a", "first"), post("/b", "second"), post("/a", "first")}, "behind the last kept one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := NewPlayer(kept)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			ask(t, p.stage, tt.ask...)
			err = p.Err()
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestStageIsHostAlone(t *testing.T) {
	p, err := NewPlayer(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if conn, err := p.Dial(t.Context(), "tcp", "elsewhere.test:443"); err == nil {
		conn.Close()
		t.Error("another host was reached")
	}
}
