package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/user"
	"strconv"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/parts"
	"github.com/mapigate/mapigate/gateway/sockets"
	"github.com/mapigate/mapigate/smtpside"
)

// mostSocket is how long the path of a Unix socket may be everywhere.
const mostSocket = 104

// serveAdmin takes the address for browsers and Prometheus.
func (g *Gateway) serveAdmin(c *config.Admin) error {
	if c.Address == "" {
		return nil
	}
	var https *tls.Config
	scheme := "http"
	if c.Cert != "" {
		certificate, err := smtpside.OpenCertificate(c.Cert, c.Key, g.log.With("listener", "admin"))
		if err != nil {
			return fmt.Errorf("admin: %w", err)
		}
		https, scheme = &tls.Config{GetCertificate: certificate.Get, MinVersion: tls.VersionTLS12}, "https"
	}
	l, err := net.Listen("tcp", c.Address)
	if err != nil {
		return fmt.Errorf("admin: %w", err)
	}
	g.admin = l.Addr()
	g.log.Info("admin listening", "address", scheme+"://"+l.Addr().String())
	g.own.AtEnd("admin", closeListener(l))
	g.own.Task(parts.Task{Name: "admin", Stage: parts.Keeping, Run: func(ctx context.Context) error {
		return unlessClosed(g.view.Serve(ctx, l, https))
	}})
	return nil
}

// serveSocket takes the socket for the command line.
func (g *Gateway) serveSocket(c *config.Config) error {
	path := c.AdminSocket()
	if path == "" {
		return nil
	}
	if c.Admin.Socket == "" && len(path) >= mostSocket {
		g.log.Warn("no socket for commands: the path of the data folder is too long; set admin.socket", "path", path)
		return nil
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil && c.Admin.Socket == "" {
		return fmt.Errorf("admin.socket: %w", err)
	}
	l, err := sockets.ListenUnix(path, os.FileMode(c.Admin.SocketMode))
	if err != nil {
		return fmt.Errorf("admin.socket: %w", err)
	}
	g.own.AtEnd("admin socket", closeListener(l))
	if err := giveToGroup(path, c.Admin.SocketGroup); err != nil {
		return fmt.Errorf("admin.socket_group: %w", err)
	}
	g.log.Info("admin listening", "address", "unix:"+path)
	g.own.Task(parts.Task{Name: "admin socket", Stage: parts.Keeping, Run: func(ctx context.Context) error { return unlessClosed(g.view.ServeSocket(ctx, l)) }})
	return nil
}

// giveToGroup lets the members of a group, by name or number, open the socket.
func giveToGroup(path, name string) error {
	if name == "" {
		return nil
	}
	id, err := strconv.Atoi(name)
	if err != nil {
		group, err := user.LookupGroup(name)
		if err != nil {
			return err
		}
		if id, err = strconv.Atoi(group.Gid); err != nil {
			return err
		}
	}
	if err = os.Chown(path, -1, id); errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w; the user that the gateway runs as must be in the group %s", err, name)
	}
	return err
}

// closeListener closes a listener that whoever serves it may have closed already.
func closeListener(l net.Listener) func(context.Context) error {
	return func(context.Context) error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}
}

func unlessClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
