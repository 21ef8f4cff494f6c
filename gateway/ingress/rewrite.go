package ingress

import (
	"bytes"
	"slices"

	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/rewrite"
)

// rewrite changes the addresses in the header.
func (h *header) rewrite(in *rewrite.Incoming, utf8 bool) {
	changed := in.Header(h.fields.Bytes(), utf8)
	h.fields = *bytes.NewBuffer(changed)
}

// addCopies adds the archives that get a copy of the mail. One that no route takes is left out and told: the sender has
// no part in that. Of a mail that is handed over at once they get theirs by the queue, if their way is another.
func (s *session) addCopies(e *queue.Entry) {
	for _, r := range s.opts.Rewrite.Copies(&e.Mail) {
		leg, err := s.opts.Routes.Find(e.Mail.Source, e.Mail.Envelope.From, r.Address)
		if err != nil {
			s.log.Error("no route takes the copies for an archive", "msg", e.Mail.ID, "archive", r.Address, "error", err)
			continue
		}
		e.Mail.Envelope.Recipients = append(slices.Clip(e.Mail.Envelope.Recipients), r)
		e.Legs = append(slices.Clip(e.Legs), leg)
	}
}
