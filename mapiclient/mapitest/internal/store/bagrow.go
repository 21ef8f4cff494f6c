package store

import "github.com/mapigate/mapigate/mapiclient/mapi"

// A BagRow is a row made of nothing but properties, for tables that no mailbox
// holds.
type BagRow struct {
	ID    uint64
	Props mapi.Props
}

func (r BagRow) key() uint64 { return r.ID }

func (r BagRow) value(id mapi.PropID) (any, bool) { return find(r.Props, id) }

func (BagRow) rows(mapi.PropID) []Row { return nil }

// Tags are the columns that the row has.
func (r BagRow) Tags() []mapi.PropTag { return tagsOf(r.Props) }

// Get gives a property as the tag's type, whole.
func (r BagRow) Get(tag mapi.PropTag) (mapi.Prop, mapi.ErrorCode) { return get(tag, r.value) }

// Matches tells whether a row fulfils a restriction; nil is fulfilled by all.
func Matches(row Row, r mapi.Restriction) bool { return matches(row, r) }

func tagsOf(props mapi.Props) []mapi.PropTag {
	tags := make([]mapi.PropTag, len(props))
	for i := range props {
		tags[i] = props[i].Tag
	}
	return tags
}
