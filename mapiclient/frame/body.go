package frame

import (
	"encoding/binary"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// Envelope codes what all answers of both endpoints share: the status, then
// what success codes, if it was one, then the auxiliary buffer. The body of a
// failure ends behind the status. [MS-OXCMAPIHTTP] 2.2.4.1.3
func Envelope(c *wire.Codec, status *uint32, aux *[]byte, success func()) {
	c.Uint32(status)
	switch {
	case *status == 0:
		success()
		LayoutAux(c, aux)
	case c.Decoding():
		// gromox 3.10 puts the status a second time where the size should be,
		// and nothing in a failure's auxiliary buffer is worth an error.
		var rest []byte
		c.Rest(&rest)
		if len(rest) > 4 && binary.LittleEndian.Uint32(rest) == uint32(len(rest)-4) {
			*aux = rest[4:]
		}
	default:
		LayoutAux(c, aux)
	}
}

// LayoutAux codes the auxiliary buffer that ends every body. Readers take the
// end of the body for an empty one.
func LayoutAux(c *wire.Codec, aux *[]byte) {
	if c.Decoding() && c.Err() == nil && c.Len() == 0 {
		*aux = nil
		return
	}
	c.Bytes32(aux)
}

// ConnectFlags are the flags of a Connect. [MS-OXCMAPIHTTP] 2.2.4.1.1
type ConnectFlags uint32

// Connect flags.
const (
	// ConnectAdmin asks for administrator rights; without them the server
	// answers ecLoginPerm.
	ConnectAdmin ConnectFlags = 0x00000001
	// ConnectNoPublicFolders says that public folders are not wanted.
	ConnectNoPublicFolders ConnectFlags = 0x00008000
)

// ConnectRequest opens a session context. [MS-OXCMAPIHTTP] 2.2.4.1.1
type ConnectRequest struct {
	// UserDN is the mailbox owner's legacy DN, in ASCII.
	UserDN   string
	Flags    ConnectFlags
	CodePage uint32
	// LcidSort stands before LcidString here; the RPC call has them the other way round.
	LcidSort   uint32
	LcidString uint32
	Aux        []byte
}

// Layout codes the body.
func (r *ConnectRequest) Layout(c *wire.Codec) {
	c.String8(&r.UserDN)
	c.Uint32((*uint32)(&r.Flags))
	c.Uint32(&r.CodePage)
	c.Uint32(&r.LcidSort)
	c.Uint32(&r.LcidString)
	LayoutAux(c, &r.Aux)
}

// ConnectResponse answers a Connect. [MS-OXCMAPIHTTP] 2.2.4.1.2
// A refused Connect has StatusCode 0 and ErrorCode not 0.
type ConnectResponse struct {
	StatusCode uint32
	ErrorCode  uint32
	// PollsMax is how often, in milliseconds, a client may poll for events.
	PollsMax uint32
	// RetryCount is how often a client should try again when the server is busy.
	RetryCount uint32
	// RetryDelay is the wait between those tries, in milliseconds.
	RetryDelay uint32
	// DNPrefix is the DN that compressed X500 addresses leave out.
	DNPrefix string
	// DisplayName is the user's name.
	DisplayName string
	Aux         []byte
}

// Layout codes the body.
func (r *ConnectResponse) Layout(c *wire.Codec) {
	Envelope(c, &r.StatusCode, &r.Aux, func() {
		c.Uint32(&r.ErrorCode)
		c.Uint32(&r.PollsMax)
		c.Uint32(&r.RetryCount)
		c.Uint32(&r.RetryDelay)
		c.String8(&r.DNPrefix)
		c.String16(&r.DisplayName)
	})
}

// ExecuteFlags are the flags of an Execute. [MS-OXCMAPIHTTP] 2.2.4.2.1
type ExecuteFlags uint32

// Execute flags.
const (
	// ExecuteNoCompression asks for an answer that is not compressed.
	ExecuteNoCompression ExecuteFlags = 0x00000001
	// ExecuteNoXorMagic asks for an answer that is not obfuscated.
	ExecuteNoXorMagic ExecuteFlags = 0x00000002
	// ExecuteChain allows more than one payload in the answer.
	ExecuteChain ExecuteFlags = 0x00000004
)

// ExecuteRequest carries ROPs. [MS-OXCMAPIHTTP] 2.2.4.2.1
type ExecuteRequest struct {
	Flags ExecuteFlags
	// RopBuffer is one payload behind an RPC_HEADER_EXT; see [AppendPayload].
	RopBuffer []byte
	// MaxRopOut is the largest RopBuffer the client takes in the answer.
	MaxRopOut uint32
	Aux       []byte
}

// Layout codes the body.
func (r *ExecuteRequest) Layout(c *wire.Codec) {
	c.Uint32((*uint32)(&r.Flags))
	c.Bytes32(&r.RopBuffer)
	c.Uint32(&r.MaxRopOut)
	LayoutAux(c, &r.Aux)
}

// ExecuteResponse answers an Execute. [MS-OXCMAPIHTTP] 2.2.4.2.2
type ExecuteResponse struct {
	StatusCode uint32
	ErrorCode  uint32
	// Flags is reserved and 0.
	Flags uint32
	// RopBuffer is one or more payloads; see [Payloads].
	RopBuffer []byte
	Aux       []byte
}

// Layout codes the body.
func (r *ExecuteResponse) Layout(c *wire.Codec) {
	Envelope(c, &r.StatusCode, &r.Aux, func() {
		c.Uint32(&r.ErrorCode)
		c.Uint32(&r.Flags)
		c.Bytes32(&r.RopBuffer)
	})
}

// DisconnectRequest ends a session context. [MS-OXCMAPIHTTP] 2.2.4.3.1
type DisconnectRequest struct{ Aux []byte }

// Layout codes the body.
func (r *DisconnectRequest) Layout(c *wire.Codec) { LayoutAux(c, &r.Aux) }

// DisconnectResponse answers a Disconnect. [MS-OXCMAPIHTTP] 2.2.4.3.2
type DisconnectResponse struct {
	StatusCode uint32
	ErrorCode  uint32
	Aux        []byte
}

// Layout codes the body.
func (r *DisconnectResponse) Layout(c *wire.Codec) {
	Envelope(c, &r.StatusCode, &r.Aux, func() { c.Uint32(&r.ErrorCode) })
}

// NotificationWaitRequest asks to be answered when an event is there, or after
// five minutes. [MS-OXCMAPIHTTP] 2.2.4.4.1
type NotificationWaitRequest struct {
	// Flags is reserved and 0.
	Flags uint32
	Aux   []byte
}

// Layout codes the body.
func (r *NotificationWaitRequest) Layout(c *wire.Codec) {
	c.Uint32(&r.Flags)
	LayoutAux(c, &r.Aux)
}

// EventPending is the flag of a NotificationWaitResponse that says that an
// Execute will bring notifications. [MS-OXCMAPIHTTP] 2.2.4.4.2
const EventPending = 0x00000001

// NotificationWaitResponse answers a NotificationWait. [MS-OXCMAPIHTTP] 2.2.4.4.2
type NotificationWaitResponse struct {
	StatusCode uint32
	ErrorCode  uint32
	// EventPending is 0 or [EventPending].
	EventPending uint32
	Aux          []byte
}

// Layout codes the body.
func (r *NotificationWaitResponse) Layout(c *wire.Codec) {
	Envelope(c, &r.StatusCode, &r.Aux, func() {
		c.Uint32(&r.ErrorCode)
		c.Uint32(&r.EventPending)
	})
}
