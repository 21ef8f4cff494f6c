package life

import (
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// Debts sorts what is owed for one mail by kind, the worst first.
func Debts(m mail.Mail, recipients []queue.Status) (debts []queue.Debt) {
	for _, kind := range []queue.Kind{queue.Failure, queue.Delay, queue.Success} {
		d := queue.Debt{Kind: kind, Mail: m}
		for _, r := range recipients {
			if r.Owes&kind != 0 {
				d.Recipients = append(d.Recipients, r)
			}
		}
		if len(d.Recipients) > 0 {
			debts = append(debts, d)
		}
	}
	return debts
}
