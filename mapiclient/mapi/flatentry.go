package mapi

import (
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A FlatEntryList is the list of EntryIDs in PidTagReplyRecipientEntries and
// PidTagReportDestination… properties. [MS-OXCDATA] 2.3.3
type FlatEntryList [][]byte

// Layout codes a count, the size of what follows, and the entries, each padded
// to a multiple of four bytes. The last one may lack its padding when read; it
// is written with it, because gromox (3.10) refuses the list otherwise.
func (l *FlatEntryList) Layout(c *wire.Codec) {
	n := c.Count32(len(*l))
	c.Sized32(func() {
		wire.List(c, (*[][]byte)(l), n, func(e *[]byte, c *wire.Codec) {
			c.Bytes32(e)
			pad := -len(*e) & 3
			if c.Decoding() {
				pad = min(pad, c.Len())
			}
			c.Pad(pad)
		})
	})
}

// Bytes gives the list as a property holds it.
func (l FlatEntryList) Bytes() ([]byte, error) {
	b, err := wire.Marshal(&l)
	if err != nil {
		return nil, fmt.Errorf("writing FlatEntryList: %w", err)
	}
	return b, nil
}

// ParseFlatEntryList reads a list; with an error it gives the entries before the damage.
func ParseFlatEntryList(b []byte) (FlatEntryList, error) {
	var l FlatEntryList
	c := wire.NewDecoder(b)
	if l.Layout(c); c.Err() != nil {
		return l, fmt.Errorf("parsing FlatEntryList: %w", c.Err())
	}
	return l, nil
}
