package life

import (
	"context"
	"errors"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// page is how many mails OperateAll looks at before it changes them.
const page = 500

// OperateAll goes through the mails that a filter selects, from the newest on, and has one changed after the other. It goes by id: what
// a change adds to or takes from the selection moves nothing.
func OperateAll(ctx context.Context, q queue.Inspector, f queue.Filter, one func(mail.ID) (int, error)) (queue.Operated, error) {
	var done queue.Operated
	most := f.Limit
	f.Limit, f.After = page, ""
	for {
		p, err := q.List(ctx, f)
		if err != nil {
			return done, err
		}
		for i := range p.Records {
			id := p.Records[i].Mail.ID
			n, err := one(id)
			if errors.Is(err, queue.ErrState) || errors.Is(err, queue.ErrNotFound) {
				continue // somebody was quicker, or nothing of it allows that
			}
			if err != nil {
				return done, err
			}
			done.IDs = append(done.IDs, id)
			if done.Recipients += n; most > 0 && len(done.IDs) == most {
				return done, nil
			}
		}
		if f.After = p.Next; p.Next == "" {
			return done, ctx.Err()
		}
	}
}
