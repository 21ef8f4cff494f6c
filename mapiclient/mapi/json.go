package mapi

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A message as JSON is one object:
//
//	{"props": {…}, "recipients": [{…}, …], "attachments": [{"props": {…}, "message": {…}}, …]}
//
// A bag of properties is an object in the order of the bag. The key of a
// property is its [MS-OXPROPS] name if it has one, {set}/name or {set}/0x00008205
// for other named properties, and the hex tag otherwise. Its value is
// {"tag": "0x0037001F", "value": …}; the tag of a named property has the id 0
// unless a mailbox gave it one.
//
// A recipient is a bag that begins with PidTagRecipientType, its type and the
// marks of a resent message. An attachment's content is its
// PidTagAttachDataBinary (PidTagAttachDataObject if it is an OLE object), and
// "message" if it is a message.
//
// Values by type:
//
//	integers                    a number, always exact
//	floating point, AppTime     a number, or "NaN", "Infinity", "-Infinity"
//	Currency                    a string such as "-12.3400"
//	Boolean                     true or false
//	String                      a string
//	String8                     a string whose code points are the bytes
//	Time                        RFC 3339 in UTC with 100 ns; the hex FILETIME beyond the year 9999
//	Guid                        canonical, lower case
//	ErrorCode                   a string such as "0x8004010F"
//	Binary, Object, ServerId,
//	RuleAction, Restriction     base64; a restriction as ROP buffers have it
//	multiple                    an array
//	no value                    null
const (
	jsonProps       = "props"
	jsonRecipients  = "recipients"
	jsonAttachments = "attachments"
	jsonMessage     = "message"
	jsonTag         = "tag"
	jsonValue       = "value"
)

// maxJSONDepth is how deep messages may be embedded in JSON.
const maxJSONDepth = 64

// Errors about JSON, each behind the path of the place.
var (
	errJSONDepth     = fmt.Errorf("messages are nested more than %d deep", maxJSONDepth)
	errJSONDuplicate = errors.New("property appears twice")
	errJSONNoTag     = errors.New(`"tag" is missing`)
	errJSONNoValue   = errors.New(`"value" is missing`)
)

// jsonPath is a place in the JSON, for errors: attachments[0].props.PidTagSubject.
type jsonPath []string

func (p jsonPath) key(k string) jsonPath { return append(p[:len(p):len(p)], "."+k) }

func (p jsonPath) index(i int) jsonPath {
	return append(p[:len(p):len(p)], "["+strconv.Itoa(i)+"]")
}

func (p jsonPath) String() string {
	if len(p) == 0 {
		return "message"
	}
	return strings.TrimPrefix(strings.Join(p, ""), ".")
}

// errorf puts the path before an error, unless it already has one.
func (p jsonPath) err(err error) error {
	var located *jsonError
	if errors.As(err, &located) {
		return err
	}
	return &jsonError{p.String(), err}
}

// A jsonError is an error and the path where it happened.
type jsonError struct {
	path string
	err  error
}

func (e *jsonError) Error() string { return e.path + ": " + e.err.Error() }
func (e *jsonError) Unwrap() error { return e.err }

// jsonKeys gives the keys that stand for a property, the best first. A later
// one serves when the bag holds two properties of one name, such as a subject
// as String and as String8.
func jsonKeys(p *Prop) [2]string {
	hex := hexTag(p.Tag)
	if p.Name != nil {
		if n := NameOf(*p.Name); n != "" {
			return [2]string{n, p.Name.String()}
		}
		return [2]string{p.Name.String(), p.Name.String()}
	}
	// Without its name, an id of the named range says nothing outside its mailbox.
	if n := TagName(p.Tag); n != "" && !p.Tag.ID().IsNamed() {
		return [2]string{n, hex}
	}
	return [2]string{hex, hex}
}

// parseJSONKey gives the property that a key and a tag stand for.
func parseJSONKey(key string, tag PropTag) (Prop, error) {
	p := Prop{Tag: tag}
	switch {
	case strings.HasPrefix(key, "{"):
		name, err := ParsePropertyName(key)
		p.Name = &name
		return p, err
	case strings.HasPrefix(key, "0x"):
		t, err := parseHexTag(key)
		if err == nil && t != tag {
			err = fmt.Errorf("tag is %s", hexTag(tag))
		}
		return p, err
	}
	if t, ok := LookupTag(key); ok {
		if t.ID() != tag.ID() {
			return p, fmt.Errorf("tag is %s, want the id of %s", hexTag(tag), hexTag(t))
		}
		return p, nil
	}
	if name, _, ok := LookupNamed(key); ok {
		p.Name = &name
		return p, nil
	}
	return p, errors.New("unknown property name")
}

func hexTag(t PropTag) string { return fmt.Sprintf("0x%08X", uint32(t)) }

func parseHexTag(s string) (PropTag, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "0x"), 16, 32)
	if err != nil || len(s) != len("0x0037001F") || s[:2] != "0x" {
		return 0, fmt.Errorf("tag %q is not of the form 0x0037001F", s)
	}
	return PropTag(n), nil
}
