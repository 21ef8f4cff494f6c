package frame

import "github.com/mapigate/mapigate/mapiclient/wire"

// An AuxBlock is one piece of an auxiliary buffer: performance data, client and
// server facts. [MS-OXCRPC] 2.2.2.2
type AuxBlock struct {
	Version uint8
	Type    uint8
	// Data is what follows the AUX_HEADER, undecoded.
	Data []byte
}

// Types of the blocks that a client may care about. [MS-OXCRPC] 2.2.2.2.2
const (
	AuxTypeExOrgInfo uint8 = 0x17
)

// auxHeaderSize counts itself in the Size field of an AUX_HEADER.
const auxHeaderSize = 4

// Layout codes AUX_HEADER and data.
func (b *AuxBlock) Layout(c *wire.Codec) {
	size := uint16(auxHeaderSize + len(b.Data))
	if !c.Decoding() && len(b.Data) > MaxAux {
		c.Fail(wire.ErrTooLong)
	}
	c.Uint16(&size)
	c.Uint8(&b.Version)
	c.Uint8(&b.Type)
	if size < auxHeaderSize {
		c.Failf("auxiliary block says it has %d bytes", size)
	}
	c.Raw(&b.Data, int(size)-auxHeaderSize)
}

// AuxBlocks reads the blocks of an auxiliary buffer with its RPC_HEADER_EXT.
// An empty buffer has none.
func AuxBlocks(aux []byte) ([]AuxBlock, error) {
	if len(aux) == 0 {
		return nil, nil
	}
	payloads, err := Payloads(aux, MaxAux)
	if err != nil {
		return nil, err
	}
	var blocks []AuxBlock
	for _, p := range payloads {
		c := wire.NewDecoder(p)
		for c.Len() > 0 {
			var b AuxBlock
			if b.Layout(c); c.Err() == nil {
				blocks = append(blocks, b)
			}
		}
		if c.Err() != nil {
			return nil, c.Err()
		}
	}
	return blocks, nil
}

// AppendAux appends an auxiliary buffer of the blocks to dst; of none, nothing.
func AppendAux(dst []byte, blocks []AuxBlock) ([]byte, error) {
	if len(blocks) == 0 {
		return dst, nil
	}
	c := wire.NewEncoder(nil)
	for i := range blocks {
		blocks[i].Layout(c)
	}
	if c.Err() != nil {
		return dst, c.Err()
	}
	return AppendPayload(dst, c.Bytes(), Last)
}
