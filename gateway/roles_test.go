package gateway

import (
	"net/netip"
	"testing"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/route"
)

// A gateway does what its roles say and no more.
func TestRoles(t *testing.T) {
	for _, c := range []struct {
		roles               []string
		listeners, couriers bool
	}{
		{[]string{config.RoleReceive, config.RoleSend, config.RoleWatch}, true, true},
		{[]string{config.RoleReceive}, true, false},
		{[]string{config.RoleSend}, false, true},
		{[]string{config.RoleWatch}, false, false},
	} {
		conf := config.Default()
		conf.Data, conf.Admin.Address, conf.Roles = t.TempDir(), "", c.roles
		conf.Listeners = []config.Listener{{Name: "apps", Address: "127.0.0.1:0", Mode: config.ModePlain, Protocol: config.ProtocolSMTP, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}
		conf.Routes = []config.Route{{Via: route.Via{Kind: route.Internet}}}
		g, err := New(conf, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if (len(g.now.Load().listeners) > 0) != c.listeners || (len(g.now.Load().couriers) > 0) != c.couriers {
			t.Errorf("%v: %d listeners, %d couriers", c.roles, len(g.now.Load().listeners), len(g.now.Load().couriers))
		}
		if err := g.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
