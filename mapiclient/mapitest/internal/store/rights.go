package store

import "maps"

// Rights are what a user may do in the folder, by DN: those that are theirs, or
// else everybody's, whose DN is "". [MS-OXCPERM] 2.2.7
func (f *Folder) Rights(dn string) int32 {
	if r, own := f.rights[dn]; own {
		return r
	}
	return f.rights[""]
}

// SetRights replaces what a user may do.
func (f *Folder) SetRights(dn string, rights int32) {
	f.rights = maps.Clone(f.rights)
	if f.rights == nil {
		f.rights = make(map[string]int32)
	}
	f.rights[dn] = rights
	f.mark()
}

// AnyRights tells whether a user has a right to any folder. The lock is held.
func (m *Mailbox) AnyRights(dn string) bool {
	for _, f := range m.folders {
		if f.Rights(dn) != 0 {
			return true
		}
	}
	return false
}
