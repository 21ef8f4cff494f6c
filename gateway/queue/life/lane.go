package life

import (
	"net/netip"

	"github.com/mapigate/mapigate/gateway/mail"
)

// mostLane bounds the length of a lane in bytes: it stands in an index.
const mostLane = 200

// Lane names who sends, so that none of them keeps the others waiting: the listener or mailbox, and the client there. The form is stored.
func Lane(s mail.Source) string {
	client := s.User
	if client == "" {
		client = s.Client
		if at, err := netip.ParseAddrPort(s.Client); err == nil {
			client = at.Addr().WithZone("").String()
		}
	}
	lane := s.Name + "\x1f" + client
	return lane[:min(len(lane), mostLane)]
}
