package outlets

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/mapigate/mapigate/gateway/config"
)

// isSelf tells whether a mail host is this gateway: by our name, or an address on which we listen at the port that mail goes to. Mail that is
// sent there would come back. RFC 5321 5.1
func isSelf(c *config.Config) func(host string, ip net.IP) bool {
	everywhere, at := false, map[netip.Addr]bool{}
	for _, host := range Listened(c) {
		if addr, err := netip.ParseAddr(host); err == nil && !addr.IsUnspecified() {
			at[addr.Unmap()] = true
		} else {
			everywhere = true
		}
	}
	return func(host string, ip net.IP) bool {
		if ip == nil {
			return strings.EqualFold(strings.TrimSuffix(host, "."), c.Hostname)
		}
		addr, _ := netip.AddrFromSlice(ip)
		return at[addr.Unmap()] || everywhere && local(addr.Unmap())
	}
}

// Listened are the hosts, "" for all, at which we listen on the port that mail goes to.
func Listened(c *config.Config) (hosts []string) {
	for i := range c.Listeners {
		if host, port, err := net.SplitHostPort(c.Listeners[i].Address); err == nil && port == strconv.Itoa(c.Internet.Port) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// local tells whether an address is one of this machine.
func local(addr netip.Addr) bool {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Unmap() == addr {
			return true
		}
	}
	return false
}
