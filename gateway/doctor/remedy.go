package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/autodiscover"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
)

// remedyOf says what to do about an error of an Exchange.
func remedyOf(err error, e *config.Exchange) string {
	var rejected *auth.RejectedError
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var notFound *autodiscover.NotFoundError
	var status *mapihttp.HTTPError
	var dns *net.DNSError
	var network *net.OpError
	switch {
	case errors.As(err, &rejected):
		return fmt.Sprintf("auth is %s, and it may be the wrong one", e.Auth)
	case errors.As(err, &authority):
		return "name the authority's certificate in ca_file, if it is the right server"
	case errors.As(err, &name):
		return "use the name that stands in the server's certificate"
	case errors.As(err, &invalid):
		return "renew the server's certificate"
	case errors.Is(err, mapi.ErrUnknownUser):
		return "the server knows no such mailbox: check the address, and url with user_dn, which belong together"
	case errors.Is(err, mapi.ErrLoginPerm), errors.Is(err, mapi.ErrAccessDenied), errors.Is(err, mapi.ErrLoginFailure):
		return fmt.Sprintf("give %s full access to the mailbox", e.User)
	case errors.As(err, &dns):
		return "correct the host name, or see to the name servers"
	case errors.As(err, &notFound):
		return "give url and user_dn instead, or see to what the places answered"
	case errors.As(err, &network), errors.Is(err, context.DeadlineExceeded):
		return "see to the server, its port, and the firewalls on the way"
	case errors.As(err, &status):
		return "see to the server: is MAPI over HTTP switched on for it and for the mailbox?"
	}
	return "see to the server's logs"
}
