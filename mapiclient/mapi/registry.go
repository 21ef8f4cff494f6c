package mapi

import (
	"strings"
	"sync"
)

//go:generate go run ./internal/gennames

// A knownTag is a well-known property tag under its name in [MS-OXPROPS].
type knownTag struct {
	name string
	tag  PropTag
}

// A knownName is a well-known named property under its name in [MS-OXPROPS].
type knownName struct {
	name string
	prop PropertyName
	typ  PropType
}

// registry finds well-known properties both ways.
type registry struct {
	tagNames map[PropTag]string
	tags     map[string]PropTag
	names    map[PropertyName]string
	props    map[string]knownName
}

var known = sync.OnceValue(func() *registry {
	tags, names := knownTags(), knownNames()
	r := &registry{
		tagNames: make(map[PropTag]string, len(tags)),
		tags:     make(map[string]PropTag, len(tags)),
		names:    make(map[PropertyName]string, len(names)),
		props:    make(map[string]knownName, len(names)),
	}
	for _, t := range tags {
		r.tagNames[t.tag] = t.name
		r.tags[t.name] = t.tag
	}
	for _, n := range names {
		r.names[n.prop.folded()] = n.name
		r.props[n.name] = n
	}
	return r
})

// TagName gives the [MS-OXPROPS] name of a tag, or "". A string property keeps
// its name as a String8, and a list of strings as one of String8.
func TagName(t PropTag) string {
	names := known().tagNames
	if n := names[t]; n != "" {
		return n
	}
	switch t.Type() {
	case PtypString8:
		return names[t.WithType(PtypString)]
	case PtypMultipleString8:
		return names[t.WithType(PtypMultipleString)]
	}
	return ""
}

// LookupTag gives the tag of an [MS-OXPROPS] name such as PidTagSubject.
func LookupTag(name string) (PropTag, bool) {
	t, ok := known().tags[name]
	return t, ok
}

// NameOf gives the [MS-OXPROPS] name of a named property, such as
// PidLidAppointmentStartWhole, or "".
func NameOf(n PropertyName) string { return known().names[n.folded()] }

// LookupNamed gives the named property, and the type of its values, of an
// [MS-OXPROPS] name such as PidLidAppointmentStartWhole or PidNameKeywords.
func LookupNamed(name string) (PropertyName, PropType, bool) {
	n, ok := known().props[name]
	return n.prop, n.typ, ok
}

// folded is the name in the case that all its spellings share; see [PropertyName.Same].
func (n PropertyName) folded() PropertyName {
	if n.Set == PSInternetHeaders {
		n.Name = strings.ToLower(n.Name)
	}
	return n
}
