package gateway

import (
	"fmt"
	"net/http"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/mapiclient/auth"
)

// SignIn gives the way to sign in to an Exchange of the configuration. The
// function is told of access tokens, as [auth.OAuth2.Watch]; nil tells nobody.
func SignIn(e *config.Exchange, watch func(time.Time, error)) (auth.Authenticator, error) {
	credentials := auth.Credentials{User: e.User, Password: auth.NewSecret(string(e.Password))}
	switch e.Auth {
	case config.AuthBasic:
		return auth.NewBasic(credentials), nil
	case config.AuthKerberos:
		k := e.Kerberos
		return auth.NewKerberos(auth.Kerberos{User: e.User, Password: credentials.Password,
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
		HTTP: &http.Client{Timeout: 30 * time.Second},
	}
	if o.Name == "" {
		o.Name = c.ClientID
	}
	if c.Certificate != "" {
		var err error
		if o.Certificate, err = auth.LoadCertificate(c.Certificate, c.Key); err != nil {
			return nil, fmt.Errorf("exchange %s: oauth2: %w", e.Name, err)
		}
	}
	return o, nil
}
