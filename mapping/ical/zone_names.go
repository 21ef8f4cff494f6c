package ical

import (
	"strings"
	"sync"
)

// zoneIndex finds zones by both kinds of name.
type zoneIndex struct {
	windows map[string]string // by IANA name in lower case
	iana    map[string]string // by Windows name in lower case
}

var zoneNames = sync.OnceValue(func() *zoneIndex {
	x := &zoneIndex{windows: map[string]string{}, iana: map[string]string{}}
	for _, z := range zoneTable {
		names := strings.Fields(z.iana)
		x.iana[strings.ToLower(z.windows)] = names[0]
		for _, n := range names {
			x.windows[strings.ToLower(n)] = z.windows
		}
	}
	return x
})

// WindowsZone gives the Windows name of a time zone named in either way, or "".
// IDs that wrap an IANA name, such as /freeassociation.sourceforge.net/Europe/Oslo, are understood.
func WindowsZone(id string) string {
	x := zoneNames()
	key := strings.ToLower(strings.Trim(strings.TrimSpace(id), `"`))
	if iana, ok := x.iana[key]; ok {
		return x.windows[strings.ToLower(iana)]
	}
	for key != "" {
		if w, ok := x.windows[key]; ok {
			return w
		}
		slash := strings.IndexByte(key, '/')
		if slash < 0 {
			return ""
		}
		key = key[slash+1:]
	}
	return ""
}

// IANAZone gives the usual IANA name of a time zone named in either way, or "".
func IANAZone(id string) string {
	if w := WindowsZone(id); w != "" {
		return zoneNames().iana[strings.ToLower(w)]
	}
	return ""
}
