package smtpside

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// filesInterval is how often files that may change are looked at.
const filesInterval = time.Second

// A Certificate is a server's certificate in files, read again when they change: whoever renews it need not restart anything.
// A broken pair of files is logged, and the old certificate stays in force.
type Certificate struct {
	cert, key string
	log       *slog.Logger

	mu      sync.Mutex
	loaded  *tls.Certificate
	seen    [2]os.FileInfo
	checked time.Time
}

// OpenCertificate reads a certificate with its chain, and its key, from PEM files. log is told of later changes; nil is silent.
func OpenCertificate(cert, key string, log *slog.Logger) (*Certificate, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	c := &Certificate{cert: cert, key: key, log: log}
	seen, err := c.stat()
	if err == nil {
		err = c.load(seen)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Get is for tls.Config.GetCertificate.
func (c *Certificate) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.checked) >= filesInterval {
		c.checked = now
		c.reload()
	}
	return c.loaded, nil
}

// reload reads the files again if one has changed. Called with mu held.
func (c *Certificate) reload() {
	seen, err := c.stat()
	if err == nil && sameFile(seen[0], c.seen[0]) && sameFile(seen[1], c.seen[1]) {
		return
	}
	if err == nil {
		err = c.load(seen)
	}
	if err != nil {
		c.log.Error("certificate not read again, the old one stays in force", "error", err)
		return
	}
	c.log.Info("certificate read again", "file", c.cert, "until", c.loaded.Leaf.NotAfter)
}

func (c *Certificate) stat() (seen [2]os.FileInfo, err error) {
	for i, name := range []string{c.cert, c.key} {
		if seen[i], err = os.Stat(name); err != nil {
			return seen, fmt.Errorf("certificate: %w", err)
		}
	}
	return seen, nil
}

// load reads the files. What was seen of a pair that does not fit, as in the moment between the writing of the two, is not
// remembered, so that it is tried again.
func (c *Certificate) load(seen [2]os.FileInfo) error {
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("certificate %s, key %s: %w", c.cert, c.key, err)
	}
	c.loaded, c.seen = &pair, seen
	return nil
}

func sameFile(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
