package msg

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/charset"
)

// readNames reads which names the ids from 0x8000 on stand for. [MS-OXMSG] 2.2.3
func (r *reader) readNames(dir *storage) []mapi.PropertyName {
	if dir == nil {
		return nil
	}
	guids := r.bytes(dir.streams[valuePrefix+"00020102"], "GUIDs of names")
	entries := r.bytes(dir.streams[valuePrefix+"00030102"], "names")
	texts := r.bytes(dir.streams[valuePrefix+"00040102"], "texts of names")
	names := make([]mapi.PropertyName, 0, len(entries)/8)
	for ; len(entries) >= 8 && len(names) < 0x7FFF; entries = entries[8:] {
		id, kind := binary.LittleEndian.Uint32(entries), binary.LittleEndian.Uint16(entries[4:])
		n := mapi.PropertyName{Set: setOf(guids, int(kind>>1)), LID: id}
		if kind&1 != 0 {
			n.Name, n.LID = nameAt(texts, int64(id)), 0
		}
		names = append(names, n)
	}
	return names
}

// setOf gives a property set by its index. [MS-OXMSG] 2.2.3.1.2
func setOf(guids []byte, i int) mapi.GUID {
	switch i {
	case 1:
		return mapi.PSMAPI
	case 2:
		return mapi.PSPublicStrings
	}
	if at := (i - 3) * 16; i >= 3 && at+16 <= len(guids) {
		return mapi.GUID(guids[at : at+16])
	}
	return mapi.GUID{}
}

// nameAt reads a counted UTF-16 text.
func nameAt(texts []byte, at int64) string {
	if at+4 > int64(len(texts)) {
		return ""
	}
	n := int64(binary.LittleEndian.Uint32(texts[at:]))
	return text16(texts[at+4 : at+4+min(n, int64(len(texts))-at-4)])
}

// props reads a property stream and the streams its values are in. cp is the
// code page of 8-bit strings, 0 to take it from the properties themselves; it is given back. [MS-OXMSG] 2.4
func (r *reader) props(dir *storage, header int, where string, cp uint32) (mapi.Props, uint32) {
	raw := r.bytes(dir.streams[propertiesStream], where+" properties")
	if len(raw) < header {
		r.lose(where, "properties", fmt.Sprintf("%d bytes are less than the header", len(raw)))
		return nil, cp
	}
	raw = raw[header:]
	if cp == 0 {
		cp = codePage(raw)
	}
	ps := make(mapi.Props, 0, len(raw)/16)
	for ; len(raw) >= 16; raw = raw[16:] {
		tag := mapi.PropTag(binary.LittleEndian.Uint32(raw))
		value, ok := r.value(dir, tag, raw[8:16], where, cp)
		if !ok {
			continue
		}
		p := mapi.Prop{Tag: unicodeTag(tag), Value: value}
		if tag.ID().IsNamed() {
			i := int(tag.ID() - 0x8000)
			if i >= len(r.names) || r.names[i].Set.IsZero() {
				r.lose(where, tag.String(), "the id has no name")
				continue
			}
			p.Name, p.Tag = &r.names[i], mapi.MakeTag(0, p.Tag.Type())
		}
		ps = append(ps, p)
	}
	return ps, cp
}

// unicodeTag is the tag of a string that has been decoded.
func unicodeTag(t mapi.PropTag) mapi.PropTag {
	switch t.Type() {
	case mapi.PtypString8:
		return t.WithType(mapi.PtypString)
	case mapi.PtypMultipleString8:
		return t.WithType(mapi.PtypMultipleString)
	}
	return t
}

// codePage finds the code page of 8-bit strings among the entries of a
// property stream: the message's own, else that of its language, else that of
// its body. 0: the strings themselves must tell.
func codePage(raw []byte) uint32 {
	var locale, internet uint32
	for ; len(raw) >= 16; raw = raw[16:] {
		v := binary.LittleEndian.Uint32(raw[8:])
		switch mapi.PropTag(binary.LittleEndian.Uint32(raw)) {
		case mapi.PidTagMessageCodepage.Tag():
			if v != 0 {
				return v
			}
		case mapi.PidTagMessageLocaleId.Tag():
			locale = v
		case mapi.PidTagInternetCodepage.Tag():
			internet = v
		}
	}
	if cp := charset.OfLocale(locale); cp != 0 {
		return cp
	}
	if internet == charset.UTF8 {
		return 0
	}
	return internet
}

// value reads one value: fixed ones are in the entry, others in a stream of
// their own. [MS-OXMSG] 2.4.2
func (r *reader) value(dir *storage, tag mapi.PropTag, fixed []byte, where string, cp uint32) (any, bool) {
	if v, ok := fixedValue(tag.Type(), fixed); ok {
		return v, true
	}
	if tag.ID() == mapi.PidTagAttachDataBinary.Tag().ID() {
		return nil, false // stays in the file
	}
	at := where + " " + tag.String()
	s := dir.streams[fmt.Sprintf("%s%08X", valuePrefix, uint32(tag))]
	if s == nil {
		if binary.LittleEndian.Uint32(fixed) > 4 && tag.Type() != mapi.PtypObject {
			r.lose(at, "value", "its stream is missing")
		}
		return nil, false
	}
	b := r.bytes(s, at)
	switch tag.Type() {
	case mapi.PtypString:
		return strings.TrimRight(text16(b), "\x00"), true
	case mapi.PtypString8:
		return strings.TrimRight(text8(b, cp), "\x00"), true
	case mapi.PtypBinary:
		return b, true
	case mapi.PtypObject:
		return mapi.Object(b), true
	case mapi.PtypGuid:
		if len(b) >= 16 {
			return mapi.GUID(b[:16]), true
		}
	case mapi.PtypServerID:
		return mapi.ServerID(b), true
	case mapi.PtypMultipleString, mapi.PtypMultipleString8, mapi.PtypMultipleBinary:
		return r.list(dir, tag, b, at, cp)
	default:
		if v, ok := fixedList(tag.Type(), b); ok {
			return v, true
		}
	}
	r.lose(at, "value", "property type not understood")
	return nil, false
}

// fixedValue reads a value of at most eight bytes.
func fixedValue(t mapi.PropType, b []byte) (any, bool) {
	u := binary.LittleEndian.Uint64(b)
	switch t {
	case mapi.PtypInteger16:
		return int16(u), true
	case mapi.PtypInteger32:
		return int32(u), true
	case mapi.PtypFloating32:
		return math.Float32frombits(uint32(u)), true
	case mapi.PtypFloating64:
		return math.Float64frombits(u), true
	case mapi.PtypCurrency:
		return mapi.Currency(u), true
	case mapi.PtypAppTime:
		return mapi.AppTime(math.Float64frombits(u)), true
	case mapi.PtypErrorCode:
		return mapi.ErrorCode(u), true
	case mapi.PtypBoolean:
		return u&0xFFFF != 0, true
	case mapi.PtypInteger64:
		return int64(u), true
	case mapi.PtypTime:
		return mapi.TimeOf(u), true
	}
	return nil, false
}

// fixedList reads a list of fixed values that follow each other.
func fixedList(t mapi.PropType, b []byte) (any, bool) {
	switch t {
	case mapi.PtypMultipleInteger16:
		return each(b, 2, func(b []byte) int16 { return int16(binary.LittleEndian.Uint16(b)) }), true
	case mapi.PtypMultipleInteger32:
		return each(b, 4, func(b []byte) int32 { return int32(binary.LittleEndian.Uint32(b)) }), true
	case mapi.PtypMultipleFloating32:
		return each(b, 4, func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }), true
	case mapi.PtypMultipleFloating64:
		return each(b, 8, func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }), true
	case mapi.PtypMultipleCurrency:
		return each(b, 8, func(b []byte) mapi.Currency { return mapi.Currency(binary.LittleEndian.Uint64(b)) }), true
	case mapi.PtypMultipleAppTime:
		return each(b, 8, func(b []byte) mapi.AppTime { return mapi.AppTime(math.Float64frombits(binary.LittleEndian.Uint64(b))) }), true
	case mapi.PtypMultipleInteger64:
		return each(b, 8, func(b []byte) int64 { return int64(binary.LittleEndian.Uint64(b)) }), true
	case mapi.PtypMultipleTime:
		return each(b, 8, func(b []byte) time.Time { return mapi.TimeOf(binary.LittleEndian.Uint64(b)) }), true
	case mapi.PtypMultipleGuid:
		return each(b, 16, func(b []byte) mapi.GUID { return mapi.GUID(b[:16]) }), true
	}
	return nil, false
}

func each[T any](b []byte, size int, one func([]byte) T) []T {
	list := make([]T, 0, len(b)/size)
	for ; len(b) >= size; b = b[size:] {
		list = append(list, one(b))
	}
	return list
}

// maxList bounds lists whose values have streams of their own.
const maxList = 10_000

// list reads a list of strings or binaries: a stream of their lengths and one
// stream for each. [MS-OXMSG] 2.1.4.2
func (r *reader) list(dir *storage, tag mapi.PropTag, lengths []byte, at string, cp uint32) (any, bool) {
	size := 4
	if tag.Type() == mapi.PtypMultipleBinary {
		size = 8
	}
	n := min(len(lengths)/size, maxList)
	var texts []string
	var blobs [][]byte
	for i := range n {
		b := r.bytes(dir.streams[fmt.Sprintf("%s%08X-%08X", valuePrefix, uint32(tag), i)], at)
		switch tag.Type() {
		case mapi.PtypMultipleString:
			texts = append(texts, strings.TrimRight(text16(b), "\x00"))
		case mapi.PtypMultipleString8:
			texts = append(texts, strings.TrimRight(text8(b, cp), "\x00"))
		default:
			blobs = append(blobs, b)
		}
	}
	if tag.Type() == mapi.PtypMultipleBinary {
		return blobs, true
	}
	return texts, true
}

func text16(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u))
}

func text8(b []byte, cp uint32) string {
	s, _ := charset.Decode(b, charset.Label(cp))
	return s
}
