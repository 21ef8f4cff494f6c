package gateway

import (
	"context"
	"net/netip"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/route"
)

// A session of a configuration that was replaced may go on for a while, and is told 421 between two mails then.
func TestSessionsOutlive(t *testing.T) {
	data := t.TempDir()
	configured := func(recipients int) *config.Config {
		c := config.Default()
		c.Data, c.Admin.Address = data, ""
		c.Listeners = []config.Listener{{Name: "apps", Address: "127.0.0.1:0", Mode: config.ModePlain, Protocol: config.ProtocolSMTP,
			Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Limits: config.Limits{Recipients: recipients}}}
		c.Routes = []config.Route{{Via: route.Via{Kind: route.Internet}}}
		return c
	}
	g, err := New(configured(100), Options{})
	if err != nil {
		t.Fatal(err)
	}
	const outlive = 2 * time.Second // there is time for a command before it is over
	g.now.Load().listeners[0].outlive = outlive
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	client, err := textproto.Dial("tcp", g.Addresses()["apps"].String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	say := func(line string) string {
		if line != "" {
			if err := client.PrintfLine("%s", line); err != nil {
				t.Fatal(err)
			}
		}
		reply, err := client.ReadLine()
		if err != nil {
			t.Fatal(err)
		}
		return reply
	}
	say("") // the greeting
	begun := time.Now()
	if _, err := g.Apply(configured(200)); err != nil {
		t.Fatal(err)
	}
	if reply := say("NOOP"); !strings.HasPrefix(reply, "250") {
		t.Errorf("at once after the reload: %s", reply)
	}
	if reply := say(""); !strings.HasPrefix(reply, "421") {
		t.Errorf("later: %s", reply)
	}
	if waited := time.Since(begun); waited < outlive {
		t.Errorf("only %v were left to the client", waited)
	}
}
