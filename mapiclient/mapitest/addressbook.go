package mapitest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/nspi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// defaultColumns are those of answers to requests that name none.
// [MS-OXNSPI] 3.1.4.1.8
var defaultColumns = []mapi.PropTag{
	mapi.PidTagAddressBookContainerId.Tag(), mapi.PidTagObjectType.Tag(), mapi.PidTagDisplayType.Tag(), mapi.PidTagDisplayName.Tag(),
	mapi.PidTagPrimaryTelephoneNumber.Tag(), mapi.PidTagDepartmentName.Tag(), mapi.PidTagOfficeLocation.Tag(),
}

// PidTagObjectType of a person and of a distribution list. [MS-OXOABK] 2.2.3.10
const (
	objectMailUser         int32 = 6
	objectDistributionList int32 = 8
)

// kind is what an entry is. [MS-OXOABK] 2.2.3.10, 2.2.3.11
func (a *account) kind() (object int32, display mapi.DisplayType) {
	if len(a.Members) > 0 {
		return objectDistributionList, mapi.DisplayDistributionList
	}
	return objectMailUser, mapi.DisplayMailUser
}

// globalAddressList is the container of everybody.
const globalAddressList nspi.MID = 0

// entry is a user as the address book shows him. [MS-OXOABK] 2.2.3, 2.2.4
func entry(a *account, ephemeral bool) store.BagRow {
	object, display := a.kind()
	entryID := store.AddressBookEntryID(a.dn)
	if ephemeral {
		entryID, _ = mapi.EntryIDBytes(&mapi.EphemeralEntryID{Server: addressBookGUID, Type: display, MID: a.mid})
	}
	local, _, _ := strings.Cut(a.Address, "@")
	proxies := []string{"SMTP:" + a.Address}
	for _, alias := range a.Aliases {
		proxies = append(proxies, "smtp:"+alias)
	}
	guid := a.box.GUID
	props := mapi.Props{
		mapi.PidTagAddressBookContainerId.Of(int32(globalAddressList)),
		mapi.PidTagObjectType.Of(object),
		mapi.PidTagDisplayType.Of(int32(display)),
		mapi.PidTagDisplayTypeEx.Of(0x40000000), // has a mailbox here. [MS-OXOABK] 2.2.3.12
		mapi.PidTagDisplayName.Of(a.DisplayName),
		mapi.PidTagAddressBookDisplayNamePrintable.Of(a.DisplayName),
		mapi.PidTagTransmittableDisplayName.Of(a.DisplayName),
		mapi.PidTagEntryId.Of(entryID),
		mapi.PidTagRecordKey.Of(store.AddressBookEntryID(a.dn)),
		mapi.PidTagInstanceKey.Of([]byte{byte(a.mid), byte(a.mid >> 8), byte(a.mid >> 16), byte(a.mid >> 24)}),
		mapi.PidTagSearchKey.Of(mapi.SearchKey("EX", a.dn)),
		mapi.PidTagMappingSignature.Of(addressBookGUID[:]),
		mapi.PidTagAddressType.Of("EX"),
		mapi.PidTagEmailAddress.Of(a.dn),
		mapi.PidTagSmtpAddress.Of(a.Address),
		mapi.PidTagAccount.Of(local),
		mapi.PidTagAddressBookProxyAddresses.Of(proxies),
		mapi.PidTagAddressBookObjectGuid.Of(guid[:]),
		mapi.PidTagSendRichInfo.Of(true),
	}
	if a.Department != "" {
		props.Set(mapi.PidTagDepartmentName.Of(a.Department))
	}
	return store.BagRow{ID: uint64(a.mid), Props: props}
}

// listed are the users that address lists show, by display name.
func (s *Server) listed() []*account {
	list := slices.DeleteFunc(s.directory.all(), func(a *account) bool { return a.Hidden })
	slices.SortStableFunc(list, func(a, b *account) int {
		return cmp.Compare(strings.ToLower(a.DisplayName), strings.ToLower(b.DisplayName))
	})
	return list
}

// addressRow gives the columns of an entry; what it lacks is an error.
func addressRow(e store.BagRow, columns []mapi.PropTag) (row mapi.Props, lacking bool) {
	for _, tag := range columns {
		p, code := e.Get(tag)
		if code != 0 {
			p = mapi.Prop{Tag: tag.WithType(mapi.PtypErrorCode), Value: code}
			lacking = true
		}
		row = append(row, p)
	}
	return row, lacking
}

// addressTable gives the columns of several users.
func addressTable(list []*account, columns []mapi.PropTag, ephemeral bool) *nspi.Table {
	if columns == nil {
		columns = defaultColumns
	}
	t := &nspi.Table{Columns: columns, Rows: []mapi.Props{}}
	for _, a := range list {
		row, _ := addressRow(entry(a, ephemeral), columns)
		t.Rows = append(t.Rows, row)
	}
	return t
}

// dnToMID finds entries by DN; 0 is an unknown one. [MS-OXNSPI] 3.1.4.1.13
func (s *Server) dnToMID(_ *request, body *nspi.DNToMIdRequest) (wire.Coder, *nspi.Status) {
	resp := &nspi.DNToMIdResponse{MIDs: []nspi.MID{}}
	for _, dn := range body.DNs {
		var mid nspi.MID
		if a := s.directory.byDN(dn); a != nil {
			mid = nspi.MID(a.mid)
		}
		resp.MIDs = append(resp.MIDs, mid)
	}
	return resp, &resp.Status
}

// getMatches finds the listed users that satisfy a restriction.
// [MS-OXNSPI] 3.1.4.1.10
func (s *Server) getMatches(_ *request, body *nspi.GetMatchesRequest) (wire.Coder, *nspi.Status) {
	resp := &nspi.GetMatchesResponse{}
	switch {
	case body.Stat == nil:
		resp.ErrorCode = mapi.ErrInvalidParameter
		return resp, &resp.Status
	case body.Stat.ContainerID == nspi.MID(mapi.PidTagAddressBookMember.Tag()):
		return s.getMembers(body)
	case body.Filter == nil && body.MIDs == nil:
		resp.ErrorCode = mapi.ErrTooComplex // nobody here refers to anybody else than by membership
		return resp, &resp.Status
	}
	list := s.listed()
	if body.MIDs != nil {
		list = s.byMIDs(body.MIDs)
	}
	list = slices.DeleteFunc(list, func(a *account) bool { return !store.Matches(entry(a, false), body.Filter) })
	return s.matches(body, list)
}

// getMembers gives the members of the list at which the position stands: those that the server knows.
func (s *Server) getMembers(body *nspi.GetMatchesRequest) (wire.Coder, *nspi.Status) {
	resp := &nspi.GetMatchesResponse{}
	of := s.directory.byMID(uint32(body.Stat.CurrentRec))
	if of == nil {
		resp.ErrorCode = mapi.ErrNotFound
		return resp, &resp.Status
	}
	var list []*account
	for _, name := range of.Members {
		if a := s.directory.find(name); a != nil && !a.Hidden && len(list) < int(body.RowCount) {
			list = append(list, a)
		}
	}
	return s.matches(body, list)
}

// matches tells what was found.
func (s *Server) matches(body *nspi.GetMatchesRequest, list []*account) (wire.Coder, *nspi.Status) {
	resp := &nspi.GetMatchesResponse{}
	if len(list) > int(min(body.RowCount, nspi.MaxCount)) {
		resp.ErrorCode = mapi.ErrTableTooBig
		return resp, &resp.Status
	}
	resp.MIDs = []nspi.MID{}
	for _, a := range list {
		resp.MIDs = append(resp.MIDs, nspi.MID(a.mid))
	}
	stat := *body.Stat
	if stat.ContainerID != globalAddressList {
		stat.ContainerID = stat.CurrentRec // [MS-OXNSPI] 3.1.4.1.10
	}
	resp.Stat = &stat
	if body.Columns != nil {
		resp.Table = addressTable(list, body.Columns, false)
	}
	return resp, &resp.Status
}

func (s *Server) byMIDs(mids []nspi.MID) []*account {
	var list []*account
	for _, mid := range mids {
		if a := s.directory.byMID(uint32(mid)); a != nil {
			list = append(list, a)
		}
	}
	return list
}

// queryEntries reads rows from a position on, or of an explicit table.
// [MS-OXNSPI] 3.1.4.1.8
func (s *Server) queryEntries(_ *request, body *nspi.QueryRowsRequest) (wire.Coder, *nspi.Status) {
	resp := &nspi.QueryRowsResponse{}
	if body.Stat == nil || body.RowCount == 0 && len(body.ExplicitTable) == 0 || body.Stat.ContainerID != globalAddressList {
		resp.ErrorCode = mapi.ErrInvalidParameter
		return resp, &resp.Status
	}
	stat := *body.Stat
	resp.Stat = &stat
	ephemeral := body.Flags&nspi.EphemeralIDs != 0
	if len(body.ExplicitTable) > 0 {
		resp.Table = addressTable(s.byMIDs(body.ExplicitTable), body.Columns, ephemeral)
		return resp, &resp.Status
	}
	list := s.listed()
	from := position(list, &stat)
	to := min(from+int(min(body.RowCount, nspi.MaxCount)), len(list))
	resp.Table = addressTable(list[from:to], body.Columns, ephemeral)
	stat.Delta, stat.NumPos, stat.TotalRecs = 0, uint32(to), uint32(len(list))
	if stat.CurrentRec = nspi.EndOfTable; to < len(list) {
		stat.CurrentRec = nspi.MID(list[to].mid)
	}
	return resp, &resp.Status
}

// position finds the row that a STAT stands at. [MS-OXNSPI] 3.1.4.5
func position(list []*account, stat *nspi.Stat) int {
	at := 0
	switch stat.CurrentRec {
	case nspi.BeginningOfTable:
	case nspi.EndOfTable:
		at = len(list)
	case nspi.CurrentPosition:
		if stat.TotalRecs > 0 {
			at = int(uint64(stat.NumPos) * uint64(len(list)) / uint64(stat.TotalRecs))
		}
	default:
		at = max(0, slices.IndexFunc(list, func(a *account) bool { return nspi.MID(a.mid) == stat.CurrentRec }))
	}
	return max(0, min(at+int(stat.Delta), len(list)))
}

// getEntry reads properties of the entry that the STAT stands at. What the
// entry lacks is an error, and then the whole answer says so.
// [MS-OXNSPI] 3.1.4.1.7
func (s *Server) getEntry(_ *request, body *nspi.GetPropsRequest) (wire.Coder, *nspi.Status) {
	resp := &nspi.GetPropsResponse{}
	if body.Stat == nil {
		resp.ErrorCode = mapi.ErrInvalidParameter
		return resp, &resp.Status
	}
	resp.CodePage = body.Stat.CodePage
	a := s.directory.byMID(uint32(body.Stat.CurrentRec))
	if a == nil {
		resp.ErrorCode = mapi.ErrNotFound
		return resp, &resp.Status
	}
	e := entry(a, body.Flags&nspi.EphemeralIDs != 0)
	if body.Tags == nil {
		resp.Props = &e.Props
		return resp, &resp.Status
	}
	row, lacking := addressRow(e, body.Tags)
	if lacking {
		resp.ErrorCode = nspi.ErrorsReturned
	}
	resp.Props = &row
	return resp, &resp.Status
}
