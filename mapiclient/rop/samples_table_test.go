package rop

import "github.com/mapigate/mapigate/mapiclient/mapi"

// columns are a subject and a size; row, whose size is an error, is in hex
// rowHex; full has both.
var (
	columns = []mapi.PropTag{0x0037001F, 0x0E080003}
	row     = mapi.Props{{Tag: 0x0037001F, Value: "a"}, {Tag: 0x0E08000A, Value: mapi.ErrorCode(0x8004010F)}}
	full    = mapi.Props{{Tag: 0x0037001F, Value: "b"}, {Tag: 0x0E080003, Value: int32(5)}}
)

const (
	rowHex  = "01 00 61000000 0a 0f010480"
	fullHex = "00 62000000 05000000"
)

// tableSamples are the operations of [MS-OXCROPS] 2.2.5.
var tableSamples = []sample{
	{request: &SetColumnsRequest{Flags: 1, Tags: columns}, requestBody: "01 0200 1f003700 0300080e", response: &SetColumnsResponse{TableStatus: TableSettingColumns}, responseBody: "0b"},
	{
		request: &SortTableRequest{
			CategoryCount: 1, ExpandedCount: 1,
			SortOrders: []mapi.SortOrder{{Tag: 0x0037001F}, {Tag: 0x0E080003, Order: mapi.SortDescending}},
		},
		requestBody: "00 0200 0100 0100 1f003700 00 0300080e 01",
		response:    &SortTableResponse{}, responseBody: "00",
	},
	{request: &RestrictRequest{Restriction: hasImportance}, requestBody: "00 0500 08 03001700", response: &RestrictResponse{TableStatus: TableRestricting}, responseBody: "0e"},
	{
		request:     &QueryRowsRequest{Flags: QueryNoAdvance, ForwardRead: true, RowCount: 2},
		knowing:     &QueryRowsRequest{Columns: columns},
		requestBody: "01 01 0200",
		response:    &QueryRowsResponse{Origin: BookmarkCurrent, Rows: []mapi.Props{row, full}, Columns: columns}, responseBody: "01 0200" + rowHex + fullHex,
	},
	{request: &AbortRequest{}, response: &AbortResponse{}, responseBody: "00"},
	{request: &GetStatusRequest{}, response: &GetStatusResponse{TableStatus: TableSorting}, responseBody: "09"},
	{request: &QueryPositionRequest{}, response: &QueryPositionResponse{Numerator: 1, Denominator: 4}, responseBody: "01000000 04000000"},
	{
		request: &SeekRowRequest{Origin: BookmarkEnd, RowCount: -2, WantRowMovedCount: true}, requestBody: "02 feffffff 01",
		response: &SeekRowResponse{HasSoughtLess: true, RowsSought: -1}, responseBody: "01 ffffffff",
	},
	{
		request: &SeekRowBookmarkRequest{Bookmark: []byte{9}, RowCount: 1}, requestBody: "0100 09 01000000 00",
		response: &SeekRowBookmarkResponse{RowNoLongerVisible: true, RowsSought: 1}, responseBody: "01 00 01000000",
	},
	{request: &SeekRowFractionalRequest{Numerator: 1, Denominator: 2}, requestBody: "01000000 02000000", response: &SeekRowFractionalResponse{}},
	{request: &CreateBookmarkRequest{}, response: &CreateBookmarkResponse{Bookmark: []byte{9}}, responseBody: "0100 09"},
	{request: &QueryColumnsAllRequest{}, response: &QueryColumnsAllResponse{Tags: columns}, responseBody: "0200 1f003700 0300080e"},
	{
		request:     &FindRowRequest{Flags: 1, Restriction: hasImportance, Origin: BookmarkCustom, Bookmark: []byte{9}},
		knowing:     &FindRowRequest{Columns: columns},
		requestBody: "01 0500 08 03001700 03 0100 09",
		response:    &FindRowResponse{HasRow: true, Row: full, Columns: columns}, responseBody: "00 01" + fullHex,
	},
	{request: &FreeBookmarkRequest{Bookmark: []byte{9}}, requestBody: "0100 09", response: &FreeBookmarkResponse{}},
	{request: &ResetTableRequest{}, response: &ResetTableResponse{}},
	{
		knowing: &ExpandRowRequest{Columns: columns},
		request: &ExpandRowRequest{MaxRowCount: 3, CategoryID: 7}, requestBody: "0300 0700000000000000",
		response: &ExpandRowResponse{ExpandedRowCount: 5, Rows: []mapi.Props{full}, Columns: columns}, responseBody: "05000000 0100" + fullHex,
	},
	{request: &CollapseRowRequest{CategoryID: 7}, requestBody: "0700000000000000", response: &CollapseRowResponse{CollapsedRowCount: 5}, responseBody: "05000000"},
	{
		request: &GetCollapseStateRequest{RowID: 7, RowInstanceNumber: 1}, requestBody: "0700000000000000 01000000",
		response: &GetCollapseStateResponse{CollapseState: []byte{8}}, responseBody: "0100 08",
	},
	{request: &SetCollapseStateRequest{CollapseState: []byte{8}}, requestBody: "0100 08", response: &SetCollapseStateResponse{Bookmark: []byte{9}}, responseBody: "0100 09"},
}

// smtpRow is a recipient a <b> with one column, the display type.
var smtpRow = mapi.RecipientRow{
	Flags:        mapi.AddressSMTP | mapi.RecipientHasEmailAddress | mapi.RecipientHasDisplayName | mapi.RecipientUnicode,
	EmailAddress: "b", DisplayName: "a", ColumnCount: 1, Props: mapi.Props{{Tag: 0x39000003, Value: int32(0)}},
}

// smtpRowHex has 17 bytes.
const smtpRowHex = "1b02 62000000 61000000 0100 00 00000000"

var recipientColumns = []mapi.PropTag{0x39000003}

// head is a message with one recipient; its subject is "Re: x".
var head = MessageHead{
	HasNamedProperties: true,
	SubjectPrefix:      mapi.TypedString{Kind: mapi.StringReduced, Text: "Re: "},
	NormalizedSubject:  mapi.TypedString{Kind: mapi.StringUTF16, Text: "x"},
	RecipientCount:     1,
	Columns:            recipientColumns,
	Rows:               []OpenRecipientRow{{Type: mapi.RecipientCc, CodePageID: 1252, Row: smtpRow}},
}

const headHex = "01 03 52653a2000 04 78000000 0100 0100 03000039 01 02 e404 0000 1100" + smtpRowHex

// messageSamples are the operations of [MS-OXCROPS] 2.2.6.
var messageSamples = []sample{
	{
		request:     &OpenMessageRequest{CodePageID: CodePageLogon, FolderID: folder(2), OpenModeFlags: MessageBestAccess, MessageID: message(4)},
		requestBody: "ff0f 0100000000000002 03 0100000000000004",
		response:    &OpenMessageResponse{head}, responseBody: headHex,
	},
	{
		request: &CreateMessageRequest{CodePageID: 1252, FolderID: folder(2), AssociatedFlag: true}, requestBody: "e404 0100000000000002 01",
		response: &CreateMessageResponse{HasMessageID: true, MessageID: message(4)}, responseBody: "01 0100000000000004",
	},
	{
		request: &SaveChangesMessageRequest{SaveFlags: KeepOpenReadWrite}, requestBody: "02",
		response: &SaveChangesMessageResponse{MessageID: message(4)}, responseBody: "0100000000000004",
	},
	{request: &RemoveAllRecipientsRequest{}, requestBody: "00000000", response: &RemoveAllRecipientsResponse{}},
	{
		request: &ModifyRecipientsRequest{Columns: recipientColumns, Rows: []ModifyRecipientRow{
			{RowID: 0, Type: mapi.RecipientTo, Row: &smtpRow}, {RowID: 1},
		}},
		requestBody: "0100 03000039 0200 00000000 01 1100" + smtpRowHex + "01000000 00 0000",
		response:    &ModifyRecipientsResponse{},
	},
	{
		knowing: &ReadRecipientsRequest{Columns: recipientColumns},
		request: &ReadRecipientsRequest{RowID: 255}, requestBody: "ff000000 0000",
		response: &ReadRecipientsResponse{
			Rows:    []ReadRecipientRow{{RowID: 255, OpenRecipientRow: OpenRecipientRow{Type: mapi.RecipientBcc, CodePageID: 1252, Row: smtpRow}}},
			Columns: recipientColumns,
		},
		responseBody: "01 ff000000 03 e404 0000 1100" + smtpRowHex,
	},
	{request: &ReloadCachedInformationRequest{}, requestBody: "0000", response: &ReloadCachedInformationResponse{head}, responseBody: headHex},
	{
		request: &SetMessageStatusRequest{MessageID: message(4), StatusFlags: 0x1000, StatusMask: 0x3000}, requestBody: "0100000000000004 00100000 00300000",
		response: &SetMessageStatusResponse{StatusFlags: 0x2000}, responseBody: "00200000",
	},
	{request: &GetMessageStatusRequest{MessageID: message(4)}, requestBody: "0100000000000004", response: &GetMessageStatusResponse{StatusFlags: 0x2000}, responseBody: "00200000"},
	{
		request: &SetReadFlagsRequest{ReadFlags: ReadSuppressReceipt, MessageIDs: []mapi.MessageID{message(4)}}, requestBody: "00 01 0100 0100000000000004",
		response: &SetReadFlagsResponse{partial{true}}, responseBody: "01",
		code: 0x80070005, failure: &SetReadFlagsResponse{partial{true}}, failureBody: "01",
	},
	{
		request: &SetMessageReadFlagRequest{ReadFlags: ReadClearFlag}, requestBody: "04",
		response:     &SetMessageReadFlagResponse{ReadStatusChanged: true, LogonID: 3, ClientData: [24]byte{23: 1}},
		responseBody: "01 03 000000000000000000000000000000000000000000000001",
	},
	{request: &OpenAttachmentRequest{OpenFlags: MessageReadWrite, AttachmentID: 6}, requestBody: "01 06000000", response: &OpenAttachmentResponse{}},
	{request: &CreateAttachmentRequest{}, response: &CreateAttachmentResponse{AttachmentID: 6}, responseBody: "06000000"},
	{request: &DeleteAttachmentRequest{AttachmentID: 6}, requestBody: "06000000", response: &DeleteAttachmentResponse{}},
	{request: &SaveChangesAttachmentRequest{SaveFlags: KeepOpenReadOnly}, requestBody: "01", response: &SaveChangesAttachmentResponse{}},
	{
		request: &OpenEmbeddedMessageRequest{CodePageID: CodePageLogon, OpenModeFlags: MessageCreate}, requestBody: "ff0f 02",
		response: &OpenEmbeddedMessageResponse{MessageHead: head}, responseBody: "00 0000000000000000" + headHex,
	},
	{request: &GetAttachmentTableRequest{TableFlags: TableUnicode}, requestBody: "40", response: &GetAttachmentTableResponse{}},
	{request: &GetValidAttachmentsRequest{}, response: &GetValidAttachmentsResponse{AttachmentIDs: []uint32{0, 6}}, responseBody: "0200 00000000 06000000"},
}
