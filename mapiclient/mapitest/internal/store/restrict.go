package store

import (
	"bytes"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// matches tells whether a row fulfils a restriction; nil is fulfilled by all.
// [MS-OXCDATA] 2.12
func matches(row Row, r mapi.Restriction) bool {
	switch r := r.(type) {
	case nil:
		return true
	case mapi.AndRestriction:
		for _, part := range r {
			if !matches(row, part) {
				return false
			}
		}
		return true
	case mapi.OrRestriction:
		for _, part := range r {
			if matches(row, part) {
				return true
			}
		}
		return false
	case mapi.NotRestriction:
		return !matches(row, r.Restriction)
	case mapi.CommentRestriction:
		return matches(row, r.Restriction)
	case mapi.CountRestriction:
		return matches(row, r.Restriction)
	case mapi.SubObjectRestriction:
		return matchesSub(row, r)
	}
	return matchesValue(row, r)
}

func matchesSub(row Row, r mapi.SubObjectRestriction) bool {
	for _, sub := range row.rows(r.SubObject.ID()) {
		if matches(sub, r.Restriction) {
			return true
		}
	}
	return false
}

// matchesValue handles the restrictions on values.
func matchesValue(row Row, r mapi.Restriction) bool {
	switch r := r.(type) {
	case mapi.ExistRestriction:
		_, ok := lookup(row, r.Tag)
		return ok
	case mapi.ContentRestriction:
		v, ok := lookup(row, r.Tag)
		return ok && anyOf(v, func(v any) bool { return contains(v, normal(r.Value).Value, r.FuzzyLevel) })
	case mapi.PropertyRestriction:
		v, ok := lookup(row, r.Tag)
		return ok && anyOf(v, func(v any) bool { return holds(r.RelOp, v, normal(r.Value).Value) })
	case mapi.ComparePropsRestriction:
		a, ok1 := lookup(row, r.Tag1)
		b, ok2 := lookup(row, r.Tag2)
		return ok1 && ok2 && holds(r.RelOp, a, b)
	case mapi.BitMaskRestriction:
		v, ok := lookup(row, r.Tag)
		n, isInt := v.(int32)
		return ok && isInt && (uint32(n)&r.Mask != 0) == (r.Op == mapi.BitMaskNotZero)
	case mapi.SizeRestriction:
		v, ok := lookup(row, r.Tag)
		return ok && holds(r.RelOp, ValueSize(v), int64(r.Size))
	}
	return false
}

// lookup finds the value of a column. The type of a string does not matter:
// what is kept and what is compared with are in Unicode.
func lookup(row Row, tag mapi.PropTag) (any, bool) {
	v, ok := row.value(tag.ID())
	if !ok {
		return nil, false
	}
	if _, ok := as(v, tag.Type()&^mapi.MultiValueInstance); ok {
		return v, true
	}
	// A list may be searched by a tag of its elements' type. [MS-OXCDATA] 2.12.5
	_, ok = as(v, tag.Type()|mapi.MultiValue)
	return v, ok
}

func anyOf(v any, match func(any) bool) bool {
	for _, e := range elements(v) {
		if match(e) {
			return true
		}
	}
	return false
}

func holds(op mapi.RelOp, a, b any) bool {
	order, ok := compare(a, b)
	if !ok {
		return false
	}
	switch op {
	case mapi.RelOpLessThan:
		return order < 0
	case mapi.RelOpLessThanOrEqual:
		return order <= 0
	case mapi.RelOpGreaterThan:
		return order > 0
	case mapi.RelOpGreaterThanOrEqual:
		return order >= 0
	case mapi.RelOpEqual:
		return order == 0
	case mapi.RelOpNotEqual:
		return order != 0
	}
	return false
}

// contains searches a string or binary value. [MS-OXCDATA] 2.12.4
func contains(v, pattern any, level mapi.FuzzyLevel) bool {
	if b, ok := v.([]byte); ok {
		p, ok := pattern.([]byte)
		return ok && fuzzy(level, bytes.Equal(b, p), bytes.Contains(b, p), bytes.HasPrefix(b, p))
	}
	s, ok1 := v.(string)
	p, ok2 := pattern.(string)
	if !ok1 || !ok2 {
		return false
	}
	if level&(mapi.FuzzyIgnoreCase|mapi.FuzzyLoose) != 0 {
		s, p = strings.ToLower(s), strings.ToLower(p)
	}
	return fuzzy(level, s == p, strings.Contains(s, p), strings.HasPrefix(s, p))
}

func fuzzy(level mapi.FuzzyLevel, equal, substring, prefix bool) bool {
	switch level & 0xFFFF {
	case mapi.FuzzySubstring:
		return substring
	case mapi.FuzzyPrefix:
		return prefix
	}
	return equal
}
