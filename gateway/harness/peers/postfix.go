package peers

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Postfix is Debian's Postfix, unpacked.
type Postfix struct {
	house *House
	spool string
	conf  string // inside
}

// NewPostfix prepares Postfix: master.cf with the given lines for smtpd, main.cf with the settings on top of those that make
// it run here.
func NewPostfix(ctx context.Context, dir, debs string) (*Postfix, error) {
	h, err := Open(ctx, dir, debs, "postfix")
	if err != nil {
		return nil, err
	}
	if missing := h.Missing(ctx, "/usr/lib/postfix/sbin/smtpd"); len(missing) > 0 {
		return nil, fmt.Errorf("%w: Postfix misses %s", ErrUnavailable, strings.Join(missing, ", "))
	}
	err = h.AddUsers("postfix:x:65511:65511::/nonexistent:/usr/sbin/nologin\n", "postfix:x:65511:\npostdrop:x:65512:\n")
	if err != nil {
		return nil, err
	}
	p := &Postfix{house: h, conf: "/etc/postfix"}
	p.spool, err = h.State("postfix")
	return p, err
}

// services are the parts of Postfix beside its smtpd.
const services = `pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

// Start runs Postfix with an smtpd at addr ("ip:port") until it is stopped.
func (p *Postfix) Start(ctx context.Context, addr string, settings map[string]string) (*Server, error) {
	data, err := p.house.State("postfix-data")
	if err != nil {
		return nil, err
	}
	if err := os.Chown(data, 65511, 65511); err != nil {
		return nil, err
	}
	main := map[string]string{
		"compatibility_level": "3.6", "queue_directory": p.spool, "data_directory": data,
		"daemon_directory": "/usr/lib/postfix/sbin", "command_directory": "/usr/sbin", "shlib_directory": "/usr/lib/postfix",
		"mail_owner": "postfix", "setgid_group": "postdrop", "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4",
		"myhostname": "postfix.test", "mydestination": "", "mynetworks": "127.0.0.0/8", "alias_maps": "", "alias_database": "",
		"maillog_file": filepath.Join(p.spool, "postfix.log"), "maillog_file_prefixes": p.spool,
		"smtp_host_lookup": "native", "smtp_dns_support_level": "disabled", "smtputf8_enable": "yes", "biff": "no",
		"default_process_limit": "250", "smtpd_client_connection_count_limit": "0", "smtp_tls_security_level": "may",
	}
	maps.Copy(main, settings)
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(main)) {
		fmt.Fprintf(&text, "%s = %s\n", name, main[name])
	}
	if err := p.house.WriteFile("etc/postfix/main.cf", text.String()); err != nil {
		return nil, err
	}
	if err := p.house.WriteFile("etc/postfix/master.cf", addr+" inet n - n - - smtpd\n"+services); err != nil {
		return nil, err
	}
	_, port, _ := strings.Cut(addr, ":")
	cmd := p.house.Command(ctx, nil, "postfix", "-c", p.conf, "start-fg")
	s, err := start(ctx, cmd, "127.0.0.1:"+port)
	if err != nil {
		return nil, fmt.Errorf("postfix: %w\n%s", err, p.Log())
	}
	return s, nil
}

// Log is the end of what Postfix has logged.
func (p *Postfix) Log() string {
	text, _ := os.ReadFile(filepath.Join(p.spool, "postfix.log"))
	return string(text[max(0, len(text)-2000):])
}

// Empty forgets all mail of an earlier run.
func (p *Postfix) Empty(context.Context) error {
	entries, err := os.ReadDir(p.spool)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(p.spool, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
