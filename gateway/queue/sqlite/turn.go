package sqlite

import (
	"fmt"
	"slices"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// everybody is the condition of turns that are about all recipients.
const everybody = "TRUE"

// turn loads a mail with those recipients that a change is about, lets the change decide, and stores what came of it.
func (t *tx) turn(id mail.ID, p queue.Policy, change func(*life.Turn) error, condition string, args ...any) error {
	m, err := t.load(id, condition, args...)
	if err != nil {
		return err
	}
	turn := &life.Turn{Policy: p, Now: t.now, Mail: &m.Mail}
	if err := change(turn); err != nil {
		return err
	}
	return t.storeTurn(id, turn, m.spot)
}

// load gives a mail with all its recipients when these are few, and else with those for which the condition holds.
func (t *tx) load(id mail.ID, condition string, args ...any) (mailRow, error) {
	w, err := t.whole(id)
	if err != nil {
		return mailRow{}, err
	}
	if w != nil {
		m := w.mailRow
		m.Recipients = slices.Clone(w.all)
		return m, nil
	}
	m, err := t.mail(id)
	if err != nil {
		return m, err
	}
	if m.Recipients, err = t.recipientsWhere(id, condition, all, args...); err != nil {
		return m, err
	}
	if condition != everybody {
		m.Elsewhere, err = t.owingBeside(id, m.Recipients)
	}
	return m, err
}

// owingBeside counts, when it is asked, the recipients that owe a report and are not among those that were loaded.
func (t *tx) owingBeside(id mail.ID, loaded []life.Recipient) (func() (int, error), error) {
	here := 0
	for i := range loaded {
		if loaded[i].Owes != 0 {
			here++
		}
	}
	return func() (n int, err error) {
		err = t.row("SELECT count(*) FROM recipient INDEXED BY recipient_owes WHERE mail = ? AND owes <> 0", []any{string(id)}, &n)
		return n - here, err
	}, nil
}

// storeTurn stores what a turn has left. at is where the body was.
func (t *tx) storeTurn(id mail.ID, turn *life.Turn, at spot) error {
	t.w.known.forget(id)
	for _, r := range turn.Changed {
		if err := t.store(id, r); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	for _, e := range turn.Events {
		if err := t.event(id, e); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	for _, topic := range turn.Topics {
		t.topics[topic] = true
	}
	t.occupies(turn.Mail.Mail.Source, turn.Occupies)
	if turn.Forget {
		if err := t.dropBody(id, at); err != nil {
			return err
		}
		at = spot{}
	}
	if !turn.Altered && !turn.Forget {
		return nil
	}
	return t.exec("UPDATE mail SET open = ?, flawed = ?, settled = ?, finished = ?, keep = ?, expires = ?, place = ? WHERE id = ?",
		turn.Open, turn.Flawed, turn.Settled, life.Micros(turn.Finished), life.Micros(turn.Keep), life.Micros(turn.Expires), int(at.place), string(id))
}

// dropBody forgets the body of a mail, of which the row must say no more where it is. A file goes when the transaction has
// committed.
func (t *tx) dropBody(id mail.ID, at spot) error {
	if at.place == nowhere {
		return nil
	}
	t.forgotten = append(t.forgotten, forgotten{id, at})
	switch at.place {
	case inContent:
		return t.exec("DELETE FROM content WHERE n = ?", at.n)
	case inOldRow:
		return t.exec("DELETE FROM body WHERE mail = ?", string(id))
	}
	return nil
}
