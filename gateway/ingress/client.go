package ingress

import (
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/mapigate/mapigate/gateway/ingress/quota"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/smtpside"
)

// A Client is a rule for some of the clients of a listener. All criteria that are set must fit; without any it is for all. The
// first rule that fits decides.
type Client struct {
	Users    []string       // who has signed in
	Networks []netip.Prefix // where he comes from

	// From are the addresses that may stand in MAIL FROM; none is any.
	From         []route.Pattern
	MessageBytes int64 // of a mail; 0 is what the listener allows
	Recipients   int   // of a mail; 0 is what the listener allows
	quota.Limits       // each user has his own count, or each address of those who have not signed in
}

func (c *Client) fits(user string, addr net.Addr) bool {
	return (len(c.Users) == 0 || user != "" && slices.ContainsFunc(c.Users, func(u string) bool { return strings.EqualFold(u, user) })) &&
		(len(c.Networks) == 0 || within(c.Networks, addr))
}

func within(networks []netip.Prefix, addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return false
	}
	ip := tcp.AddrPort().Addr().Unmap().WithZone("")
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(ip) })
}

// rule finds the rule for this client; the zero one where there is none.
func (s *session) rule() Client {
	for i := range s.opts.Clients {
		if s.opts.Clients[i].fits(s.user(), s.peer.Addr) {
			return s.opts.Clients[i]
		}
	}
	return Client{}
}

// who names the client for its counts.
func (s *session) who() string {
	if user := s.user(); user != "" {
		return "user " + strings.ToLower(user)
	}
	if network, ok := smtpside.ClientNetwork(s.peer.Addr); ok {
		return network.String()
	}
	return s.client()
}

// admit holds a MAIL against the rule for this client.
func (s *session) admit(from string, size int64) error {
	rule, who := s.rule(), s.who()
	switch {
	case len(rule.From) > 0 && !matches(rule.From, from):
		return s.refuse("sender", smtpside.NotAllowed("this client may not send from this address"))
	case rule.MessageBytes > 0 && size > rule.MessageBytes:
		return s.refuse("size", smtpside.TooLarge(""))
	case !s.enter(who, rule):
		return s.refuse("sessions", smtpside.TooManySessions(""))
	case !s.meter.Mail(who, rule.Limits):
		return s.refuse("rate", tooFast)
	}
	s.limit = rule
	return nil
}

// tooFast is temporary: the client shall come back with the mail.
var tooFast = smtpside.Status{Code: 450, Detail: "7.1", Text: "too much mail of this client, try again later"}

// enter counts this session among those of its client. Whom it belongs to may have changed with AUTH.
func (s *session) enter(who string, rule Client) bool {
	if s.counted == who {
		return true
	}
	s.leave()
	if !s.meter.Open(who, rule.Limits) {
		return false
	}
	s.counted = who
	return true
}

func (s *session) leave() {
	if s.counted != "" {
		s.meter.Close(s.counted)
		s.counted = ""
	}
}

// admitRecipient holds a RCPT against the rule for this client.
func (s *session) admitRecipient() error {
	switch {
	case s.limit.Recipients > 0 && len(s.legs) >= s.limit.Recipients:
		return s.refuse("recipients", smtpside.TooManyRecipients(""))
	case !s.meter.Recipient(s.who(), s.limit.Limits):
		return s.refuse("rate", tooFast)
	}
	return nil
}

// measured gives an error when a mail gets larger than this client's may be.
func (s *session) measured(r io.Reader) io.Reader {
	if s.limit.MessageBytes <= 0 {
		return r
	}
	return &sizeLimit{r: r, left: s.limit.MessageBytes, tooLarge: func() error { return s.refuse("size", smtpside.TooLarge("")) }}
}

type sizeLimit struct {
	r        io.Reader
	left     int64
	tooLarge func() error
	err      error // sticks
}

// Read implements io.Reader.
func (l *sizeLimit) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		l.err = l.tooLarge()
		return 0, l.err
	}
	return n, err
}

func matches(patterns []route.Pattern, address string) bool {
	return slices.ContainsFunc(patterns, func(p route.Pattern) bool { return p.Match(address) })
}
