// Package auth signs a client in to a mail server over HTTP.
//
//  1. An [Authenticator] holds credentials: [NewBasic], [NewNTLM],
//     [NewKerberos], [NewBearer] or [NewOAuth2], or [FirstOffered] of several.
//  2. For each connection it begins a [SignIn].
//  3. Where the scheme signs in the connection, not the request, the SignIn
//     asks for a handshake: requests without a body, each carrying what
//     [SignIn.Next] made of the server's last challenge.
//  4. Afterwards every request carries what [SignIn.Header] gives, which is
//     nothing once the connection itself is signed in.
//
// Credentials never stand in an error, a log or a dump: see [Secret].
package auth

import (
	"context"
	"crypto/tls"
)

// A Conn is the connection that a sign-in is for.
type Conn struct {
	// Host is the name of the server as the client knows it, without a port.
	Host string
	// TLS is the connection's state; nil without TLS.
	TLS *tls.ConnectionState
}

// An Authenticator signs in connections. It is safe for concurrent use.
type Authenticator interface {
	// Begin starts the sign-in of one connection. It fails if the credentials
	// must not travel over such a connection.
	Begin(ctx context.Context, conn Conn) (SignIn, error)
	// Name says which scheme and user this is, for logs and errors.
	Name() string
}

// A SignIn is the sign-in of one connection. One goroutine uses it at a time.
type SignIn interface {
	// Handshake tells whether the server must still be sent requests without a
	// body before any other. Once it is false, an answer other than 401 to the
	// last of them means that the sign-in worked.
	Handshake() bool
	// Next gives the Authorization header for the next request of the
	// handshake; "" means none. challenges are the WWW-Authenticate headers of
	// the answer 401 to the last one, nil at the beginning. A *[RejectedError]
	// says that there is no way on.
	//
	// It is also called when a request was answered 401 after the sign-in, and
	// gives what to try once more.
	Next(ctx context.Context, challenges []string) (string, error)
	// Header gives the Authorization header of every request after the
	// handshake; "" means none.
	Header(ctx context.Context) (string, error)
}
