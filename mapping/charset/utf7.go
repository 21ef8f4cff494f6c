package charset

import (
	"bytes"
	"encoding/base64"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// utf7 is the mail-safe form of Unicode. RFC 2152
type utf7 struct{}

// NewDecoder implements encoding.Encoding.
func (utf7) NewDecoder() *encoding.Decoder {
	return &encoding.Decoder{Transformer: &whole{convert: decodeUTF7}}
}

// NewEncoder implements encoding.Encoding.
func (utf7) NewEncoder() *encoding.Encoder {
	return &encoding.Encoder{Transformer: &whole{convert: encodeUTF7}}
}

// whole is a Transformer that converts its input in one piece.
type whole struct {
	convert func([]byte) []byte
	out     []byte
	done    bool
}

// Reset implements transform.Transformer.
func (w *whole) Reset() { w.out, w.done = nil, false }

// Transform implements transform.Transformer.
func (w *whole) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	if !atEOF {
		return 0, 0, transform.ErrShortSrc
	}
	if !w.done {
		w.out, w.done = w.convert(src), true
	}
	nDst = copy(dst, w.out)
	w.out = w.out[nDst:]
	if len(w.out) > 0 {
		return nDst, 0, transform.ErrShortDst
	}
	return nDst, len(src), nil
}

func decodeUTF7(src []byte) []byte {
	out := make([]byte, 0, len(src))
	for len(src) > 0 {
		i := bytes.IndexByte(src, '+')
		if i < 0 {
			return append(out, src...)
		}
		out = append(out, src[:i]...)
		src = src[i+1:]
		n := 0
		for n < len(src) && isBase64(src[n]) {
			n++
		}
		if n == 0 {
			out = append(out, '+')
		} else {
			out = appendUTF16(out, src[:n])
		}
		src = src[n:]
		if len(src) > 0 && src[0] == '-' {
			src = src[1:]
		}
	}
	return out
}

func isBase64(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}

func appendUTF16(out, b64 []byte) []byte {
	if len(b64)%4 == 1 {
		b64 = b64[:len(b64)-1]
	}
	raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(b64)))
	n, _ := base64.RawStdEncoding.Decode(raw, b64)
	units := make([]uint16, 0, n/2)
	for i := 0; i+1 < n; i += 2 {
		units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
	}
	for _, r := range utf16.Decode(units) {
		out = utf8.AppendRune(out, r)
	}
	return out
}

func encodeUTF7(src []byte) []byte {
	var out []byte
	for i := 0; i < len(src); {
		if c := src[i]; c < 0x80 {
			out = append(out, c)
			if c == '+' {
				out = append(out, '-')
			}
			i++
			continue
		}
		var raw []byte
		for i < len(src) && src[i] >= 0x80 {
			r, n := utf8.DecodeRune(src[i:])
			for _, u := range utf16.Encode([]rune{r}) {
				raw = append(raw, byte(u>>8), byte(u))
			}
			i += n
		}
		out = append(out, '+')
		out = base64.RawStdEncoding.AppendEncode(out, raw)
		out = append(out, '-')
	}
	return out
}
