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
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/admin"
	"github.com/mapigate/mapigate/gateway/admin/access"
	"github.com/mapigate/mapigate/gateway/admin/api"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/smtpside"
)

// mostSocket is how long the path of a Unix socket may be everywhere.
const mostSocket = 104

// addAdmin takes the addresses of what the operator touches.
func (g *Gateway) addAdmin() error {
	g.metrics.Queue(g.queue.Stats, courierNames(g.config), time.Now)
	who, err := accessOptions(&g.config.Admin)
	if err != nil {
		return fmt.Errorf("admin: %w", err)
	}
	view, err := admin.New(admin.Options{
		API: api.Options{
			Version: g.version, Queue: g.queue, Live: g.live, Checks: g.checks, Down: g.downList, Watches: g.watches, Config: g.settings,
			Couriers: func() []string { return courierNames(g.config) }, Flush: g.flush,
		},
		Access: who, Metrics: g.metrics.Handler(), OpenMetrics: g.config.Admin.OpenMetrics, Log: g.log,
	})
	if err != nil {
		return err
	}
	return errors.Join(g.serveAdmin(view), g.serveSocket(view))
}

// serveAdmin takes the address for browsers and Prometheus.
func (g *Gateway) serveAdmin(view *admin.Server) error {
	c := &g.config.Admin
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
	g.atEnd("admin", closeListener(l))
	g.task("admin", stageKeeping, func(ctx context.Context) error {
		return unlessClosed(view.Serve(ctx, l, https))
	})
	return nil
}

func unlessClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// serveSocket takes the socket for the command line.
func (g *Gateway) serveSocket(view *admin.Server) error {
	path := g.config.AdminSocket()
	if path == "" {
		return nil
	}
	if g.config.Admin.Socket == "" && len(path) >= mostSocket {
		g.log.Warn("no socket for commands: the path of the data folder is too long; set admin.socket", "path", path)
		return nil
	}
	if err := os.MkdirAll(g.config.Data, 0o700); err != nil && g.config.Admin.Socket == "" {
		return fmt.Errorf("admin.socket: %w", err)
	}
	l, err := listenUnix(path, os.FileMode(g.config.Admin.SocketMode))
	if err != nil {
		return fmt.Errorf("admin.socket: %w", err)
	}
	g.atEnd("admin socket", closeListener(l))
	if err := giveToGroup(path, g.config.Admin.SocketGroup); err != nil {
		return fmt.Errorf("admin.socket_group: %w", err)
	}
	g.log.Info("admin listening", "address", "unix:"+path)
	g.task("admin socket", stageKeeping, func(ctx context.Context) error { return unlessClosed(view.ServeSocket(ctx, l)) })
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
func (g *Gateway) flush(ctx context.Context, name, destination string) (int, error) {
	for _, c := range g.couriers {
		if c.Name() == name {
			return c.Flush(ctx, destination)
		}
	}
	return 0, nil
}

func (g *Gateway) downList() []api.Down {
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
func (g *Gateway) settings() []api.Setting {
	var list []api.Setting
	for _, s := range g.config.Summary() {
		list = append(list, api.Setting(s))
	}
	return list
}

// watches says how it stands with each watched mailbox.
func (g *Gateway) watches() []api.Watch {
	list := []api.Watch{}
	states := map[string]api.Watch{}
	for _, w := range g.watchers.all() {
		on, why := w.State()
		s := api.Watch{State: "failing"}
		if why != nil {
			s.Text = why.Error()
		}
		switch {
		case on:
			s.State = "watching"
		case errors.Is(why, queue.ErrLocked):
			s.State, s.Text = "elsewhere", "another gateway watches it"
		case why == nil:
			s.Text = "being opened"
		}
		states[w.Mailbox()] = s
	}
	for i := range g.config.Outbox {
		o := &g.config.Outbox[i]
		for _, m := range o.Mailboxes {
			s := states[m]
			s.Mailbox, s.Exchange, s.Mode = m, o.Exchange, o.Mode
			if o.Mode == config.WatchFolder {
				s.Folder = o.Folder
			}
			list = append(list, s)
		}
	}
	return list
}
