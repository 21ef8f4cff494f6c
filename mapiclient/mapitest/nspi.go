package mapitest

import (
	"context"
	"net/http"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/nspi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// addressBookGUID identifies the address book in ephemeral EntryIDs.
// [MS-OXNSPI] 3.1.4.1.1
var addressBookGUID = mapi.GUID{'m', 'a', 'p', 'i', 't', 'e', 's', 't', ' ', 'd', 'i', 'r', 'e', 'c', 't', 'y'}

func (s *Server) nspiTypes() map[frame.RequestType]handler {
	return map[frame.RequestType]handler{
		frame.Bind:              s.bind,
		frame.Unbind:            s.unbind,
		frame.Ping:              s.ping(&s.nspiSessions),
		frame.ResolveNames:      inAddressBook(s, s.resolveNames),
		frame.DNToMId:           inAddressBook(s, s.dnToMID),
		frame.GetMatches:        inAddressBook(s, s.getMatches),
		frame.QueryRows:         inAddressBook(s, s.queryEntries),
		frame.GetProps:          inAddressBook(s, s.getEntry),
		frame.GetSpecialTable:   inAddressBook(s, s.getSpecialTable),
		frame.GetMailboxURL:     withoutBind(s.getMailboxURL),
		frame.GetAddressBookURL: withoutBind(s.getAddressBookURL),
	}
}

// inAddressBook makes the handler of a method that needs a Bind before.
func inAddressBook[Q any, P interface {
	*Q
	wire.Coder
}](s *Server, f func(q *request, body P) (wire.Coder, *nspi.Status)) handler {
	return func(q *request) {
		body := P(new(Q))
		if refused := q.decode(body); refused != nil {
			q.refused(refused)
			return
		}
		c, refused := s.nspiSessions.take(q)
		if refused != nil {
			q.refused(refused)
			return
		}
		q.respond(c.cookies(), func(context.Context) wire.Coder {
			defer c.finish()
			return answered(q, f, body)
		})
	}
}

// withoutBind makes the handler of a method that needs none.
func withoutBind[Q any, P interface {
	*Q
	wire.Coder
}](f func(q *request, body P) (wire.Coder, *nspi.Status)) handler {
	return func(q *request) {
		body := P(new(Q))
		if refused := q.decode(body); refused != nil {
			q.refused(refused)
			return
		}
		q.respond(nil, func(context.Context) wire.Coder { return answered(q, f, body) })
	}
}

// answered runs a method of the address book and puts a fault's code on what
// it answers. Nothing here changes anything.
func answered[P any](q *request, f func(*request, P) (wire.Coder, *nspi.Status), body P) wire.Coder {
	resp, status := f(q, body)
	if code := q.failed(); code != 0 {
		status.ErrorCode = code
	}
	status.StatusCode = mapi.ErrorCode(q.status())
	return resp
}

// bind opens a session with the address book. [MS-OXNSPI] 3.1.4.1.1
func (s *Server) bind(q *request) {
	var body nspi.BindRequest
	if refused := q.decode(&body); refused != nil {
		q.refused(refused)
		return
	}
	if old, refused := s.nspiSessions.find(q); refused == nil {
		s.nspiSessions.end(old)
	}
	answer := &nspi.BindResponse{Status: nspi.Status{StatusCode: mapi.ErrorCode(q.status()), ErrorCode: q.failed()}}
	var cookies []*http.Cookie
	if answer.StatusCode == 0 && answer.ErrorCode == 0 {
		cookies, answer.ErrorCode = s.openAddressBook(q, body.Stat)
	}
	if answer.ErrorCode == 0 {
		answer.ServerGUID = addressBookGUID
	}
	q.respond(cookies, func(context.Context) wire.Coder { return answer })
}

func (s *Server) openAddressBook(q *request, stat *nspi.Stat) ([]*http.Cookie, mapi.ErrorCode) {
	switch {
	case stat == nil:
		return nil, mapi.ErrInvalidParameter
	case stat.CodePage == nspi.CodePageUnicode:
		return nil, s.instead(QuirkBindNotSupported, mapi.ErrNotSupported, mapi.ErrInvalidCodePage)
	}
	c, code := s.nspiSessions.open(q, cookiePath)
	if code != 0 {
		return nil, code
	}
	c.setLoggedOn() // a Bind is all there is
	c.touch()
	return c.cookies(), 0
}

// unbind ends the session; success is 1. [MS-OXNSPI] 3.1.4.1.2
func (s *Server) unbind(q *request) {
	var body nspi.UnbindRequest
	if refused := q.decode(&body); refused != nil {
		q.refused(refused)
		return
	}
	c, refused := s.nspiSessions.take(q)
	if refused != nil {
		q.refused(refused)
		return
	}
	q.respond(nil, func(context.Context) wire.Coder {
		c.finish()
		s.nspiSessions.end(c)
		return &nspi.UnbindResponse{Status: nspi.Status{ErrorCode: nspi.UnbindSuccess}}
	})
}

// getMailboxURL gives the endpoint of the mailbox server that a DN names.
// [MS-OXCMAPIHTTP] 2.2.5.18
func (s *Server) getMailboxURL(q *request, body *nspi.URLRequest) (wire.Coder, *nspi.Status) {
	resp := &nspi.URLResponse{}
	a := s.byServerDN(body.DN)
	if a == nil {
		resp.ErrorCode = mapi.ErrNotFound
		return resp, &resp.Status
	}
	resp.URL = (&Mailbox{server: s, account: a}).URL()
	return resp, &resp.Status
}

// getAddressBookURL gives the address book endpoint of the user whom a DN
// names. [MS-OXCMAPIHTTP] 2.2.5.19
func (s *Server) getAddressBookURL(q *request, body *nspi.URLRequest) (wire.Coder, *nspi.Status) {
	resp := &nspi.URLResponse{}
	a := s.directory.byDN(body.DN)
	if a == nil {
		resp.ErrorCode = mapi.ErrNotFound
		return resp, &resp.Status
	}
	resp.URL = (&Mailbox{server: s, account: a}).AddressBookURL()
	return resp, &resp.Status
}
