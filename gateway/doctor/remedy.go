package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

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
		return ofRejection(rejected, e)
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
		return ofStatus(status.Status)
	}
	return "see to the server's logs"
}

// ofRejection says what to do about a sign-in that was refused.
func ofRejection(r *auth.RejectedError, e *config.Exchange) string {
	var more string
	allowed := func(offered string) bool {
		return strings.EqualFold(offered, "Negotiate") || slices.ContainsFunc(e.Schemes(), func(s string) bool { return strings.EqualFold(s, offered) })
	}
	if len(r.Offered) > 0 && !slices.ContainsFunc(r.Offered, allowed) {
		more = fmt.Sprintf("the server does not offer %s: set auth to what it offers, or switch it on with Set-MapiVirtualDirectory -IISAuthenticationMethods; ", e.Auth)
	}
	if r.Bound {
		more += "if the password is right and a proxy or load balancer ends TLS on the way, let it pass TLS through, or have its certificate on the server too (Extended Protection); "
	}
	return fmt.Sprintf("%sauth is %s, and user %s needs the form DOMAIN\\name or name@domain: check the password by signing in to webmail, and whether the account is locked", more, e.Auth, e.User)
}

// ofStatus says what to do about an HTTP answer that is none of MAPI's.
func ofStatus(status int) string {
	switch {
	case status == http.StatusNotFound:
		return "the server has no /mapi there: switch MAPI over HTTP on (Set-OrganizationConfig -MapiHttpEnabled $true, Get-MapiVirtualDirectory), or correct url"
	case status == http.StatusForbidden:
		return "the server lets nobody in there: see to the rights and IP restrictions of its /mapi virtual directory, and whether the mailbox may use MAPI over HTTP (Set-CASMailbox -MapiHttpEnabled)"
	case status == http.StatusServiceUnavailable || status == http.StatusBadGateway || status == http.StatusGatewayTimeout:
		return "the server or its load balancer is up and MAPI behind it is not: see to the application pools MSExchangeMapiMailboxAppPool and MSExchangeMapiFrontEndAppPool, or to gromox-http"
	case status == http.StatusTooManyRequests:
		return "the server throttles the account: give it a throttling policy of its own"
	case status >= 300 && status < 400:
		return "the server sends us elsewhere: use that address in url, or the one that Autodiscover tells"
	}
	return "see to the server: is MAPI over HTTP switched on for it and for the mailbox?"
}
