package outlets

import (
	"net"
	"testing"

	"github.com/mapigate/mapigate/gateway/config"
)

func TestIsSelf(t *testing.T) {
	c := config.Default()
	c.Hostname, c.Internet.Port = "gw.example.test", 25
	c.Listeners = []config.Listener{{Address: "192.0.2.7:25"}, {Address: ":587"}, {Address: "unix:/run/x"}}
	self := isSelf(c)
	for _, tc := range []struct {
		host string
		ip   net.IP
		want bool
	}{
		{"GW.example.test.", nil, true},
		{"mx.example.test", nil, false},
		{"mx.example.test", net.ParseIP("192.0.2.7"), true},
		{"mx.example.test", net.ParseIP("::ffff:192.0.2.7"), true},
		{"mx.example.test", net.IPv4(127, 0, 0, 1), false}, // we listen there, but at another port
	} {
		if got := self(tc.host, tc.ip); got != tc.want {
			t.Errorf("%s %v: %v", tc.host, tc.ip, got)
		}
	}
	c.Listeners = append(c.Listeners, config.Listener{Address: ":25"})
	if self = isSelf(c); !self("mx.example.test", net.IPv4(127, 0, 0, 1)) || self("mx.example.test", net.ParseIP("192.0.2.9")) {
		t.Error("everywhere is here, and nowhere else")
	}
}
