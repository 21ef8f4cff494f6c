// Package signin decides who a client of the SMTP side is, by what AUTH carries: a file of users ([Users]).
package signin

import (
	"context"

	"github.com/mapigate/mapigate/smtpside"
)

// A Checker checks credentials. It returns nil, a smtpside.Status (of which only AuthFailed blames the client), or an
// error of ours, which the client learns nothing of.
type Checker interface {
	Check(ctx context.Context, cred smtpside.Credentials) error
}
