package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/admin"
	"github.com/mapigate/mapigate/gateway/admin/access"
	"github.com/mapigate/mapigate/gateway/admin/api"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/outbox"
	"github.com/mapigate/mapigate/gateway/parts"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/sockets"
	"github.com/mapigate/mapigate/smtpside"
)

// mostSocket is how long the path of a Unix socket may be everywhere.
const mostSocket = 104

// addAdmin takes the addresses of what the operator touches.
func (g *Gateway) addAdmin(c *config.Config) error {
	g.metrics.Queue(g.queue.Stats, time.Now)
	opts, err := g.adminOptions(c)
	if err != nil {
		return err
	}
	if g.view, err = admin.New(opts); err != nil {
		return err
	}
	return errors.Join(g.serveAdmin(&c.Admin), g.serveSocket(c))
}

// changeAdmin puts in force what another configuration says about who may do what, if it says something else.
func (g *Gateway) changeAdmin(old, c *config.Config) error {
	if reflect.DeepEqual(old.Admin, c.Admin) {
		return nil
	}
	opts, err := g.adminOptions(c)
	if err != nil {
		return err
	}
	return g.view.Change(opts)
}

// adminOptions say what is shown, and to whom: always what is in force when somebody asks.
func (g *Gateway) adminOptions(c *config.Config) (admin.Options, error) {
	who, err := accessOptions(&c.Admin)
	if err != nil {
		return admin.Options{}, fmt.Errorf("admin: %w", err)
	}
	return admin.Options{
		API: api.Options{
			Version: g.version, Started: g.started, Queue: g.queue, Live: g.live,
			Checks:   func(ctx context.Context) []api.Check { return g.now.Load().checks(ctx) },
			Down:     func() []api.Down { return g.now.Load().downList() },
			Watches:  func() []api.Watch { return g.now.Load().watches() },
			Config:   func() []api.Setting { return g.now.Load().settings() },
			Couriers: func() []string { return courierNames(g.now.Load().config) },
			Flush: func(ctx context.Context, courier, destination string) (int, error) {
				return g.now.Load().flush(ctx, courier, destination)
			},
			Reload: g.Reload,
		},
		Access: who, Metrics: g.metrics.Handler(), OpenMetrics: c.Admin.OpenMetrics, Log: g.log,
	}, nil
}

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
	return os.Chown(path, -1, id)
}

// accessOptions says who may do what.
func accessOptions(c *config.Admin) (o access.Options, err error) {
	if o.Anonymous, err = access.ParseRole(c.AnonymousRole()); err != nil {
		return o, err
	}
	if c.URL != "" {
		if o.URL, err = url.Parse(c.URL); err != nil {
			return o, err
		}
	}
	for _, t := range c.Tokens {
		role, err := access.ParseRole(t.Role)
		if err != nil {
			return o, err
		}
		o.Tokens = append(o.Tokens, access.Token{Name: t.Name, Secret: string(t.Token), Role: role})
	}
	o.TLS = c.Cert != ""
	o.Proxy = access.Proxy{
		Networks: c.Proxy.Networks, UserHeader: c.Proxy.UserHeader, GroupsHeader: c.Proxy.GroupsHeader,
		Rights: access.Rights{Operators: c.Proxy.Operators, ReadOnly: c.Proxy.ReadOnly},
	}
	if c.OIDC.Issuer != "" {
		o.OIDC = &access.OIDC{
			Issuer: c.OIDC.Issuer, ClientID: c.OIDC.ClientID, ClientSecret: string(c.OIDC.ClientSecret), Scopes: c.OIDC.Scopes, Claim: c.OIDC.Claim,
			Rights: access.Rights{Operators: c.OIDC.Operators, ReadOnly: c.OIDC.ReadOnly},
		}
	}
	return o, nil
}

// Admin gives where the operator's view listens, or nil.
func (g *Gateway) Admin() net.Addr { return g.admin }

// flush makes a courier try a destination at once.
func (g *generation) flush(ctx context.Context, name, destination string) (int, error) {
	for _, c := range g.couriers {
		if c.Name() == name {
			return c.Flush(ctx, destination)
		}
	}
	return 0, nil
}

func (g *generation) downList() []api.Down {
	var list []api.Down
	for name, down := range g.down() {
		for _, d := range down {
			list = append(list, api.Down{Courier: name, Destination: d.Destination, Since: d.Since, Until: d.Until, Text: d.Last.Text})
		}
	}
	slices.SortFunc(list, func(a, b api.Down) int {
		return strings.Compare(a.Courier+"\x00"+a.Destination, b.Courier+"\x00"+b.Destination)
	})
	return list
}

// settings lists the configuration without its secrets.
func (g *generation) settings() []api.Setting {
	var list []api.Setting
	for _, s := range g.config.Summary() {
		list = append(list, api.Setting(s))
	}
	return list
}

// watchState tells how it stands with a watcher. A mailbox that another gateway of the same queue watches is as it should be.
func watchState(w *outbox.Watcher) api.Watch {
	on, why := w.State()
	switch {
	case on:
		return api.Watch{State: "watching"}
	case errors.Is(why, queue.ErrLocked):
		return api.Watch{State: "elsewhere", Text: "another gateway watches it"}
	case why == nil:
		return api.Watch{State: "failing", Text: "being opened"}
	}
	return api.Watch{State: "failing", Text: why.Error()}
}

// watches says how it stands with each watched mailbox: those of the configuration, and those that the address book names.
func (g *generation) watches() []api.Watch {
	list := []api.Watch{}
	for _, w := range g.watchers.all() {
		s := watchState(w.Watcher)
		s.Mailbox, s.Exchange, s.Mode = w.Mailbox(), w.group.Exchange, w.group.Mode
		if w.group.Mode == config.WatchFolder {
			s.Folder = w.group.Folder
		}
		list = append(list, s)
	}
	slices.SortStableFunc(list, func(a, b api.Watch) int { return strings.Compare(a.Mailbox, b.Mailbox) })
	return list
}
