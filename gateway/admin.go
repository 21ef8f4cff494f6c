package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"reflect"
	"time"

	"github.com/mapigate/mapigate/gateway/admin"
	"github.com/mapigate/mapigate/gateway/admin/access"
	"github.com/mapigate/mapigate/gateway/admin/api"
	"github.com/mapigate/mapigate/gateway/config"
)

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
			Couriers: func() []string { return CourierNames(g.now.Load().config) },
			Flush: func(ctx context.Context, courier, destination string) (int, error) {
				return g.now.Load().flush(ctx, courier, destination)
			},
			Reload: g.Reload,
		},
		Access: who, Metrics: g.metrics.Handler(), OpenMetrics: c.Admin.OpenMetrics, Log: g.log,
	}, nil
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
