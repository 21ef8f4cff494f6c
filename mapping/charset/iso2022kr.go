package charset

import (
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/korean"
)

// iso2022kr is Korean in 7 bits: KS X 1001 between SO and SI. RFC 1557
type iso2022kr struct{}

const (
	shiftOut = 0x0E
	shiftIn  = 0x0F
)

// NewDecoder implements encoding.Encoding.
func (iso2022kr) NewDecoder() *encoding.Decoder {
	return &encoding.Decoder{Transformer: &whole{convert: decodeISO2022KR}}
}

// NewEncoder implements encoding.Encoding.
func (iso2022kr) NewEncoder() *encoding.Encoder {
	return &encoding.Encoder{Transformer: &whole{convert: encodeISO2022KR}}
}

// decodeISO2022KR turns the text into EUC-KR, which has the same characters
// with their high bits set, and decodes that.
func decodeISO2022KR(src []byte) []byte {
	euc := make([]byte, 0, len(src))
	out := false
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case c == 0x1B && i+3 < len(src) && string(src[i:i+4]) == "\x1b$)C":
			i += 3
		case c == shiftOut:
			out = true
		case c == shiftIn || c == '\n':
			out = false
			if c == '\n' {
				euc = append(euc, c)
			}
		case out && c > ' ' && c < 0x7F:
			euc = append(euc, c|0x80)
		default:
			euc = append(euc, c)
		}
	}
	s, err := korean.EUCKR.NewDecoder().Bytes(euc)
	if err != nil {
		return src
	}
	return s
}

func encodeISO2022KR(src []byte) []byte {
	euc, err := encoding.ReplaceUnsupported(korean.EUCKR.NewEncoder()).Bytes(src)
	if err != nil {
		return src
	}
	b := []byte("\x1b$)C")
	out := false
	for _, c := range euc {
		if high := c >= 0x80; high != out {
			out = high
			b = append(b, map[bool]byte{true: shiftOut, false: shiftIn}[high])
		}
		b = append(b, c&0x7F)
	}
	if out {
		b = append(b, shiftIn)
	}
	return b
}
