package frame

import (
	"errors"
	"fmt"
	"math"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// PayloadFlags are the flags of an RPC_HEADER_EXT. [MS-OXCRPC] 2.2.2.1
type PayloadFlags uint16

// Payload flags.
const (
	// Compressed says that the payload is LZ77; see [Compress].
	Compressed PayloadFlags = 0x0001
	// XorMagic says that every byte of the payload is XORed with 0xA5.
	XorMagic PayloadFlags = 0x0002
	// Last says that no other payload follows.
	Last PayloadFlags = 0x0004
)

// HeaderSize is the size of an RPC_HEADER_EXT in bytes.
const HeaderSize = 8

// xorMagic obfuscates payloads. [MS-OXCRPC] 3.1.4.1.1.3
const xorMagic = 0xA5

// Errors of payloads.
var (
	// ErrPayloads says that a buffer has more payloads than are allowed.
	ErrPayloads = errors.New("too many payloads in one buffer")
	// ErrTooLarge says that the payloads together exceed their limit.
	ErrTooLarge = errors.New("payloads exceed the size limit")
)

// A Header is an RPC_HEADER_EXT. [MS-OXCRPC] 2.2.2.1
type Header struct {
	Flags PayloadFlags
	// Size is the length of the payload as it stands in the buffer.
	Size uint16
	// SizeActual is its length after decompression.
	SizeActual uint16
}

// Layout codes eight bytes.
func (h *Header) Layout(c *wire.Codec) {
	var version uint16
	c.Uint16(&version)
	if version != 0 {
		c.Failf("RPC_HEADER_EXT version is %d, want 0", version)
	}
	c.Uint16((*uint16)(&h.Flags))
	c.Uint16(&h.Size)
	c.Uint16(&h.SizeActual)
}

// AppendPayload appends data to dst behind an RPC_HEADER_EXT with the given
// flags. Compressed is dropped where compression gains nothing, as servers do.
func AppendPayload(dst, data []byte, flags PayloadFlags) ([]byte, error) {
	if len(data) > math.MaxUint16 {
		return dst, fmt.Errorf("payload of %d bytes: %w", len(data), wire.ErrTooLong)
	}
	body := data
	if flags&Compressed != 0 {
		body = Compress(data)
		if len(body) >= len(data) {
			body, flags = data, flags&^Compressed
		}
	}
	h := Header{Flags: flags, Size: uint16(len(body)), SizeActual: uint16(len(data))}
	c := wire.NewEncoder(dst)
	h.Layout(c)
	dst = append(c.Bytes(), body...)
	if flags&XorMagic != 0 {
		obfuscate(dst[len(dst)-len(body):])
	}
	return dst, c.Err()
}

// AppendPayloads appends several payloads, the last of them marked [Last].
func AppendPayloads(dst []byte, payloads [][]byte, flags PayloadFlags) ([]byte, error) {
	if len(payloads) > MaxPayloads {
		return dst, ErrPayloads
	}
	var err error
	for i, p := range payloads {
		f := flags &^ Last
		if i == len(payloads)-1 {
			f |= Last
		}
		if dst, err = AppendPayload(dst, p, f); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// Payloads reads all payloads of b, decompressed and in the clear. At most
// [MaxPayloads] of them are read, and at most maxTotal bytes. The last one
// must say that it is, and nothing may follow it.
func Payloads(b []byte, maxTotal int) ([][]byte, error) {
	var list [][]byte
	total := 0
	c := wire.NewDecoder(b)
	for {
		if len(list) == MaxPayloads {
			c.Fail(ErrPayloads)
		}
		var h Header
		h.Layout(c)
		if total += int(h.SizeActual); total > maxTotal {
			c.Fail(ErrTooLarge)
		}
		data := payload(c, &h)
		if c.Err() != nil {
			return nil, fmt.Errorf("payload %d: %w", len(list), c.Err())
		}
		list = append(list, data)
		if h.Flags&Last != 0 {
			break
		}
	}
	c.End()
	return list, c.Err()
}

// payload reads the bytes behind a header.
func payload(c *wire.Codec, h *Header) []byte {
	var body []byte
	c.Raw(&body, int(h.Size))
	if c.Err() != nil {
		return nil
	}
	if h.Flags&XorMagic != 0 {
		obfuscate(body)
	}
	if h.Flags&Compressed == 0 {
		// SizeActual means nothing here, and not all servers fill it in.
		return body
	}
	data, err := Decompress(body, int(h.SizeActual))
	if err != nil {
		c.Fail(err)
	}
	return data
}

func obfuscate(b []byte) {
	for i := range b {
		b[i] ^= xorMagic
	}
}
