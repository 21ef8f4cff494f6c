package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/mapigate/mapigate/gateway/harness/peers"
)

// A server is somebody else's mail server: it relays mail for in.test into the gateway, and all other mail to the sink.
type server struct {
	name  string
	tls   string // what the gateway asks of it
	start func(ctx context.Context, w *world, debs, addr string) (*peers.Server, error)
}

// The OpenSMTPD of Debian 12 offers STARTTLS and fails in every handshake ("rsa routines::missing private key": its separation of
// privileges does not get along with OpenSSL 3), which shows that mail goes out all the same where TLS need not be.
var servers = []server{
	{"postfix", "required", startPostfix}, {"exim", "required", startExim}, {"opensmtpd", "opportunistic", startOpenSMTPD},
}

func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

func startPostfix(ctx context.Context, w *world, debs, addr string) (*peers.Server, error) {
	p, err := peers.NewPostfix(ctx, filepath.Join(w.dir, "postfix"), debs)
	if err != nil {
		return nil, err
	}
	return p.Start(ctx, addr, map[string]string{
		"transport_maps":               fmt.Sprintf("inline:{{in.test = smtp:[localhost]:%s}, {postfix.test = smtp:[localhost]:%s}}", portOf(w.open), portOf(w.sink.Addr)),
		"smtpd_recipient_restrictions": "permit_mynetworks, reject", "message_size_limit": "64000000", "mailbox_size_limit": "0",
		"smtpd_tls_security_level": "may", "smtpd_tls_cert_file": w.cert, "smtpd_tls_key_file": w.key, "smtp_tls_CAfile": w.root,
		"smtp_tls_security_level": "encrypt", "smtp_destination_recipient_limit": "1000", "smtpd_tls_received_header": "yes",
	})
}

const eximConfig = `
primary_hostname = exim.test
exim_user = %[1]s
exim_group = %[1]s
trusted_users = root
never_users =
spool_directory = %[2]s
log_file_path = %[2]s/log-%%slog
pid_file_path = %[2]s/exim.pid
message_size_limit = 64M
local_interfaces = 127.0.0.1
daemon_smtp_ports = %[3]s
tls_advertise_hosts = *
tls_certificate = %[4]s
tls_privatekey = %[5]s
smtputf8_advertise_hosts = *
dsn_advertise_hosts = *
chunking_advertise_hosts = *
smtp_accept_max_per_connection = 0
smtp_accept_queue_per_connection = 0
recipients_max = 1000
remote_max_parallel = 4
queue_run_in_order = false
host_lookup =
rfc1413_hosts =
acl_smtp_rcpt = accept_all
acl_smtp_data = accept_all
begin acl
accept_all:
  accept
begin routers
in:
  driver = manualroute
  domains = in.test
  transport = gateway
  route_list = * 127.0.0.1
  self = send
out:
  driver = manualroute
  domains = exim.test
  transport = sink
  route_list = * 127.0.0.1
  self = send
begin transports
gateway:
  driver = smtp
  port = %[6]s
  hosts_require_tls = *
  tls_verify_certificates = %[8]s
  tls_try_verify_hosts =
  message_linelength_limit = 2000
sink:
  driver = smtp
  port = %[7]s
  tls_try_verify_hosts =
  message_linelength_limit = 2000
`

func startExim(ctx context.Context, w *world, debs, addr string) (*peers.Server, error) {
	h, err := peers.Open(ctx, filepath.Join(w.dir, "exim"), debs, "exim4-base", "exim4-daemon-light")
	if err != nil {
		return nil, err
	}
	if missing := h.Missing(ctx, "/usr/sbin/exim4"); len(missing) > 0 {
		return nil, fmt.Errorf("%w: Exim misses %s", peers.ErrUnavailable, strings.Join(missing, ", "))
	}
	const account = "Debian-exim"
	if err := h.AddUsers(account+":x:65513:65513::/nonexistent:/usr/sbin/nologin\n", account+":x:65513:\n"); err != nil {
		return nil, err
	}
	spool, err := h.State("exim")
	if err != nil {
		return nil, err
	}
	if err := os.Chown(spool, 65513, 65513); err != nil {
		return nil, err
	}
	text := fmt.Sprintf(eximConfig, account, spool, portOf(addr), w.cert, w.key, portOf(w.open), portOf(w.sink.Addr), w.root)
	if err := h.WriteFile("etc/exim4/interop.conf", text); err != nil {
		return nil, err
	}
	return peers.Start(ctx, h.Command(ctx, nil, "/usr/sbin/exim4", "-C", "/etc/exim4/interop.conf", "-bdf", "-q1m"), addr)
}

const opensmtpdConfig = `
pki here cert "%[1]s"
pki here key "%[2]s"
ca root cert "%[3]s"
smtp max-message-size "64M"
listen on lo hostname opensmtpd.test port %[4]s tls pki here
action "gateway" relay host "smtp+tls://localhost:%[5]s" tls no-verify
action "sink" relay host "smtp+tls://localhost:%[6]s" tls no-verify
match from any for domain "in.test" action "gateway"
match from any for any action "sink"
`

func startOpenSMTPD(ctx context.Context, w *world, debs, addr string) (*peers.Server, error) {
	h, err := peers.Open(ctx, filepath.Join(w.dir, "opensmtpd"), debs, "opensmtpd")
	if err != nil {
		return nil, err
	}
	if missing := h.Missing(ctx, "/usr/sbin/smtpd"); len(missing) > 0 {
		return nil, fmt.Errorf("%w: OpenSMTPD misses %s", peers.ErrUnavailable, strings.Join(missing, ", "))
	}
	err = h.AddUsers("opensmtpd:x:65514:65514::/var/lib/opensmtpd/empty:/usr/sbin/nologin\nopensmtpq:x:65515:65515::/var/lib/opensmtpd/empty:/usr/sbin/nologin\n",
		"opensmtpd:x:65514:\nopensmtpq:x:65515:\n")
	if err != nil {
		return nil, err
	}
	binds := map[string]string{}
	for inside, name := range map[string]string{"/var/spool/smtpd": "smtpd", "/var/lib/opensmtpd": "lib", "/run": "run"} {
		if err := os.MkdirAll(h.Path(strings.TrimPrefix(inside, "/")), 0o755); err != nil {
			return nil, err
		}
		if binds[inside], err = h.State(name); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(filepath.Join(binds["/var/lib/opensmtpd"], "empty"), 0o755); err != nil {
		return nil, err
	}
	if err := os.Chmod(binds["/var/spool/smtpd"], 0o711); err != nil {
		return nil, err
	}
	// It reads keys only from files that nobody else may read.
	key, err := os.ReadFile(w.key)
	if err != nil {
		return nil, err
	}
	if err := h.WriteFile("etc/opensmtpd.key", string(key)); err != nil {
		return nil, err
	}
	if err := os.Chmod(h.Path("etc/opensmtpd.key"), 0o600); err != nil {
		return nil, err
	}
	text := fmt.Sprintf(opensmtpdConfig, w.cert, "/etc/opensmtpd.key", w.root, portOf(addr), portOf(w.open), portOf(w.sink.Addr))
	if err := h.WriteFile("etc/smtpd.conf", text); err != nil {
		return nil, err
	}
	return peers.Start(ctx, h.Command(ctx, binds, "/usr/sbin/smtpd", "-d", "-f", "/etc/smtpd.conf"), addr)
}
