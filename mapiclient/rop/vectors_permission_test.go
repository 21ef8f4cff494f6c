package rop

import (
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/vectors"
)

// permissionVectors are the examples of [MS-OXCPERM] 4.
var permissionVectors = map[string]func(*testing.T, vectors.Vector){
	"MS-OXCPERM_4.1_01": request(&OpenStreamRequest{Tag: 0x0E6A001F}, 1, 2),
	"MS-OXCPERM_4.1_02": responseTo(answered{index: 2, code: 0x80040102}, &OpenStreamResponse{}),
	"MS-OXCPERM_4.1_03": request(&GetPermissionsTableRequest{TableFlags: 0x02}, 0, 1),
	"MS-OXCPERM_4.1_04": request(&SetColumnsRequest{Tags: memberColumns}, 1),
	"MS-OXCPERM_4.1_05": request(&QueryRowsRequest{ForwardRead: true, RowCount: 4096}, 1),
	"MS-OXCPERM_4.1_06": response(1, &GetPermissionsTableResponse{}),
	"MS-OXCPERM_4.1_07": response(1, &SetColumnsResponse{TableStatus: TableComplete}),
	"MS-OXCPERM_4.1_08": members(member(0, "", 0x800, ""), member(-1, "Anonymous", 0, "")),
	"MS-OXCPERM_4.1_09": request(&ModifyPermissionsRequest{Flags: 0x02, Permissions: []PermissionData{{
		Flags: 0x01,
		Props: mapi.Props{{Tag: 0x0FFF0102, Value: addressBookEntry(
			"/o=First Organization/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=user8")},
			{Tag: 0x66730003, Value: int32(0x1FFB)}},
	}}}, 2),
	"MS-OXCPERM_4.1_10": response(2, &ModifyPermissionsResponse{}),
	"MS-OXCPERM_4.2_01": response(1, &GetPermissionsTableResponse{}),
	"MS-OXCPERM_4.2_02": response(1, &SetColumnsResponse{}),
	"MS-OXCPERM_4.2_03": members(member(0, "", 0x800, ""), member(user8ID, "user8", 0x1FFB, user8), member(-1, "Anonymous", 0, "")),
	"MS-OXCPERM_4.2_04": request(&ModifyPermissionsRequest{Flags: 0x02, Permissions: []PermissionData{{
		Flags: 0x02,
		Props: mapi.Props{{Tag: 0x66710014, Value: int64(user8ID)}, {Tag: 0x66730003, Value: int32(0x1800)}},
	}}}, 0),
	"MS-OXCPERM_4.2_05": response(0, &ModifyPermissionsResponse{}),
	"MS-OXCPERM_4.3_01": response(1, &GetPermissionsTableResponse{}),
	"MS-OXCPERM_4.3_02": response(1, &SetColumnsResponse{}),
	"MS-OXCPERM_4.3_03": members(member(0, "", 0x800, ""), member(user8ID, "user8", 0x1800, user8), member(-1, "Anonymous", 0, "")),
	"MS-OXCPERM_4.3_04": request(&ModifyPermissionsRequest{Flags: 0x02, Permissions: []PermissionData{{
		Flags: 0x04,
		Props: mapi.Props{{Tag: 0x66710014, Value: int64(user8ID)}},
	}}}, 0),
	"MS-OXCPERM_4.3_05": response(0, &ModifyPermissionsResponse{}),
}

const (
	user8ID = 0x0000001500000002
	user8   = "/O=FIRST ORGANIZATION/OU=EXCHANGE ADMINISTRATIVE GROUP (FYDIBOHF23SPDLT)/CN=RECIPIENTS/CN=USER8"
)

// memberColumns are those of the table of permissions in the examples.
var memberColumns = []mapi.PropTag{0x66710014, 0x6672001F, 0x66730003, 0x0FFF0102}

func member(id int64, name string, rights int32, dn string) mapi.Props {
	entry := []byte{}
	if dn != "" {
		entry = addressBookEntry(dn)
	}
	return mapi.Props{
		{Tag: 0x66710014, Value: id}, {Tag: 0x6672001F, Value: name}, {Tag: 0x66730003, Value: rights}, {Tag: 0x0FFF0102, Value: entry},
	}
}

// members checks a response with these rows.
func members(rows ...mapi.Props) func(*testing.T, vectors.Vector) {
	return responseTo(answered{index: 1, to: &QueryRowsRequest{Columns: memberColumns}},
		&QueryRowsResponse{Origin: BookmarkEnd, Rows: rows, Columns: memberColumns})
}

// addressBookEntry spells out a permanent EntryID. [MS-OXCDATA] 2.2.5.3
func addressBookEntry(dn string) []byte {
	return append(append(unhex("00000000dca740c8c042101ab4b908002b2fe1820100000000000000"), dn...), 0)
}
