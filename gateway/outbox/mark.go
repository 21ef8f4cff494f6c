package outbox

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// A Mark is how a message says that the gateway may take it. The zero Mark asks for none.
type Mark struct {
	// Category is the name of a category, whatever its case.
	Category string
	// Property is a named property that is there, and neither empty, false nor 0.
	Property *mapi.PropertyName
}

// markTypes are the types that a marking property may have.
var markTypes = []mapi.PropType{mapi.PtypString, mapi.PtypBoolean, mapi.PtypInteger32}

// columns are what a table is asked for to see the mark.
func (m Mark) columns(ctx context.Context, box *mapiclient.Mailbox) (tags []mapi.PropTag, err error) {
	name, types := m.Property, markTypes
	if m.Category != "" {
		name, types = &mapi.PidNameKeywords.PropertyName, []mapi.PropType{mapi.PidNameKeywords.Type}
	}
	if name == nil {
		return nil, nil
	}
	for _, t := range types {
		tag, err := box.Tag(ctx, *name, t)
		if err != nil {
			return nil, fmt.Errorf("the property that marks messages: %w", err)
		}
		tags = append(tags, tag)
	}
	return tags, nil
}

// on tells whether a row of a table with those columns is marked.
func (m Mark) on(row mapi.Props, columns []mapi.PropTag) bool {
	if len(columns) == 0 {
		return true
	}
	for _, p := range row {
		if !slices.Contains(columns, p.Tag) {
			continue
		}
		switch v := p.Value.(type) {
		case string:
			return v != ""
		case bool:
			return v
		case int32:
			return v != 0
		case []string:
			return slices.ContainsFunc(v, func(c string) bool { return strings.EqualFold(c, m.Category) })
		}
	}
	return false
}
