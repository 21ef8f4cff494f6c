package browse

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/mapigate/mapigate/gateway/demo"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
)

// Open signs in and opens a mailbox.
func Open(ctx context.Context, name string, o mapiclient.Options) (*Mailbox, error) {
	client, err := mapiclient.New(o)
	if err != nil {
		return nil, err
	}
	return OpenWith(ctx, name, client)
}

// OpenWith opens a mailbox; the client is closed with it.
func OpenWith(ctx context.Context, name string, client *mapiclient.Client) (*Mailbox, error) {
	m, err := client.OpenMailbox(ctx)
	if err != nil {
		client.Close()
		return nil, err
	}
	return &Mailbox{name: name, client: client, MAPI: m}, nil
}

// goodbye is how long closing a session may take.
const goodbye = 5 * time.Second

// CloseAll closes what is open.
func CloseAll(ctx context.Context, all []Box) {
	for _, b := range all {
		b.Close(ctx)
	}
}

// OpenDemo opens one box of a running demo.
func OpenDemo(ctx context.Context, s *demo.State, address string) (Box, error) {
	if address == Internet {
		return internet{dir: s.Internet}, nil
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(s.CA))
	b, err := Open(ctx, address, mapiclient.Options{
		Address:         address,
		AutodiscoverURL: s.AutodiscoverURL,
		Auth:            auth.NewBasic(auth.Credentials{User: address, Password: auth.NewSecret(s.Password)}),
		HTTP:            mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}},
	})
	if err != nil {
		return nil, fmt.Errorf("the demo of process %d: %w", s.PID, err)
	}
	return b, nil
}
