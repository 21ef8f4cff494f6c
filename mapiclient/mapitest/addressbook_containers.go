package mapitest

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/nspi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// specialTableVersion is that of the hierarchy of containers, which never changes.
const specialTableVersion = 1

// getSpecialTable gives the containers: the global address list alone.
// [MS-OXNSPI] 3.1.4.1.3
func (s *Server) getSpecialTable(_ *request, body *nspi.GetSpecialTableRequest) (wire.Coder, *nspi.Status) {
	resp := &nspi.GetSpecialTableResponse{}
	if body.Stat == nil {
		resp.ErrorCode = mapi.ErrInvalidParameter
		return resp, &resp.Status
	}
	version := uint32(specialTableVersion)
	resp.CodePage, resp.Version = body.Stat.CodePage, &version
	switch {
	case body.Flags&nspi.SpecialTableTemplates != 0:
		resp.Rows = []mapi.Props{}
	case body.Version == nil || *body.Version < version:
		resp.Rows = []mapi.Props{s.container(body.Flags&nspi.SpecialTableUnicode != 0)}
	}
	return resp, &resp.Status
}

// container describes the global address list. [MS-OXNSPI] 3.1.4.1.3, [MS-OXOABK] 2.2.2
func (s *Server) container(unicode bool) mapi.Props {
	const recipients, unmodifiable = 0x01, 0x08 // [MS-OXOABK] 2.2.2.1
	entryID, _ := mapi.EntryIDBytes(&mapi.AddressBookEntryID{Type: mapi.DisplayContainer, DN: "/"})
	name := mapi.PidTagDisplayName.Of("Global Address List")
	if !unicode {
		name = mapi.Prop{Tag: name.Tag.WithType(mapi.PtypString8), Value: mapi.String8("Global Address List")}
	}
	return mapi.Props{
		mapi.PidTagEntryId.Of(entryID),
		mapi.PidTagContainerFlags.Of(recipients | unmodifiable),
		mapi.PidTagDepth.Of(0),
		mapi.PidTagAddressBookContainerId.Of(int32(globalAddressList)),
		name,
		mapi.PidTagAddressBookIsMaster.Of(false),
	}
}
