package mapi

import "github.com/mapigate/mapigate/mapiclient/wire"

// A SortDirection tells how a column sorts. [MS-OXCDATA] 2.13.1
type SortDirection uint8

// Sort directions.
const (
	SortAscending  SortDirection = 0
	SortDescending SortDirection = 1
	// SortMaximumCategory orders categories by the maximum of the column in them.
	SortMaximumCategory SortDirection = 4
)

// A SortOrder is one column of a sort key. [MS-OXCDATA] 2.13.1
type SortOrder struct {
	Tag   PropTag
	Order SortDirection
}

// Layout codes five bytes.
func (o *SortOrder) Layout(c *wire.Codec) {
	o.Tag.Layout(c)
	layout8(c, &o.Order)
}
