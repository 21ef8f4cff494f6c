package mapihttp

import (
	"net/url"
	"sync"

	"github.com/mapigate/mapigate/mapiclient/auth"
)

// Connections are the lanes of clients that sign in alike. Clients that share
// them, say one for each of many mailboxes, share connections to a host, so
// that each costs no sign-in of its own. They are safe for concurrent use.
type Connections struct {
	auth   auth.Authenticator
	config LaneConfig

	mu    sync.Mutex
	lanes map[string]*Lanes // by scheme and host:port
}

// NewConnections prepares connections; none is made yet. MaxIdle counts for
// each host; [SharedMaxIdle] when 0, since many share them.
func NewConnections(a auth.Authenticator, c LaneConfig) *Connections {
	setDefault(&c.MaxIdle, SharedMaxIdle)
	return &Connections{auth: a, config: c, lanes: make(map[string]*Lanes)}
}

// SharedMaxIdle is how many idle connections to a host are kept for clients
// that share them, unless told otherwise.
const SharedMaxIdle = 16

// to gives the lanes to the host of u.
func (c *Connections) to(u *url.URL) *Lanes {
	key := u.Scheme + "://" + hostPort(u)
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.lanes[key]
	if l == nil {
		l = NewLanes(&url.URL{Scheme: u.Scheme, Host: u.Host}, c.auth, c.config)
		c.lanes[key] = l
	}
	return l
}

// Opened is how many connections have been made so far.
func (c *Connections) Opened() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, l := range c.lanes {
		n += l.Opened()
	}
	return n
}

// Close closes the idle connections; busy ones are closed when they are done.
func (c *Connections) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.lanes {
		l.Close()
	}
	clear(c.lanes)
}
