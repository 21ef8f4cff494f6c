package mapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// jsonTime is RFC 3339 with the resolution of a FILETIME.
const jsonTime = "2006-01-02T15:04:05.0000000Z07:00"

// appendJSON appends a property value.
func appendJSON(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int16:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int32:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case float32:
		return appendFloat(b, float64(v), 32), nil
	case float64:
		return appendFloat(b, v, 64), nil
	case AppTime:
		return appendFloat(b, float64(v), 64), nil
	case string:
		return appendString(b, v), nil
	case String8:
		return appendString(b, fromBytes(string(v))), nil
	case []byte:
		return appendBase64(b, v), nil
	case ServerID:
		return appendBase64(b, v), nil
	case Object:
		return appendBase64(b, v), nil
	case RuleActions:
		return appendBase64(b, v), nil
	}
	return appendJSONText(b, v)
}

// appendJSONText appends the values that are short text, and lists.
func appendJSONText(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case ErrorCode:
		return fmt.Appendf(b, `"0x%08X"`, uint32(v)), nil
	case GUID:
		return fmt.Appendf(b, `"%s"`, v), nil
	case Currency:
		return fmt.Appendf(b, `"%s"`, v), nil
	case time.Time:
		if v.Year() > 9999 {
			return fmt.Appendf(b, `"0x%016X"`, FileTime(v)), nil
		}
		return v.UTC().AppendFormat(append(b, '"'), jsonTime+`"`), nil
	case Restriction:
		c := wire.NewEncoder(nil)
		LayoutRestriction(c, &v)
		return appendBase64(b, c.Bytes()), c.Err()
	}
	return appendJSONList(b, v)
}

func appendJSONList(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case []int16:
		return appendList(b, v)
	case []int32:
		return appendList(b, v)
	case []int64:
		return appendList(b, v)
	case []float32:
		return appendList(b, v)
	case []float64:
		return appendList(b, v)
	case []Currency:
		return appendList(b, v)
	case []AppTime:
		return appendList(b, v)
	case []string:
		return appendList(b, v)
	case []String8:
		return appendList(b, v)
	case []time.Time:
		return appendList(b, v)
	case []GUID:
		return appendList(b, v)
	case [][]byte:
		return appendList(b, v)
	}
	return b, fmt.Errorf("a %T is no property value", v)
}

func appendList[T any](b []byte, list []T) ([]byte, error) {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ", "...)
		}
		var err error
		if b, err = appendJSON(b, v); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

func appendFloat(b []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	}
	return strconv.AppendFloat(b, f, 'g', -1, bits)
}

func appendBase64(b, v []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(b, '"'), v), '"')
}

// appendString appends a JSON string, leaving <, > and & readable.
func appendString(b []byte, s string) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can always be encoded
	return append(b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}

// fromBytes gives each byte as the code point of its number.
func fromBytes(s string) string {
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		out = utf8.AppendRune(out, rune(s[i]))
	}
	return string(out)
}

// toBytes is the opposite of fromBytes.
func toBytes(s string) (string, error) {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xFF {
			return "", fmt.Errorf("U+%04X does not stand for a byte", r)
		}
		out = append(out, byte(r))
	}
	return string(out), nil
}

// String gives the amount with its four decimal places.
func (c Currency) String() string {
	sign, u := "", uint64(c)
	if c < 0 {
		sign, u = "-", -u
	}
	return fmt.Sprintf("%s%d.%04d", sign, u/10000, u%10000)
}

// ParseCurrency reads the form that String gives.
func ParseCurrency(s string) (Currency, error) {
	whole, frac, ok := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole+frac, 10, 64)
	if !ok || err != nil || len(frac) != 4 || strings.TrimLeft(whole, "-") == "" || strings.HasPrefix(s, "+") {
		return 0, fmt.Errorf("amount %q is not of the form -12.3400", s)
	}
	return Currency(n), nil
}
