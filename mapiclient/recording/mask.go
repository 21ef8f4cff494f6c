package recording

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
)

// redacted stands for a value that nobody needs.
const redacted = "(redacted)"

// withoutCredentials gives the request as it is kept and compared.
func withoutCredentials(m Message) Message {
	m.mapHeaders(func(name, value string) string {
		if name == "authorization" {
			return redacted
		}
		return value
	})
	return m
}

// A mask hides the server from the client, and both from the reader of a
// conversation: its host name and its cookies. It is put on answers and lifted
// from requests.
type mask struct {
	host, port string
	// Within binary bodies a name is replaced by one of the same length.
	real, fake [2][]byte // ASCII, UTF-16

	mu    sync.Mutex
	fakes map[string]string // of cookies
	reals map[string]string
}

func newMask(u *url.URL) *mask {
	m := &mask{host: u.Hostname(), port: u.Port(), fakes: make(map[string]string), reals: make(map[string]string)}
	fake := strings.Repeat("masked-host.", len(m.host)/12+1)[:len(m.host)]
	m.real = [2][]byte{[]byte(m.host), inUTF16(m.host)}
	m.fake = [2][]byte{[]byte(fake), inUTF16(fake)}
	return m
}

func inUTF16(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

// text puts the mask on a text.
func (m *mask) text(s string) string {
	if m.port != "" {
		s = strings.ReplaceAll(s, m.host+":"+m.port, Host)
	}
	return strings.ReplaceAll(s, m.host, Host)
}

// bare lifts the mask from a text.
func (m *mask) bare(s string) string {
	real := m.host
	if m.port != "" {
		real += ":" + m.port
	}
	return strings.ReplaceAll(s, Host, real)
}

// put masks an answer.
func (m *mask) put(answer Message) Message {
	answer.mapHeaders(func(name, value string) string {
		switch name {
		case "set-cookie":
			return m.cookie(value, m.fakeCookie)
		case "x-feserver", "x-beserver", "x-diaginfo", "x-calculatedbetarget", "x-targetbeserver", "x-calculatedfetarget":
			return redacted
		}
		return m.text(value)
	})
	if isText(answer.Body) {
		answer.Body = []byte(m.text(string(answer.Body)))
	} else {
		answer.Body = replaceBoth(answer.Body, m.real, m.fake)
	}
	answer.fitLength()
	return answer
}

// lift unmasks a request.
func (m *mask) lift(request Message) Message {
	request.mapHeaders(func(name, value string) string {
		if name == "cookie" {
			parts := strings.Split(value, "; ")
			for i := range parts {
				parts[i] = m.cookie(parts[i], m.realCookie)
			}
			return strings.Join(parts, "; ")
		}
		return m.bare(value)
	})
	if isText(request.Body) {
		request.Body = []byte(m.bare(string(request.Body)))
	} else {
		request.Body = replaceBoth(request.Body, m.fake, m.real)
	}
	request.fitLength()
	return request
}

func replaceBoth(b []byte, from, to [2][]byte) []byte {
	for i := range from {
		b = bytes.ReplaceAll(b, from[i], to[i])
	}
	return b
}

// cookie replaces the value of "name=value; attributes".
func (m *mask) cookie(s string, f func(string) string) string {
	pair, attributes, _ := strings.Cut(s, ";")
	name, value, ok := strings.Cut(pair, "=")
	if !ok {
		return s
	}
	if s = name + "=" + f(value); attributes != "" {
		s += ";" + attributes
	}
	return s
}

func (m *mask) fakeCookie(value string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fakes[value] == "" && value != "" {
		fake := "cookie-" + strconv.Itoa(len(m.fakes)+1)
		m.fakes[value], m.reals[fake] = fake, value
	}
	return m.fakes[value]
}

func (m *mask) realCookie(value string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if real, ok := m.reals[value]; ok {
		return real
	}
	return value
}
