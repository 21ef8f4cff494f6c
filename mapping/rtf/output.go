package rtf

import "strings"

// An output collects a result up to a limit.
type output struct {
	strings.Builder
	limit int
	full  bool
}

// put adds s unless the limit forbids; after that nothing more is added.
func (o *output) put(s string) {
	if o.full {
		return
	}
	if o.Len()+len(s) > o.limit {
		o.full = true
		return
	}
	o.WriteString(s)
}
