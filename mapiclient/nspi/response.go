package nspi

import (
	"encoding/binary"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// Codes an answer can have besides 0. [MS-OXNSPI] 2.2.1.2
const (
	// UnbindSuccess is the ErrorCode of a good Unbind.
	UnbindSuccess mapi.ErrorCode = 0x00000001
	// ErrorsReturned says that some of the values are errors.
	ErrorsReturned mapi.ErrorCode = 0x00040380
)

// A Status begins every answer and holds its auxiliary buffer. When StatusCode
// is not 0 the answer has nothing else.
type Status struct {
	StatusCode mapi.ErrorCode
	ErrorCode  mapi.ErrorCode
	Aux        []byte
}

// Codes gives StatusCode and ErrorCode.
func (s *Status) Codes() (status, code mapi.ErrorCode) { return s.StatusCode, s.ErrorCode }

// layout codes an answer whose own part is coded by rest.
func (s *Status) layout(c *wire.Codec, rest func()) {
	wire.Uint32s(&s.StatusCode, c)
	switch {
	case s.StatusCode == 0:
		wire.Uint32s(&s.ErrorCode, c)
		rest()
		layoutAux(c, &s.Aux)
	case c.Decoding():
		// gromox 3.10 puts the status a second time where the size should be,
		// and nothing in a failure's auxiliary buffer is worth an error.
		var tail []byte
		c.Rest(&tail)
		if len(tail) > 4 && binary.LittleEndian.Uint32(tail) == uint32(len(tail)-4) {
			s.Aux = tail[4:]
		}
	default:
		layoutAux(c, &s.Aux)
	}
}

// layoutAux codes the auxiliary buffer that ends every body. Readers take the
// end of the body for an empty one.
func layoutAux(c *wire.Codec, aux *[]byte) {
	if c.Decoding() && c.Err() == nil && c.Len() == 0 {
		*aux = nil
		return
	}
	c.Bytes32(aux)
}
