package doctor

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/store"
	"github.com/mapigate/mapigate/smtpside/signin"
)

// machine looks at what is here.
func (d *doctor) machine(ctx context.Context) {
	if d.config.Queue.Engine == config.EnginePostgres {
		d.database(ctx)
	} else {
		d.folder(store.Folder(d.config))
	}
	d.orphans(ctx)
	for i := range d.config.Listeners {
		d.listener(&d.config.Listeners[i])
	}
	if d.config.Admin.Address != "" {
		d.port("admin", d.config.Admin.Address, "")
	}
}

// database looks into the shared queue. It changes nothing: the tables are made at the first start.
func (d *doctor) database(ctx context.Context) {
	q, err := store.Read(ctx, d.config)
	if err != nil && strings.Contains(err.Error(), "there is no queue here") {
		d.fine("queue", "PostgreSQL answers; the tables will be made at the first start")
		return
	}
	if err == nil {
		_, err = q.Stats(ctx)
		err = errors.Join(err, q.Close())
	}
	if err != nil {
		d.wrong("queue", err.Error(), "see that queue.url names a PostgreSQL server that runs, and a database that the user may use")
		return
	}
	d.fine("queue", "PostgreSQL answers, its tables are those of this version")
}

// folder tries to write where the queue will. A folder that is not there yet
// is not made: it would belong to whoever runs the examination.
func (d *doctor) folder(dir string) {
	const remedy = "give the user that runs the gateway a folder of its own, and see to the room on its disk"
	there := dir
	for !exists(there) && filepath.Dir(there) != there {
		there = filepath.Dir(there)
	}
	if err := tryToWrite(there); err != nil {
		d.wrong("queue folder", err.Error(), remedy)
	} else if there != dir {
		d.fine("queue folder", "%s will be made in %s", dir, there)
	} else {
		d.fine("queue folder", "%s can be written to", dir)
	}
}

// exists tells what stops the search for a folder: one, or anything else of its name.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil || !errors.Is(err, fs.ErrNotExist)
}

func tryToWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".doctor-")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 64<<10))
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
}

func (d *doctor) listener(l *config.Listener) {
	what := "listener " + l.Name
	greeting := d.config.Hostname
	if l.Mode == config.ModeTLS {
		greeting = "" // said behind the handshake
	}
	d.port(what, l.Address, greeting)
	if l.Mode != config.ModePlain {
		d.certificate(what, l)
	}
	if l.Users != "" {
		if _, err := signin.OpenUsers(l.Users, nil); err != nil {
			d.wrong(what+", users", err.Error(), "each line is name:hash, with a bcrypt or argon2id hash")
		} else {
			d.fine(what+", users", "%s", l.Users)
		}
	}
}

// port tells whether the gateway can listen, or does already.
func (d *doctor) port(what, address, greeting string) {
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		_ = l.Close()
		d.fine(what, "%s is free", address)
	case errors.Is(err, syscall.EADDRINUSE) && serves(address, greeting):
		d.fine(what, "%s is served already", address)
	case errors.Is(err, syscall.EADDRINUSE):
		d.wrong(what, err.Error(), "another program has this address: stop it, or choose another one")
	case errors.Is(err, syscall.EACCES):
		d.wrong(what, err.Error(), "ports below 1024 need the capability CAP_NET_BIND_SERVICE")
	default:
		d.wrong(what, err.Error(), "the address must be one of this machine's")
	}
}

// serves tells whether a gateway of this name answers; with an empty greeting
// that anybody does.
func serves(address, greeting string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	conn, err := net.DialTimeout("tcp", net.JoinHostPort(host, port), 2*time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	if greeting == "" {
		return true
	}
	if conn.SetReadDeadline(time.Now().Add(2*time.Second)) != nil {
		return false
	}
	line, _ := bufio.NewReader(conn).ReadString('\n')
	return strings.HasPrefix(line, "220 "+greeting)
}

// expirySoon is when a certificate is worth a word.
const expirySoon = 14 * 24 * time.Hour

func (d *doctor) certificate(what string, l *config.Listener) {
	what += ", certificate"
	pair, err := tls.LoadX509KeyPair(l.Cert, l.Key)
	if err != nil {
		d.wrong(what, err.Error(), fmt.Sprintf("%s must hold a certificate and %s its key, in PEM", l.Cert, l.Key))
		return
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		d.wrong(what, err.Error(), "renew it")
		return
	}
	d.expiry(what, leaf)
}

// expiry tells how long a certificate holds.
func (d *doctor) expiry(what string, leaf *x509.Certificate) {
	names := strings.Join(leaf.DNSNames, ", ")
	if names == "" {
		names = leaf.Subject.String()
	}
	until := leaf.NotAfter.Format(time.DateOnly)
	switch now := d.opts.Now(); {
	case now.After(leaf.NotAfter):
		d.wrong(what, "it ran out on "+until, "renew it")
	case now.Before(leaf.NotBefore):
		d.wrong(what, "it begins on "+leaf.NotBefore.Format(time.DateOnly), "see to the clock of this machine")
	case leaf.NotAfter.Sub(now) < expirySoon:
		d.wrong(what, "it runs out on "+until, "renew it now")
	default:
		d.fine(what, "for %s, until %s", names, until)
	}
}
