package mapi

import "github.com/mapigate/mapigate/mapiclient/wire"

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
