package nspi

import "github.com/mapigate/mapigate/mapiclient/wire"

// URLRequest is the body of a GetMailboxUrl and of a GetAddressBookUrl. It
// needs no Bind before. [MS-OXCMAPIHTTP] 2.2.5.18.1, 2.2.5.19.1
type URLRequest struct {
	Flags uint32
	// DN is the server's DN (GetMailboxUrl) or the user's (GetAddressBookUrl).
	DN  string
	Aux []byte
}

// Layout codes the body.
func (r *URLRequest) Layout(c *wire.Codec) {
	c.Uint32(&r.Flags)
	c.String16(&r.DN)
	layoutAux(c, &r.Aux)
}

// URLResponse answers either. [MS-OXCMAPIHTTP] 2.2.5.18.2, 2.2.5.19.2
type URLResponse struct {
	Status
	URL string
}

// Layout codes the body.
func (r *URLResponse) Layout(c *wire.Codec) {
	r.layout(c, func() { c.String16(&r.URL) })
}
