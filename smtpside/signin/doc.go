// Package signin decides who a client of the SMTP side is, by what AUTH carries.
//
//   - [Users] are a file of names and password hashes.
//   - [LDAP] asks a directory, by binding as the user.
//   - [Tokens] checks access tokens of OAuth against the keys of who issues them.
//   - [Bans] stands before all of them: it keeps guesses away from a directory before that would lock an account.
//   - [Methods] puts those of a listener together.
package signin

import (
	"context"

	"github.com/mapigate/mapigate/smtpside"
)

// A Checker checks credentials. It returns whom they prove, or a smtpside.Status (of which only AuthFailed blames the
// client), or an error of ours, which the client learns nothing of.
type Checker interface {
	Check(ctx context.Context, peer *smtpside.Peer, cred smtpside.Credentials) (user string, err error)
}

// Methods are the ways to sign in at one listener. What is nil is not offered.
type Methods struct {
	Users     *Users  // decide alone about the names in their file
	Passwords Checker // decides about all other names
	Tokens    Checker
}

// Check implements Checker.
func (m *Methods) Check(ctx context.Context, peer *smtpside.Peer, cred smtpside.Credentials) (string, error) {
	var by Checker
	switch {
	case cred.Token != "":
		by = m.Tokens
	case m.Users != nil && (m.Passwords == nil || m.Users.Knows(cred.Username)):
		by = m.Users
	default:
		by = m.Passwords
	}
	if by == nil {
		return "", smtpside.AuthFailed("")
	}
	return by.Check(ctx, peer, cred)
}
