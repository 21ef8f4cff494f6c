package postgres

import (
	"github.com/jackc/pgx/v5"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// mailColumns are what scanMail reads.
const mailColumns = "id, received, expires, finished, sender, message_id, source, claim, head, size, body, open, flawed, settled"

func scanMail(row pgx.Row) (life.Mail, error) {
	var r life.Mail
	var received, expires, finished, size int64
	var id, head []byte
	var sender, messageID, source, claim text
	err := row.Scan(&id, &received, &expires, &finished, &sender, &messageID, &source, &claim, &head, &size,
		&r.Body, &r.Open, &r.Flawed, &r.Settled)
	if err != nil {
		return r, err
	}
	m := &r.Mail
	m.ID, m.MessageID, m.Envelope.From = mail.ID(id), string(messageID), string(sender)
	m.Source.Name, m.Source.Claim = string(source), string(claim)
	m.Received, r.Expires, r.Finished = life.FromMicros(received), life.FromMicros(expires), life.FromMicros(finished)
	m.Body = &body{id: m.ID, size: size}
	return r, life.DecodeHead(head, m)
}

// recipientColumns are what scanRecipient reads.
const recipientColumns = `mail, n, address, notify, orig, courier, route, destination, state, since, next,
	attempts, doubt, token, until, worker, outcome, owes, warned`

// A recipientRow is a row of table recipient.
type recipientRow struct {
	life.Recipient
	mail mail.ID
}

func scanRecipient(row pgx.CollectableRow) (recipientRow, error) {
	var r recipientRow
	var since, next, until int64
	var id, outcome []byte
	var address, orig, courier, route, destination, worker text
	err := row.Scan(&id, &r.Index, &address, &r.Notify, &orig, &courier, &route, &destination, &r.State, &since, &next,
		&r.Attempts, &r.Doubt, &r.Token, &until, &worker, &outcome, &r.Owes, &r.Warned)
	if err != nil {
		return r, err
	}
	r.mail, r.Was = mail.ID(id), r.State
	r.Address, r.OrigRecipient, r.Worker = string(address), string(orig), string(worker)
	r.Courier, r.Route, r.Destination = string(courier), string(route), string(destination)
	r.Since, r.Until = life.FromMicros(since), life.FromMicros(until)
	switch r.State {
	case queue.Waiting, queue.Unknown:
		r.Next = life.FromMicros(next)
	}
	if r.State != queue.Leased {
		r.Worker = ""
	}
	r.Last, err = life.DecodeOutcome(outcome)
	return r, err
}
