package smtpside

import (
	"net"
	"net/netip"
	"time"

	"github.com/pires/go-proxyproto"
)

// proxyHeaderTime is how long a proxy may take for its header, which it has at hand.
const proxyHeaderTime = 10 * time.Second

// behindProxies takes the PROXY protocol, version 1 or 2, from the proxies named, and nothing without it from them. What others
// send is left as it is: a header among it is no SMTP command and gets its 500.
func behindProxies(l net.Listener, proxies []netip.Prefix) net.Listener {
	if len(proxies) == 0 {
		return l
	}
	return &proxyproto.Listener{
		Listener:          l,
		ReadHeaderTimeout: proxyHeaderTime,
		ConnPolicy: func(o proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
			if contains(proxies, o.Upstream) {
				return proxyproto.REQUIRE, nil
			}
			return proxyproto.SKIP, nil
		},
	}
}

// proxied reports whether a connection that has to start with a PROXY header does.
func proxied(conn net.Conn) bool {
	p, ok := conn.(*proxyproto.Conn)
	return !ok || p.ProxyHeader() != nil
}
