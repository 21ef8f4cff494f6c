package store

import (
	"golang.org/x/text/encoding/charmap"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// codePage is the code page of 8-bit strings. Everything is kept in Unicode.
var codePage = charmap.Windows1252

// normal gives a property as bags keep it: strings in Unicode.
func normal(p mapi.Prop) mapi.Prop {
	switch v := p.Value.(type) {
	case mapi.String8:
		return mapi.Prop{Tag: p.Tag.WithType(mapi.PtypString), Name: p.Name, Value: fromCodePage(v)}
	case []mapi.String8:
		list := make([]string, len(v))
		for i := range v {
			list[i] = fromCodePage(v[i])
		}
		return mapi.Prop{Tag: p.Tag.WithType(mapi.PtypMultipleString), Name: p.Name, Value: list}
	}
	return p
}

func fromCodePage(s mapi.String8) string {
	out, err := codePage.NewDecoder().String(string(s))
	if err != nil {
		return string(s)
	}
	return out
}

// toCodePage replaces what the code page lacks by question marks.
func toCodePage(s string) mapi.String8 {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		b, ok := codePage.EncodeRune(r)
		if !ok {
			b = '?'
		}
		out = append(out, b)
	}
	return mapi.String8(out)
}

// as gives a kept value as the type that is asked for; Unspecified takes it as
// it is. A value of another type counts as absent.
func as(v any, want mapi.PropType) (any, bool) {
	if b, ok := v.(*Blob); ok {
		return b, want == mapi.PtypBinary || want == mapi.PtypObject || want == mapi.PtypUnspecified
	}
	have := mapi.TypeOf(v)
	switch {
	case want == have, want == mapi.PtypUnspecified:
		return v, true
	case want == mapi.PtypString8 && have == mapi.PtypString:
		return toCodePage(v.(string)), true
	case want == mapi.PtypMultipleString8 && have == mapi.PtypMultipleString:
		list := make([]mapi.String8, len(v.([]string)))
		for i, s := range v.([]string) {
			list[i] = toCodePage(s)
		}
		return list, true
	case want == mapi.PtypBinary && have == mapi.PtypObject:
		return []byte(v.(mapi.Object)), true
	case want == mapi.PtypInteger64 && have == mapi.PtypInteger32:
		return int64(v.(int32)), true // PidTagMessageSizeExtended
	}
	return nil, false
}
