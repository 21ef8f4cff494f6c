package demo

import (
	"fmt"
	"path/filepath"
	"strings"
	"text/template"
)

// listenerName is the gateway's SMTP listener.
const listenerName = "apps"

// configuration is the gateway's configuration. JSON strings are YAML as well.
var configuration = template.Must(template.New("mapigate.yaml").Parse(`# The configuration of the demo's gateway.
hostname: gateway.example.test
data: {{.Data}}
admin:
  address: {{.Admin}}
  # Whoever is on this machine may try everything.
  anonymous: operator
listeners:
  - name: {{.Listener}}
    address: {{.SMTP}}
    mode: plain
    networks: [127.0.0.0/8, "::1/128"]
exchange:
  # Mail to our own people is written into their Inboxes ...
  - name: mailboxes
    deliver: deposit
    {{template "server" .}}
  # ... and mail to others is submitted through the service mailbox: Exchange sends it on.
  - name: transport
    deliver: submit
    {{template "server" .}}
    identities:
      - from: {{.Domain}}
        mailbox: {{.Service}}
      # Exchange lets nobody send in the name of strangers.
      - from: "*"
        mailbox: {{.Service}}
        rewrite_from: true
outbox:
  - exchange: mailboxes
    mailboxes: [{{.Robot}}]
    mode: outbox
    dedicated: true
    grace: 0s
    poll: 5s
    acknowledge_bypassed_checks: true
routes:
  - to: [{{.Domain}}]
    via: exchange/mailboxes
  - source: [outbox]
    via: smarthost/internet
  - via: exchange/transport
internet:
  smarthosts:
    - name: internet
      hosts: [{{.Internet}}]
      tls: never
retry:
  first: 2s
  most: 30s
{{define "server"}}url: {{.URL}}
    user_dn: {{.DN}}
    user: {{.Service}}
    password: {{.Password}}
    auth: ntlm
    ca_file: ca.pem
    mailbox: {{.Service}}{{end}}`))

// configuration writes the gateway's configuration.
func (d *Demo) configuration() string {
	box := d.exchange.Mailbox(service)
	values := map[string]string{
		"Data": filepath.Join(d.dir, "data"), "Admin": orFree(d.opts.Admin), "SMTP": orFree(d.opts.SMTP),
		"Listener": listenerName, "Domain": Domain, "Service": service, "Robot": robot, "Password": d.password,
		"URL": box.URL(), "DN": box.LegacyDN(), "Internet": d.sink.Addr,
	}
	for k, v := range values {
		values[k] = fmt.Sprintf("%q", v)
	}
	var b strings.Builder
	if err := configuration.Execute(&b, values); err != nil {
		return "# " + err.Error() // a template that a test has run
	}
	return b.String()
}

// orFree is an address, or a free port.
func orFree(address string) string {
	if address == "" {
		return "127.0.0.1:0"
	}
	return address
}
