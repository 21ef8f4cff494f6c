package mapi

import (
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// StoreServerID is the content of a [ServerID] whose form is the server's own:
// it names a folder or a message. [MS-OXCDATA] 2.11.1.4
type StoreServerID struct {
	Folder FolderID
	// Message is 0 if only a folder is meant.
	Message MessageID
	// Instance is the number of a row with multi-value instances, else 0.
	Instance uint32
}

// ServerID gives the 21 bytes.
func (s StoreServerID) ServerID() ServerID {
	ours := true
	c := wire.NewEncoder(make([]byte, 0, 21))
	c.Bool(&ours)
	s.layout(c)
	return c.Bytes()
}

// Store parses a ServerID of the server's own form.
func (id ServerID) Store() (StoreServerID, error) {
	var s StoreServerID
	var ours uint8
	c := wire.NewDecoder(id)
	if c.Uint8(&ours); c.Err() == nil && ours != 1 {
		return s, fmt.Errorf("ServerID is not of the server's own form")
	}
	s.layout(c)
	c.End()
	return s, c.Err()
}

func (s *StoreServerID) layout(c *wire.Codec) {
	s.Folder.Layout(c)
	s.Message.Layout(c)
	c.Uint32(&s.Instance)
}
