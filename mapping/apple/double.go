package apple

import "encoding/binary"

// Numbers of AppleDouble. RFC 1740 Appendix A
const (
	magic      = 0x00051607
	version    = 0x00020000
	resourceID = 2
	nameID     = 3
	headerSize = 26
)

// FinderInfo is the entry with a file's type and creator, of four letters each,
// and its flags.
const FinderInfo = 9

// Entry gives an entry of an AppleDouble header, nil where it has none.
func Entry(info []byte, id uint32) []byte {
	if len(info) < headerSize || binary.BigEndian.Uint32(info) != magic {
		return nil
	}
	count := int(binary.BigEndian.Uint16(info[headerSize-2:]))
	for rest := info[headerSize:]; count > 0 && len(rest) >= 12; count, rest = count-1, rest[12:] {
		from, n := int64(binary.BigEndian.Uint32(rest[4:])), int64(binary.BigEndian.Uint32(rest[8:]))
		if binary.BigEndian.Uint32(rest) == id && from+n <= int64(len(info)) {
			return info[from : from+n]
		}
	}
	return nil
}
