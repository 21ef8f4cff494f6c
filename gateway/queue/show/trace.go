package show

import (
	"context"
	"errors"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// Story gives a mail with its events, or queue.ErrNotFound.
func Story(ctx context.Context, q queue.Inspector, id mail.ID) (Mail, error) {
	record, err := q.Show(ctx, id)
	if err != nil {
		return Mail{}, err
	}
	events, err := q.Events(ctx, id)
	if err != nil {
		return Mail{}, err
	}
	return Of(record, events), nil
}

// Trace gives the stories of up to limit mails, each once: that of a queue id, or the newest that have a Message-ID (with or without angle
// brackets), or an address or "@domain" as sender or recipient.
func Trace(ctx context.Context, q queue.Inspector, what string, limit int) ([]Mail, error) {
	found := []Mail{}
	seen := map[mail.ID]bool{}
	add := func(id mail.ID) error {
		if seen[id] || len(found) >= limit {
			return nil
		}
		seen[id] = true
		m, err := Story(ctx, q, id)
		if errors.Is(err, queue.ErrNotFound) {
			return nil // there is none, or it was purged meanwhile
		}
		found = append(found, m)
		return err
	}
	if id := mail.ID(what); id.Valid() {
		if err := add(id); err != nil {
			return nil, err
		}
	}
	for _, f := range filters(what) {
		if len(found) >= limit {
			break
		}
		f.Limit = limit
		page, err := q.List(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, r := range page.Records {
			if err := add(r.Mail.ID); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// filters are the readings of what: a Message-ID in brackets is nothing else, what looks like an address may be either.
func filters(what string) []queue.Filter {
	id := "<" + strings.Trim(what, "<>") + ">"
	switch {
	case strings.HasPrefix(what, "<"):
		return []queue.Filter{{All: true, MessageID: id}}
	case strings.HasPrefix(what, "@"):
		return []queue.Filter{{All: true, Sender: what}, {All: true, Recipient: what}}
	case strings.Contains(what, "@"):
		return []queue.Filter{{All: true, MessageID: id}, {All: true, Sender: what}, {All: true, Recipient: what}}
	case mail.ID(what).Valid():
		return nil
	}
	return []queue.Filter{{All: true, MessageID: id}}
}
