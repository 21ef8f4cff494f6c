package mapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// parseJSON reads the value of a property of type t, the opposite of appendJSON.
func parseJSON(t PropType, raw json.RawMessage) (any, error) {
	if bytes.Equal(raw, []byte("null")) {
		return nil, nil
	}
	switch t {
	case PtypInteger16:
		return parseInt[int16](raw, 16)
	case PtypInteger32:
		return parseInt[int32](raw, 32)
	case PtypInteger64:
		return parseInt[int64](raw, 64)
	case PtypFloating32:
		return parseFloat[float32](raw, 32)
	case PtypFloating64:
		return parseFloat[float64](raw, 64)
	case PtypAppTime:
		return parseFloat[AppTime](raw, 64)
	case PtypBoolean:
		return parseBool(raw)
	case PtypString:
		return parseText(raw, func(s string) (string, error) { return s, nil })
	case PtypString8:
		return parseText(raw, parseString8)
	case PtypCurrency:
		return parseText(raw, ParseCurrency)
	case PtypErrorCode:
		return parseText(raw, parseErrorCode)
	case PtypTime:
		return parseText(raw, parseTime)
	case PtypGuid:
		return parseText(raw, ParseGUID)
	case PtypServerID:
		return parseBytes[ServerID](raw)
	case PtypObject:
		return parseBytes[Object](raw)
	case PtypRuleAction:
		return parseBytes[RuleActions](raw)
	case PtypBinary:
		return parseBytes[[]byte](raw)
	case PtypRestriction:
		return parseRestriction(raw)
	}
	return parseJSONList(t, raw)
}

func parseJSONList(t PropType, raw json.RawMessage) (any, error) {
	switch t {
	case PtypMultipleInteger16:
		return parseList[int16](t, raw)
	case PtypMultipleInteger32:
		return parseList[int32](t, raw)
	case PtypMultipleInteger64:
		return parseList[int64](t, raw)
	case PtypMultipleFloating32:
		return parseList[float32](t, raw)
	case PtypMultipleFloating64:
		return parseList[float64](t, raw)
	case PtypMultipleCurrency:
		return parseList[Currency](t, raw)
	case PtypMultipleAppTime:
		return parseList[AppTime](t, raw)
	case PtypMultipleString:
		return parseList[string](t, raw)
	case PtypMultipleString8:
		return parseList[String8](t, raw)
	case PtypMultipleTime:
		return parseList[time.Time](t, raw)
	case PtypMultipleGuid:
		return parseList[GUID](t, raw)
	case PtypMultipleBinary:
		return parseList[[]byte](t, raw)
	}
	return nil, fmt.Errorf("property type 0x%04X is unknown", uint16(t))
}

func parseList[T any](t PropType, raw json.RawMessage) (any, error) {
	var items []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &items) != nil {
		return nil, errors.New("want an array")
	}
	list := make([]T, len(items))
	for i, item := range items {
		v, err := parseJSON(t&^MultiValue, item)
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		one, ok := v.(T)
		if !ok {
			return nil, fmt.Errorf("element %d: null in a list", i)
		}
		list[i] = one
	}
	return list, nil
}

func parseInt[T int16 | int32 | int64](raw json.RawMessage, bits int) (any, error) {
	n, err := strconv.ParseInt(string(raw), 10, bits)
	if err != nil {
		return nil, fmt.Errorf("want an integer of %d bits", bits)
	}
	return T(n), nil
}

func parseFloat[T float32 | float64 | AppTime](raw json.RawMessage, bits int) (any, error) {
	switch string(raw) {
	case `"NaN"`:
		return T(math.NaN()), nil
	case `"Infinity"`:
		return T(math.Inf(1)), nil
	case `"-Infinity"`:
		return T(math.Inf(-1)), nil
	}
	f, err := strconv.ParseFloat(string(raw), bits)
	if err != nil || raw[0] == '"' {
		return nil, fmt.Errorf(`want a number of %d bits, "NaN", "Infinity" or "-Infinity"`, bits)
	}
	return T(f), nil
}

func parseBool(raw json.RawMessage) (any, error) {
	switch string(raw) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return nil, errors.New("want true or false")
}

// parseText reads a JSON string and what is written in it.
func parseText[T any](raw json.RawMessage, parse func(string) (T, error)) (any, error) {
	var s string
	if raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return nil, errors.New("want a string")
	}
	v, err := parse(s)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func parseBytes[T ~[]byte](raw json.RawMessage) (any, error) {
	return parseText(raw, func(s string) (T, error) {
		b, err := base64.StdEncoding.Strict().DecodeString(s)
		return T(b), err
	})
}

func parseRestriction(raw json.RawMessage) (any, error) {
	b, err := parseBytes[[]byte](raw)
	if err != nil {
		return nil, err
	}
	var r Restriction
	c := wire.NewDecoder(b.([]byte))
	LayoutRestriction(c, &r)
	if c.End(); c.Err() != nil {
		return nil, c.Err()
	}
	return r, nil
}

func parseString8(s string) (String8, error) {
	b, err := toBytes(s)
	return String8(b), err
}

func parseErrorCode(s string) (ErrorCode, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "0x"), 16, 32)
	if err != nil || !strings.HasPrefix(s, "0x") {
		return 0, fmt.Errorf("error code %q is not of the form 0x8004010F", s)
	}
	return ErrorCode(n), nil
}

func parseTime(s string) (time.Time, error) {
	if hex, ok := strings.CutPrefix(s, "0x"); ok && len(hex) == 16 {
		n, err := strconv.ParseUint(hex, 16, 64)
		return TimeOf(n), err
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return t, fmt.Errorf("time %q is not of the form 2006-01-02T15:04:05.0000000Z", s)
	}
	if t.Nanosecond()%100 != 0 {
		return t, fmt.Errorf("time %q is finer than 100 ns", s)
	}
	return t.UTC(), nil
}
