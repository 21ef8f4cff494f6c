package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// OptionsDataRequest asks for the options of an address type. [MS-OXCROPS]
// 2.2.7.9.1
type OptionsDataRequest struct {
	AddressType string
	WantWin32   bool
}

// ROP implements [Request].
func (*OptionsDataRequest) ROP() ID { return OptionsData }

// NewResponse implements [RequestOf].
func (*OptionsDataRequest) NewResponse() *OptionsDataResponse { return new(OptionsDataResponse) }

// Layout implements [wire.Coder].
func (r *OptionsDataRequest) Layout(c *wire.Codec) {
	c.String8(&r.AddressType)
	c.Bool(&r.WantWin32)
}

// OptionsDataResponse is the success response. [MS-OXCROPS] 2.2.7.9.2
type OptionsDataResponse struct {
	Reserved    uint8
	OptionsInfo []byte
	HelpFile    []byte
	// HelpFileName is present only if HelpFile is not empty.
	HelpFileName string
}

// ROP implements [Response].
func (*OptionsDataResponse) ROP() ID { return OptionsData }

// Layout implements [wire.Coder].
func (r *OptionsDataResponse) Layout(c *wire.Codec) {
	c.Uint8(&r.Reserved)
	c.Bytes16(&r.OptionsInfo)
	c.Bytes16(&r.HelpFile)
	if len(r.HelpFile) > 0 {
		c.String8(&r.HelpFileName)
	}
}
