package mapiclient

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sync/semaphore"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/nspi"
)

// ErrAmbiguous says that a name fits several entries.
var ErrAmbiguous = errors.New("the name fits several entries of the address book")

// An AddressBook is a session on the server's address book. It is safe for
// concurrent use. A lost session is opened anew by the next call. [MS-OXNSPI]
type AddressBook struct {
	client *mapihttp.Client

	turn *semaphore.Weighted // who waits for the session may tire of it
	book *mapihttp.Book
}

// AddressBook opens the address book of the mailbox's organisation.
func (c *Client) AddressBook(ctx context.Context) (*AddressBook, error) {
	e, err := c.Endpoint(ctx)
	if err != nil {
		return nil, err
	}
	if e.AddressBookURL == "" {
		return nil, errors.New("the server has no address book endpoint; configure its URL if there is one")
	}
	h, err := c.newTransport(e.AddressBookURL)
	if err != nil {
		return nil, err
	}
	a := &AddressBook{client: h, turn: semaphore.NewWeighted(1)}
	_, _, err = a.open(ctx)
	if err != nil {
		h.Close()
		return nil, err
	}
	return a, nil
}

// open gives the bound session, and tells whether it is a new one.
func (a *AddressBook) open(ctx context.Context) (book *mapihttp.Book, fresh bool, err error) {
	if err := a.turn.Acquire(ctx, 1); err != nil {
		return nil, false, err
	}
	defer a.turn.Release(1)
	if a.book != nil && a.book.Lost() == nil {
		return a.book, false, nil
	}
	book = a.client.Open()
	var resp nspi.BindResponse
	if err := codeError(book.Call(ctx, frame.Bind, &nspi.BindRequest{Stat: nspi.NewStat()}, &resp), "Bind", &resp); err != nil {
		return nil, false, fmt.Errorf("opening the address book: %w", err)
	}
	a.book = book
	return book, true, nil
}

// ask does something in the session. A server forgets a session that has been
// idle for a while: then it is done once more in a new one, all of it, since ids
// of entries are those of a session. Nothing that is asked here changes anything.
func (a *AddressBook) ask(ctx context.Context, do func(*mapihttp.Book) error) error {
	book, fresh, err := a.open(ctx)
	if err != nil {
		return err
	}
	if err = do(book); err == nil || fresh || book.Lost() == nil || ctx.Err() != nil {
		return err
	}
	if book, _, err = a.open(ctx); err != nil {
		return err
	}
	return do(book)
}

// Close ends the session.
func (a *AddressBook) Close(ctx context.Context) {
	defer a.client.Close()
	if a.turn.Acquire(ctx, 1) != nil {
		return // somebody is at it still, and hears that the connections are gone
	}
	defer a.turn.Release(1)
	if a.book != nil && a.book.Lost() == nil {
		_ = a.book.Call(ctx, frame.Unbind, &nspi.UnbindRequest{}, &nspi.UnbindResponse{})
		a.book.Close()
	}
	a.book = nil
}

// An Entry is someone in the address book.
type Entry struct {
	// Props are PidTagDisplayName, PidTagEmailAddress (the DN), PidTagSmtpAddress,
	// PidTagAddressBookProxyAddresses, PidTagObjectType and PidTagDisplayType.
	Props mapi.Props
}

// DN is the entry's distinguished name.
func (e Entry) DN() string { return mapi.PidTagEmailAddress.Get(e.Props) }

// SMTPAddress is the entry's primary SMTP address.
func (e Entry) SMTPAddress() string { return mapi.PidTagSmtpAddress.Get(e.Props) }

// Proxies are all SMTP addresses of the entry, in lower case, the primary first.
func (e Entry) Proxies() []string {
	list := []string{}
	if primary := strings.ToLower(e.SMTPAddress()); primary != "" {
		list = append(list, primary)
	}
	for _, p := range mapi.PidTagAddressBookProxyAddresses.Get(e.Props) {
		kind, address, ok := strings.Cut(p, ":")
		if address = strings.ToLower(address); ok && strings.EqualFold(kind, "SMTP") && (len(list) == 0 || address != list[0]) {
			list = append(list, address)
		}
	}
	return list
}

var entryColumns = []mapi.PropTag{
	mapi.PidTagDisplayName.Tag(), mapi.PidTagEmailAddress.Tag(), mapi.PidTagSmtpAddress.Tag(),
	mapi.PidTagAddressBookProxyAddresses.Tag(), mapi.PidTagObjectType.Tag(), mapi.PidTagDisplayType.Tag(),
	mapi.PidTagDisplayTypeEx.Tag(),
}

// ByAddress finds the entry with an SMTP address among its proxy addresses.
// It gives nil when there is none: servers answer "ambiguous" or "unresolved"
// for that ([MS-OXNSPI] 3.1.4.1.17; gromox 3.10 the former).
func (a *AddressBook) ByAddress(ctx context.Context, address string) (*Entry, error) {
	e, err := a.resolve(ctx, "=SMTP:"+address)
	if errors.Is(err, ErrAmbiguous) {
		err = nil
	}
	if err != nil || e == nil {
		return nil, err
	}
	for _, p := range e.Proxies() {
		if strings.EqualFold(p, address) {
			return e, nil
		}
	}
	return nil, nil
}

// ByDN finds the entry with a distinguished name, or gives nil.
func (a *AddressBook) ByDN(ctx context.Context, dn string) (e *Entry, err error) {
	err = a.ask(ctx, func(book *mapihttp.Book) (err error) {
		e, err = byDN(ctx, book, dn)
		return err
	})
	return e, err
}

func byDN(ctx context.Context, book *mapihttp.Book, dn string) (*Entry, error) {
	var ids nspi.DNToMIdResponse
	if err := codeError(book.Call(ctx, frame.DNToMId, &nspi.DNToMIdRequest{DNs: []string{dn}}, &ids), "DNToMId", &ids); err != nil {
		return nil, err
	}
	if len(ids.MIDs) != 1 || ids.MIDs[0] == 0 {
		return nil, nil
	}
	var rows nspi.QueryRowsResponse
	req := &nspi.QueryRowsRequest{Stat: nspi.NewStat(), ExplicitTable: ids.MIDs, RowCount: 1, Columns: entryColumns}
	if err := codeError(book.Call(ctx, frame.QueryRows, req, &rows), "QueryRows", &rows); err != nil {
		return nil, err
	}
	if rows.Table == nil || len(rows.Table.Rows) != 1 {
		return nil, nil
	}
	return &Entry{Props: rows.Table.Rows[0]}, nil
}

// resolve looks a name up as a user types it.
func (a *AddressBook) resolve(ctx context.Context, name string) (*Entry, error) {
	req := &nspi.ResolveNamesRequest{Stat: nspi.NewStat(), Tags: entryColumns, Names: []string{name}}
	var resp nspi.ResolveNamesResponse
	err := a.ask(ctx, func(book *mapihttp.Book) error {
		resp = nspi.ResolveNamesResponse{}
		return codeError(book.Call(ctx, frame.ResolveNames, req, &resp), "ResolveNames", &resp)
	})
	if err != nil {
		return nil, err
	}
	switch {
	case len(resp.MIDs) != 1 || resp.MIDs[0] == nspi.Unresolved:
		return nil, nil
	case resp.MIDs[0] == nspi.Ambiguous:
		return nil, ErrAmbiguous
	case resp.Table == nil || len(resp.Table.Rows) != 1:
		return nil, nil
	}
	return &Entry{Props: resp.Table.Rows[0]}, nil
}

// codeError turns an answer's ErrorCode into an error unless it is a warning.
func codeError(err error, op string, resp mapihttp.Answer) error {
	if err != nil {
		return err
	}
	if _, code := resp.Codes(); code != 0 && !code.IsWarning() {
		return &mapi.Error{Op: op, Code: code}
	}
	return nil
}

// SMTPAddress gives the primary SMTP address of a recipient of type EX, and ""
// for one that the address book does not know. It makes the address book a
// resolver for translating messages.
func (a *AddressBook) SMTPAddress(ctx context.Context, addressType, address string) (string, error) {
	if !strings.EqualFold(addressType, "EX") {
		return "", nil
	}
	e, err := a.ByDN(ctx, address)
	if err != nil || e == nil {
		return "", err
	}
	return e.SMTPAddress(), nil
}
