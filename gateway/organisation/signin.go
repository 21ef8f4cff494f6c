package organisation

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
)

// SignIn gives the way to sign in to an Exchange of the configuration: of those that are
// allowed the first that the server offers. The function is told of access tokens, as
// [auth.OAuth2.Watch]; nil tells nobody.
func SignIn(e *config.Exchange, watch func(time.Time, error)) (auth.Authenticator, error) {
	var ways []auth.Authenticator
	for _, scheme := range e.Schemes() {
		way, err := signInBy(scheme, e, watch)
		if err != nil {
			return nil, err
		}
		ways = append(ways, way)
	}
	if len(ways) == 1 {
		return ways[0], nil
	}
	return auth.FirstOffered(ways...), nil
}

func signInBy(scheme string, e *config.Exchange, watch func(time.Time, error)) (auth.Authenticator, error) {
	credentials := auth.Credentials{User: e.User, Password: auth.NewSecret(string(e.Password))}
	switch scheme {
	case config.AuthBasic:
		return auth.NewBasic(credentials), nil
	case config.AuthCertificate:
		return auth.NewTLSCertificate(e.ClientCertificate), nil
	case config.AuthKerberos:
		k := e.Kerberos
		password := credentials.Password
		if k.Keytab != "" || k.CCache != "" {
			password = auth.Secret{} // it is another scheme's
		}
		return auth.NewKerberos(auth.Kerberos{User: e.User, Password: password,
			Keytab: k.Keytab, CCache: k.CCache, Config: k.Config, Service: k.Service})
	case config.AuthOAuth2:
		o, err := OAuth2(e)
		if err != nil {
			return nil, err
		}
		o.Watch = watch
		return auth.NewOAuth2(*o)
	}
	return auth.NewNTLM(credentials), nil
}

// OAuth2 gives what the configuration says about access tokens.
func OAuth2(e *config.Exchange) (*auth.OAuth2, error) {
	c := &e.OAuth2
	o := &auth.OAuth2{
		Name: e.User, TokenURL: c.TokenURL, DeviceURL: c.DeviceURL, ClientID: c.ClientID,
		ClientSecret: auth.NewSecret(string(c.ClientSecret)), Scopes: c.Scopes, TokenFile: c.TokenFile,
	}
	var err error
	if o.HTTP, err = tokenClient(e); err != nil {
		return nil, err
	}
	if o.Name == "" {
		o.Name = c.ClientID
	}
	if c.Certificate != "" {
		if o.Certificate, err = auth.LoadCertificate(c.Certificate, c.Key); err != nil {
			return nil, fmt.Errorf("exchange %s: oauth2: %w", e.Name, err)
		}
	}
	return o, nil
}

// tokenClient makes requests for access tokens: they go the way that all goes.
func tokenClient(e *config.Exchange) (*http.Client, error) {
	dial, err := dialer(e)
	if err != nil {
		return nil, err
	}
	roots, err := Roots(e.CAFile)
	if err != nil {
		return nil, fmt.Errorf("exchange %s: %w", e.Name, err)
	}
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		DialContext: dial, TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true,
		IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 10 * time.Second,
	}}, nil
}

// dialer gives the way to an Exchange; nil is the direct one.
func dialer(e *config.Exchange) (func(ctx context.Context, network, addr string) (net.Conn, error), error) {
	if e.Proxy.URL == "" {
		return nil, nil
	}
	u, err := url.Parse(e.Proxy.URL)
	if err != nil {
		return nil, fmt.Errorf("exchange %s: proxy: %w", e.Name, err)
	}
	roots, err := Roots(e.CAFile)
	if err != nil {
		return nil, fmt.Errorf("exchange %s: %w", e.Name, err)
	}
	p := mapihttp.Proxy{URL: u, User: e.Proxy.User, Password: auth.NewSecret(string(e.Proxy.Password)), TLS: &tls.Config{RootCAs: roots}}
	return p.Dialer()
}

// clientTLS gives the TLS configuration for an Exchange. A client certificate
// is read for each connection, since others renew it.
func clientTLS(e *config.Exchange) (*tls.Config, error) {
	roots, err := Roots(e.CAFile)
	if err != nil {
		return nil, fmt.Errorf("exchange %s: %w", e.Name, err)
	}
	c := &tls.Config{RootCAs: roots}
	if e.ClientCertificate == "" {
		return c, nil
	}
	load := func() (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(e.ClientCertificate, e.ClientKey)
		if err != nil {
			return nil, fmt.Errorf("exchange %s: client_certificate: %w", e.Name, err)
		}
		return &pair, nil
	}
	if _, err := load(); err != nil {
		return nil, err
	}
	c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return load() }
	return c, nil
}
