package mapihttp

import (
	"crypto/rand"
	"net/url"
	"sync/atomic"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// A Client talks to one endpoint with one set of credentials. It is safe for
// concurrent use; its contexts share its lanes.
type Client struct {
	config   Config
	url      *url.URL
	id       string // "{GUID}", the same for all contexts of the client
	contexts atomic.Uint64
	lanes    *Lanes
	shared   bool // the lanes are not the client's own
}

// NewClient prepares a client; nothing is sent yet.
func NewClient(c Config) (*Client, error) {
	u, err := c.setDefaults()
	if err != nil {
		return nil, err
	}
	h := &Client{config: c, url: u, id: guidString(c.NewID())}
	if c.Connections != nil {
		h.lanes, h.shared = c.Connections.to(u), true
	} else {
		h.lanes = NewLanes(u, c.Auth, c.LaneConfig)
	}
	return h, nil
}

// Close closes the idle lanes unless they are shared. Contexts that are still
// open can go on, but the server should be told with Disconnect first.
func (c *Client) Close() {
	if !c.shared {
		c.lanes.Close()
	}
}

// Lanes gives the connections of the client.
func (c *Client) Lanes() *Lanes { return c.lanes }

func newGUID() mapi.GUID {
	var g mapi.GUID
	_, _ = rand.Read(g[:]) // never fails
	g[7] = g[7]&0x0F | 0x40
	g[8] = g[8]&0x3F | 0x80
	return g
}
