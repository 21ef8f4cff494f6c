package outlets

import (
	"slices"
	"strings"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/rewrite/srs"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/smtpside"
)

// NewSRS makes what rewrites the senders of forwarded mail; nil where the configuration has none.
func NewSRS(c *config.SRS) (*srs.Rewriter, error) {
	if c.Domain == "" {
		return nil, nil
	}
	return srs.New(srs.Options{Domain: c.Domain, Secrets: strings.Fields(string(c.Secret))})
}

// forwarding gives the sender of mail as it leaves: a foreign one of mail to somebody who is not ours either is rewritten. Mail
// among ours, from ours and to ours is not forwarded.
func forwarding(c *config.SRS) (func(from string, to []smtpside.JobRecipient) string, error) {
	rewriter, err := NewSRS(c)
	if rewriter == nil {
		return nil, err
	}
	ours := func(address string) bool {
		return slices.ContainsFunc(c.Own, func(p route.Pattern) bool { return p.Match(address) })
	}
	return func(from string, to []smtpside.JobRecipient) string {
		foreign := slices.ContainsFunc(to, func(r smtpside.JobRecipient) bool { return !ours(r.Address) })
		if from == "" || ours(from) || !foreign {
			return from
		}
		return rewriter.Forward(from)
	}, nil
}
