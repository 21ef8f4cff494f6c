package mapihttp

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// The most a server may make us remember for one context.
const (
	maxCookies     = 64
	maxCookieBytes = 16 * 1024
)

// cookies are those of one session context: opaque, and always returned all
// together. They go to one endpoint only, so that paths and domains mean
// nothing here. [MS-OXCMAPIHTTP] 3.1.5.2
type cookies struct {
	mu   sync.Mutex
	list []*http.Cookie
}

// save takes what an answer sets.
func (c *cookies) save(resp *http.Response) error {
	return c.take(resp, func(*http.Cookie) bool { return true })
}

// saveBeside is save for the answer to a request that runs beside others, which
// a NotificationWait does: it may be older than one that has been read before.
// Of the cookies that were sent with it those that have changed since stay as they are.
func (c *cookies) saveBeside(resp *http.Response, sent []*http.Cookie) error {
	return c.take(resp, func(set *http.Cookie) bool { return sameValue(cookieOf(c.list, set.Name), cookieOf(sent, set.Name)) })
}

func sameValue(a, b *http.Cookie) bool { return a == b || a != nil && b != nil && a.Value == b.Value }

func cookieOf(list []*http.Cookie, name string) *http.Cookie {
	for _, k := range list {
		if k.Name == name {
			return k
		}
	}
	return nil
}

func (c *cookies) take(resp *http.Response, wanted func(*http.Cookie) bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, set := range resp.Cookies() {
		if wanted(set) {
			c.set(set)
		}
	}
	n := 0
	for _, k := range c.list {
		n += len(k.Name) + len(k.Value)
	}
	if len(c.list) > maxCookies || n > maxCookieBytes {
		c.list = nil
		return fmt.Errorf("more than %d cookies or %d bytes of them", maxCookies, maxCookieBytes)
	}
	return nil
}

func (c *cookies) set(set *http.Cookie) {
	gone := set.MaxAge < 0 || !set.Expires.IsZero() && set.Expires.Before(time.Now())
	for i, k := range c.list {
		if k.Name != set.Name {
			continue
		}
		if gone {
			c.list = append(c.list[:i:i], c.list[i+1:]...)
		} else {
			c.list[i] = set
		}
		return
	}
	if !gone {
		c.list = append(c.list, set)
	}
}

// header gives the value of the Cookie header, "" is none, and what it says.
func (c *cookies) header() (string, []*http.Cookie) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for i, k := range c.list {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(k.Name + "=" + k.Value)
	}
	return b.String(), slices.Clone(c.list)
}

// copyOf gives the cookies of another context, for a Connect that replaces it.
func copyOf(c *cookies) *cookies {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &cookies{list: append([]*http.Cookie(nil), c.list...)}
}
