package mapiclient

import (
	"context"
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/nspi"
)

// IsList tells whether the entry is a distribution list, a dynamic one included. [MS-OXOABK] 2.2.3.11
func (e Entry) IsList() bool {
	t := mapi.DisplayType(mapi.PidTagDisplayType.Get(e.Props))
	return t == mapi.DisplayDistributionList || t == mapi.DisplayAgent
}

// IsMailbox tells whether the entry is somebody of this organisation, not a contact whose mailbox is elsewhere.
func (e Entry) IsMailbox() bool {
	return mapi.DisplayType(mapi.PidTagDisplayType.Get(e.Props)) == mapi.DisplayMailUser
}

// Members lists what a distribution list has as its members, which may be
// lists: at most limit entries. [MS-OXNSPI] 3.1.4.1.10
func (a *AddressBook) Members(ctx context.Context, dn string, limit int) (list []Entry, err error) {
	err = a.ask(ctx, func(book *mapihttp.Book) error {
		list = nil
		var ids nspi.DNToMIdResponse
		if err := codeError(book.Call(ctx, frame.DNToMId, &nspi.DNToMIdRequest{DNs: []string{dn}}, &ids), "DNToMId", &ids); err != nil {
			return err
		}
		if len(ids.MIDs) != 1 || ids.MIDs[0] == 0 {
			return &mapi.Error{Op: "DNToMId", Code: mapi.ErrNotFound}
		}
		stat := nspi.NewStat()
		// The property of one object instead of a container: this is how clients ask for members.
		stat.ContainerID, stat.CurrentRec = nspi.MID(mapi.PidTagAddressBookMember.Tag()), ids.MIDs[0]
		var rows nspi.GetMatchesResponse
		req := &nspi.GetMatchesRequest{Stat: stat, RowCount: uint32(limit), Columns: entryColumns}
		if err := codeError(book.Call(ctx, frame.GetMatches, req, &rows), "GetMatches", &rows); err != nil {
			return err
		}
		if rows.Table != nil {
			for _, row := range rows.Table.Rows {
				list = append(list, Entry{Props: row})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("the members of %s: %w", dn, err)
	}
	return list, nil
}

// Everybody lists who is in a distribution list and in those within it, each once, as deep as depth; at least one more than limit when
// there are more than that. A list within whose members are hidden, or which lies deeper, stands for them.
func (a *AddressBook) Everybody(ctx context.Context, list Entry, depth, limit int) (all []Entry, err error) {
	seen := map[string]bool{list.DN(): true}
	todo := []Entry{list}
	for level := 0; level < depth && len(todo) > 0; level++ {
		var inner []Entry
		for _, l := range todo {
			found, err := a.Members(ctx, l.DN(), limit+1)
			if err != nil {
				return nil, err
			}
			if len(found) == 0 && level > 0 {
				all = append(all, l)
			}
			for _, m := range found {
				switch {
				case seen[m.DN()]:
				case m.IsList():
					inner = append(inner, m)
				default:
					all = append(all, m)
				}
				seen[m.DN()] = true
			}
			if len(all)+len(inner) > limit {
				return append(all, inner...), nil
			}
		}
		todo = inner
	}
	return append(all, todo...), nil
}

// directoryColumns are what All tells of an entry besides the usual.
var directoryColumns = append([]mapi.PropTag{
	mapi.PidTagDepartmentName.Tag(), mapi.PidTagCompanyName.Tag(), mapi.PidTagOfficeLocation.Tag(), mapi.PidTagTitle.Tag(),
}, entryColumns...)

const (
	// directoryRows is how many entries are asked for at a time.
	directoryRows = 200
	// maxDirectory bounds how many entries of a directory are looked at.
	maxDirectory = 1_000_000
)

// All gives every entry of the global address list, with department, company,
// office and title besides the usual, until each fails. [MS-OXNSPI] 3.1.4.1.8
func (a *AddressBook) All(ctx context.Context, each func(Entry) error) error {
	stat := nspi.NewStat()
	for seen := 0; seen < maxDirectory; {
		var rows nspi.QueryRowsResponse
		err := a.ask(ctx, func(book *mapihttp.Book) error {
			at := *stat
			rows = nspi.QueryRowsResponse{}
			req := &nspi.QueryRowsRequest{Stat: &at, RowCount: directoryRows, Columns: directoryColumns}
			return codeError(book.Call(ctx, frame.QueryRows, req, &rows), "QueryRows", &rows)
		})
		if err != nil {
			return fmt.Errorf("reading the address list: %w", err)
		}
		if rows.Table == nil || len(rows.Table.Rows) == 0 {
			return nil
		}
		for _, row := range rows.Table.Rows {
			if err := each(Entry{Props: row}); err != nil {
				return err
			}
		}
		seen += len(rows.Table.Rows)
		if rows.Stat == nil || rows.Stat.CurrentRec == nspi.EndOfTable || *rows.Stat == *stat {
			return nil
		}
		stat = rows.Stat
	}
	return errors.New("the address list has no end")
}
