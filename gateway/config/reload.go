package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
)

// Reload says when the file is read again.
type Reload struct {
	// Watch is how often the files are looked at; 0 is never.
	Watch Duration `yaml:"watch"`
}

// fixed are the settings that hold until the process ends: where the queue is and what keeps it, and the addresses of the operator's
// view, by which a reload is asked for.
var fixed = []struct {
	path string
	at   func(*Config) any
}{
	{"data", func(c *Config) any { return &c.Data }},
	{"log.format", func(c *Config) any { return &c.Log.Format }},
	{"admin.address", func(c *Config) any { return &c.Admin.Address }},
	{"admin.cert", func(c *Config) any { return &c.Admin.Cert }},
	{"admin.key", func(c *Config) any { return &c.Admin.Key }},
	{"admin.socket", func(c *Config) any { return &c.Admin.Socket }},
	{"admin.socket_mode", func(c *Config) any { return &c.Admin.SocketMode }},
	{"admin.socket_group", func(c *Config) any { return &c.Admin.SocketGroup }},
	{"queue.engine", func(c *Config) any { return &c.Queue.Engine }},
	{"queue.url", func(c *Config) any { return &c.Queue.URL }},
	{"queue.connections", func(c *Config) any { return &c.Queue.Connections }},
	{"queue.min_free", func(c *Config) any { return &c.Queue.MinFree }},
}

// KeepFixed puts back what cannot change while the gateway runs, to what it was in old, and returns the paths of what would have changed.
func (c *Config) KeepFixed(old *Config) (kept []string) {
	for _, f := range fixed {
		now, was := reflect.ValueOf(f.at(c)).Elem(), reflect.ValueOf(f.at(old)).Elem()
		if !now.Equal(was) {
			now.Set(was)
			kept = append(kept, f.path)
		}
	}
	return kept
}

// FixedSettings lists the paths of the settings that a reload does not change.
func FixedSettings() (paths []string) {
	for _, f := range fixed {
		paths = append(paths, f.path)
	}
	return paths
}

// Files lists the file that was read and all files that it names whose contents are configuration: certificates, keys, secrets, users.
// What others write all the time (tokens, tickets) is not among them.
func (c *Config) Files() (list []string) {
	all := []string{c.file, c.Queue.URLFile}
	all = append(all, c.Admin.Files()...)
	for i := range c.Listeners {
		all = append(all, c.Listeners[i].Files()...)
	}
	for i := range c.Exchange {
		all = append(all, c.Exchange[i].Files()...)
	}
	all = append(all, c.Internet.Files()...)
	for _, name := range all {
		if name != "" && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// Files lists the files that the operator's view names.
func (a *Admin) Files() []string { return named(a.files(), &a.Socket) }

// Files lists the files that a listener names.
func (l *Listener) Files() []string { return named(l.files()) }

// Files lists the files that an organisation names.
func (e *Exchange) Files() []string { return named(e.files(), &e.OAuth2.TokenFile, &e.Kerberos.CCache) }

// Files lists the files that the way onto the internet names.
func (n *Internet) Files() (list []string) {
	list = named([]*string{&n.SRS.SecretFile})
	for i := range n.DKIM {
		list = append(list, n.DKIM[i].KeyFile)
	}
	for i := range n.Smarthosts {
		list = append(list, named(n.Smarthosts[i].files(), &n.Smarthosts[i].OAuth2.TokenFile)...)
	}
	return list
}

// named gives the paths that are set, but for some.
func named(paths []*string, except ...*string) (list []string) {
	for _, p := range paths {
		if *p != "" && !slices.Contains(except, p) {
			list = append(list, *p)
		}
	}
	return list
}

// mostContents bounds what is read of one file; nobody has a longer list of users.
const mostContents = 64 << 20

// Contents gives a digest of the contents of files, so that a section whose files have changed can be told from the one before.
func Contents(files []string) string {
	all := sha256.New()
	for _, name := range files {
		fmt.Fprintf(all, "%q ", name)
		f, err := os.Open(name)
		if err != nil {
			fmt.Fprintf(all, "missing")
			continue
		}
		n, err := io.Copy(all, io.LimitReader(f, mostContents))
		fmt.Fprintf(all, " %d %t\n", n, err == nil)
		f.Close()
	}
	return hex.EncodeToString(all.Sum(nil))
}
