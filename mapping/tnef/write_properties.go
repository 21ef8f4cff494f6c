package tnef

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// objectPieces is the content of PidTagAttachDataObject.
type objectPieces struct {
	iid     mapi.GUID
	content []piece
}

// notWritten are properties that a message gets where it is stored.
var notWritten = map[mapi.PropID]bool{
	mapi.PidTagAttachDataBinary.Tag().ID(): true, mapi.PidTagAttachSize.Tag().ID(): true, mapi.PidTagAttachNumber.Tag().ID(): true,
}

// list gives a MsgPropertyList. [MS-OXTNEF] 2.1.3.4
func (p *planner) list(where string, ps mapi.Props, extra []byte) []byte {
	count := uint32(0)
	b := make([]byte, 4)
	for i := range ps {
		if notWritten[ps[i].Tag.ID()] && ps[i].Name == nil {
			continue
		}
		next, err := appendProperty(b, &ps[i])
		if err != nil {
			p.lose(where, ps[i].Tag.String(), err.Error())
			continue
		}
		b = next
		count++
	}
	if extra != nil {
		b = append(b, extra...)
		count++
	}
	binary.LittleEndian.PutUint32(b, count)
	return b
}

// listPieces is list with an object's content behind the properties.
func (p *planner) listPieces(where string, ps mapi.Props, o *objectPieces) []piece {
	if o == nil {
		return []piece{bytesPiece(p.list(where, ps, nil))}
	}
	size := int64(len(o.iid))
	for _, x := range o.content {
		size += x.size
	}
	head := binary.LittleEndian.AppendUint32(nil, uint32(mapi.PidTagAttachDataObject))
	head = binary.LittleEndian.AppendUint32(head, 1)
	head = binary.LittleEndian.AppendUint32(head, uint32(size))
	head = append(head, o.iid[:]...)
	pieces := append([]piece{bytesPiece(p.list(where, ps, head))}, o.content...)
	return append(pieces, bytesPiece(make([]byte, (4-size%4)%4)))
}

// appendProperty appends a property, or gives an error and nothing.
func appendProperty(b []byte, p *mapi.Prop) ([]byte, error) {
	t := p.Tag.Type()
	value, err := appendValue(nil, p.Value, t)
	if err != nil {
		return nil, err
	}
	if p.Name == nil {
		if p.Tag.ID() >= 0x8000 {
			return nil, fmt.Errorf("a named property without its name")
		}
		return append(binary.LittleEndian.AppendUint32(b, uint32(p.Tag)), value...), nil
	}
	id := p.Tag.ID()
	if id < 0x8000 {
		id = 0x8000 // any of the range; readers go by the name
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(mapi.MakeTag(id, t)))
	b = append(b, p.Name.Set[:]...)
	if p.Name.Name == "" {
		b = binary.LittleEndian.AppendUint32(b, nameIsID)
		b = binary.LittleEndian.AppendUint32(b, p.Name.LID)
	} else {
		b = binary.LittleEndian.AppendUint32(b, nameIsString)
		b = appendCounted(b, append(wire.AppendUTF16(nil, p.Name.Name), 0, 0))
	}
	return append(b, value...), nil
}

// appendCounted appends a length, bytes and padding.
func appendCounted(b, v []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(v)))
	b = append(b, v...)
	return append(b, make([]byte, (4-len(v)%4)%4)...)
}

// appendValue appends a value of a type. [MS-OXTNEF] 2.1.3.4
func appendValue(b []byte, v any, t mapi.PropType) ([]byte, error) {
	if mapi.TypeOf(v) != t && !(t == mapi.PtypObject && mapi.TypeOf(v) == mapi.PtypBinary) {
		return nil, fmt.Errorf("a value of type %T in a property of type 0x%04X", v, uint16(t))
	}
	switch v := v.(type) {
	case string:
		return appendCounted(binary.LittleEndian.AppendUint32(b, 1), append(wire.AppendUTF16(nil, v), 0, 0)), nil
	case mapi.String8:
		return appendCounted(binary.LittleEndian.AppendUint32(b, 1), append([]byte(v), 0)), nil
	case []byte:
		return appendCounted(binary.LittleEndian.AppendUint32(b, 1), v), nil
	case mapi.ServerID:
		return appendCounted(binary.LittleEndian.AppendUint32(b, 1), v), nil
	case []string:
		return appendList(b, v, func(b []byte, s string) []byte { return appendCounted(b, append(wire.AppendUTF16(nil, s), 0, 0)) }), nil
	case []mapi.String8:
		return appendList(b, v, func(b []byte, s mapi.String8) []byte { return appendCounted(b, append([]byte(s), 0)) }), nil
	case [][]byte:
		return appendList(b, v, appendCounted), nil
	}
	return appendFixed(b, v)
}

func appendList[T any](b []byte, list []T, one func([]byte, T) []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(list)))
	for _, v := range list {
		b = one(b, v)
	}
	return b
}

func appendFixed(b []byte, v any) ([]byte, error) {
	if one, ok := appendScalar(b, v); ok {
		return one, nil
	}
	switch v := v.(type) {
	case []int16:
		return appendList(b, v, scalar[int16]), nil
	case []int32:
		return appendList(b, v, scalar[int32]), nil
	case []int64:
		return appendList(b, v, scalar[int64]), nil
	case []float32:
		return appendList(b, v, scalar[float32]), nil
	case []float64:
		return appendList(b, v, scalar[float64]), nil
	case []mapi.Currency:
		return appendList(b, v, scalar[mapi.Currency]), nil
	case []mapi.AppTime:
		return appendList(b, v, scalar[mapi.AppTime]), nil
	case []time.Time:
		return appendList(b, v, scalar[time.Time]), nil
	case []mapi.GUID:
		return appendList(b, v, scalar[mapi.GUID]), nil
	}
	return nil, fmt.Errorf("a value of type %T has no form in TNEF", v)
}

func scalar[T any](b []byte, v T) []byte {
	out, _ := appendScalar(b, v)
	return out
}

// appendScalar appends a value of fixed length, padded to four bytes.
func appendScalar(b []byte, v any) ([]byte, bool) {
	le := binary.LittleEndian
	switch v := v.(type) {
	case int16:
		return le.AppendUint32(b, uint32(uint16(v))), true
	case bool:
		if v {
			return le.AppendUint32(b, 1), true
		}
		return le.AppendUint32(b, 0), true
	case int32:
		return le.AppendUint32(b, uint32(v)), true
	case int64:
		return le.AppendUint64(b, uint64(v)), true
	case float32:
		return le.AppendUint32(b, math.Float32bits(v)), true
	case float64:
		return le.AppendUint64(b, math.Float64bits(v)), true
	case mapi.Currency:
		return le.AppendUint64(b, uint64(v)), true
	case mapi.AppTime:
		return le.AppendUint64(b, math.Float64bits(float64(v))), true
	case time.Time:
		return le.AppendUint64(b, mapi.FileTime(v)), true
	case mapi.GUID:
		return append(b, v[:]...), true
	}
	return b, false
}
