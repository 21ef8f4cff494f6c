package mailbox

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/organisation"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
)

// access say which mailbox to open and how to get there.
type access struct {
	Config       string `short:"c" placeholder:"FILE" help:"Sign in as this configuration of the gateway does."`
	Exchange     string `placeholder:"NAME" help:"Which exchange of the configuration (default: the first)."`
	Mailbox      string `placeholder:"ADDRESS" help:"The mailbox (default: the user's own)."`
	User         string `placeholder:"NAME" help:"Login name: name@domain, or DOMAIN\\name with NTLM."`
	PasswordFile string `placeholder:"FILE" help:"File whose first line is the password."`
	Auth         string `enum:"auto,ntlm,basic" default:"auto" help:"How to sign in: ${enum}."`
	CA           string `name:"ca" placeholder:"FILE" help:"Certificates to trust, PEM (default: the system's)."`
	Autodiscover string `placeholder:"URL" help:"Where to ask for the mailbox's endpoint (default: found by its domain)."`
	URL          string `name:"url" placeholder:"URL" help:"The mailbox's endpoint, with --dn instead of Autodiscover."`
	DN           string `name:"dn" placeholder:"DN" help:"The mailbox's legacy distinguished name."`
	BookURL      string `name:"address-book-url" placeholder:"URL" help:"The address book's endpoint, with --url."`
	Demo         bool   `help:"Look into the demo that is running on this machine."`
	cli.TraceFlag
}

// options gives the client's options for a mailbox, "" being the one that the flags name.
func (f access) options(mailbox string) (mapiclient.Options, error) {
	if mailbox == "" {
		mailbox = f.Mailbox
	}
	if mailbox == "" && strings.Contains(f.User, "@") {
		mailbox = f.User
	}
	if err := f.check(mailbox); err != nil {
		return mapiclient.Options{}, err
	}
	password, err := readSecret(f.PasswordFile)
	if err != nil {
		return mapiclient.Options{}, err
	}
	config, err := trust(f.CA)
	if err != nil {
		return mapiclient.Options{}, err
	}
	see, err := f.OpenTrace()
	if err != nil {
		return mapiclient.Options{}, err
	}
	return mapiclient.Options{
		Observe: see, ObserveBodies: see != nil,
		Endpoint:        mapiclient.Endpoint{URL: f.URL, AddressBookURL: f.BookURL, UserDN: f.DN},
		Address:         mailbox,
		AutodiscoverURL: f.Autodiscover,
		Auth:            signIn(f.Auth, auth.Credentials{User: f.User, Password: password}),
		HTTP:            mapihttp.LaneConfig{TLS: config},
	}, nil
}

func (f access) check(mailbox string) error {
	switch {
	case f.User == "":
		return cli.Usagef("which mailbox? give --user and --password-file, -c with a configuration, or --demo for the running demo")
	case f.PasswordFile == "":
		return cli.Usagef("--user needs --password-file")
	case (f.URL == "") != (f.DN == ""):
		return cli.Usagef("--url and --dn belong together")
	case mailbox == "" && f.URL == "":
		return cli.Usagef("--user %s is no address: say which --mailbox, or give --url and --dn", f.User)
	}
	return nil
}

// signIn gives the way to sign in. By itself it takes NTLM where the server
// offers it: the password does not travel then.
func signIn(how string, c auth.Credentials) auth.Authenticator {
	switch how {
	case "basic":
		return auth.NewBasic(c)
	case "ntlm":
		return auth.NewNTLM(c)
	}
	return auth.FirstOffered(auth.NewNTLM(c), auth.NewBasic(c))
}

// readSecret gives the first line of a file.
func readSecret(file string) (auth.Secret, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return auth.Secret{}, fmt.Errorf("--password-file: %w", err)
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	if line = bytes.TrimSuffix(line, []byte("\r")); len(line) == 0 {
		return auth.Secret{}, fmt.Errorf("--password-file: the first line of %s is empty", file)
	}
	return auth.NewSecret(string(line)), nil
}

// trust gives a TLS configuration that trusts a file's certificates alone, or
// nil for the system's.
func trust(file string) (*tls.Config, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--ca: %s has no certificate in PEM", file)
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
}

// configured makes a client as the gateway would.
func (f access) configured(mailbox string) (*mapiclient.Client, error) {
	if f.User != "" || f.URL != "" || f.Autodiscover != "" {
		return nil, cli.Usagef("-c says how to sign in and where: leave out --user, --url and --autodiscover")
	}
	c, err := config.Load(f.Config)
	if err != nil {
		return nil, err
	}
	for i := range c.Exchange {
		e := &c.Exchange[i]
		if f.Exchange != "" && e.Name != f.Exchange {
			continue
		}
		if mailbox == "" {
			mailbox = f.Mailbox
		}
		if mailbox == "" {
			mailbox = e.Mailbox
		}
		if mailbox == "" {
			return nil, cli.Usagef("exchange %s has no mailbox of its own: say which --mailbox", e.Name)
		}
		see, err := f.OpenTrace()
		if err != nil {
			return nil, err
		}
		return organisation.NewClient(e, mailbox, see)
	}
	return nil, fmt.Errorf("%s has no exchange %q", f.Config, f.Exchange)
}
