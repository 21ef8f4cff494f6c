package gateway

import (
	"fmt"

	"github.com/mapigate/mapigate/gateway/parts"
	"github.com/mapigate/mapigate/gateway/recipients"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/mapiclient"
)

// addRecipients prepares the checks of recipients.
func (g *generation) addRecipients() error {
	for i := range g.config.Exchange {
		e := &g.config.Exchange[i]
		if len(e.Recipients.Domains) == 0 {
			continue
		}
		org := g.orgs[e.Name]
		if org == nil {
			return fmt.Errorf("exchange %s: no organisation", e.Name)
		}
		name := bookPart(e.Name)
		book, err := parts.Made(g.parts, name, []any{&e.Recipients, e.Mailbox}, []string{exchangePart(e.Name)}, func(p *parts.Part) (*recipients.Book, error) {
			client := func() (*mapiclient.Client, error) { return org.Accounts.Client(e.Mailbox) }
			book := recipients.NewBook(&e.Recipients, client, g.log.With("exchange", e.Name))
			p.AtEnd(name, book.Close)
			return book, nil
		})
		if err != nil {
			return err
		}
		g.recipients[route.ExchangeCourier(e.Name)] = book
	}
	return nil
}
