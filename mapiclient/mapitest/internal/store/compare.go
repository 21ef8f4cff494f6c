package store

import (
	"bytes"
	"cmp"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// compare orders two values of one type; strings without case. ok is false
// when they can't be compared.
func compare(a, b any) (order int, ok bool) {
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		return strings.Compare(strings.ToLower(x), strings.ToLower(y)), ok
	case []byte:
		y, ok := b.([]byte)
		return bytes.Compare(x, y), ok
	case bool:
		y, ok := b.(bool)
		return cmp.Compare(truth(x), truth(y)), ok
	case time.Time:
		y, ok := b.(time.Time)
		return x.Compare(y), ok
	case mapi.GUID:
		y, ok := b.(mapi.GUID)
		return bytes.Compare(x[:], y[:]), ok
	case mapi.ServerID:
		y, ok := b.(mapi.ServerID)
		return bytes.Compare(x, y), ok
	case *Blob:
		return 0, false
	}
	return compareNumbers(a, b)
}

func compareNumbers(a, b any) (int, bool) {
	if x, ok := integer(a); ok {
		y, ok := integer(b)
		return cmp.Compare(x, y), ok
	}
	x, ok1 := float(a)
	y, ok2 := float(b)
	return cmp.Compare(x, y), ok1 && ok2
}

func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int16:
		return int64(v), true
	case int32:
		return int64(v), true
	case int64:
		return v, true
	case mapi.Currency:
		return int64(v), true
	case mapi.ErrorCode:
		return int64(v), true
	}
	return 0, false
}

func float(v any) (float64, bool) {
	switch v := v.(type) {
	case float32:
		return float64(v), true
	case float64:
		return v, true
	case mapi.AppTime:
		return float64(v), true
	}
	return 0, false
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// elements gives the values of a list, or the single value.
func elements(v any) []any {
	switch v := v.(type) {
	case []string:
		return each(v)
	case [][]byte:
		return each(v)
	case []int16:
		return each(v)
	case []int32:
		return each(v)
	case []int64:
		return each(v)
	case []float32:
		return each(v)
	case []float64:
		return each(v)
	case []time.Time:
		return each(v)
	case []mapi.GUID:
		return each(v)
	case []mapi.Currency:
		return each(v)
	case []mapi.AppTime:
		return each(v)
	}
	return []any{v}
}

func each[T any](list []T) []any {
	out := make([]any, len(list))
	for i := range list {
		out[i] = list[i]
	}
	return out
}
