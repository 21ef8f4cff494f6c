package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/mapigate/mapigate/gateway/harness/peers"
)

// A subject is a mail server under test. start runs it afresh, relaying all mail to nexthop, or keeping it all where nexthop is "".
type subject struct {
	name  string
	start func(ctx context.Context, nexthop string) (*peers.Server, error)
}

// tarpit accepts connections and says nothing.
func tarpit() (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() {
		var held []net.Conn // those that are forgotten are closed
		for {
			conn, err := l.Accept()
			if err != nil {
				break
			}
			held = append(held, conn)
		}
		for _, conn := range held {
			conn.Close()
		}
	}()
	return l, nil
}

// freeAddress finds a port that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

const gatewayConfig = `hostname: gateway.test
data: %s
admin: {address: ""}
listeners:
  - {name: bench, address: "%s", mode: plain, networks: [127.0.0.0/8], limits: {sessions: 4000, sessions_per_address: 4000, message_size: 200MiB}}
routes: [{via: smarthost/next}]
internet:
  workers: %d
  per_destination: %[3]d
  smarthosts: [{name: next, hosts: ["%s"], tls: never}]
`

// newGateway makes the subject that this is about: the program as it is run. With a profile it is this program instead, which
// runs the same gateway under observation.
func newGateway(ctx context.Context, dir string, o *options) (*subject, error) {
	binary := filepath.Join(dir, "mapigate")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", binary, "github.com/mapigate/mapigate/cmd/mapigate")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the gateway: %w\n%s", err, out)
	}
	idle, err := tarpit()
	if err != nil {
		return nil, err
	}
	runs := 0
	return &subject{name: "mapigate", start: func(ctx context.Context, nexthop string) (*peers.Server, error) {
		runs++
		data := filepath.Join(dir, fmt.Sprint("data", runs))
		addr, err := freeAddress()
		if err != nil {
			return nil, err
		}
		workers := 32
		if nexthop == "" { // one worker that waits for a greeting: everything stays in the queue
			nexthop, workers = idle.Addr().String(), 1
		}
		file := filepath.Join(dir, "mapigate.yaml")
		if err := os.WriteFile(file, fmt.Appendf(nil, gatewayConfig, data, addr, workers, nexthop), 0o600); err != nil {
			return nil, err
		}
		if err := os.RemoveAll(filepath.Join(dir, fmt.Sprint("data", runs-1))); err != nil {
			return nil, err
		}
		cmd := exec.Command(binary, "serve", "-c", file)
		if o.profile != "" {
			cmd = exec.Command(os.Args[0], "-role", "gateway", "-config", file, "-profile", o.profile)
		}
		return peers.Start(ctx, cmd, addr)
	}}, nil
}

// newPostfix makes the one to compare with.
func newPostfix(ctx context.Context, dir, debs string) (*subject, error) {
	p, err := peers.NewPostfix(ctx, filepath.Join(dir, "postfix"), debs)
	if err != nil {
		return nil, err
	}
	return &subject{name: "postfix", start: func(ctx context.Context, nexthop string) (*peers.Server, error) {
		if err := p.Empty(ctx); err != nil {
			return nil, err
		}
		addr, err := freeAddress()
		if err != nil {
			return nil, err
		}
		settings := map[string]string{
			"in_flow_delay": "0", "smtpd_recipient_restrictions": "permit_mynetworks, reject", "message_size_limit": "209715200",
			"smtp_tls_security_level": "none", "smtp_destination_concurrency_limit": "32", "initial_destination_concurrency": "32",
			"smtpd_peername_lookup": "no", "mailbox_size_limit": "0",
		}
		if nexthop == "" {
			settings["smtpd_end_of_data_restrictions"] = "check_client_access static:HOLD"
		} else {
			host, port, _ := net.SplitHostPort(nexthop)
			settings["relayhost"] = "[" + host + "]:" + port
		}
		return p.Start(ctx, addr, settings)
	}}, nil
}
