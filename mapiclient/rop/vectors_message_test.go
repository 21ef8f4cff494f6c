package rop

import (
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/vectors"
)

// saveFlags0A is what the examples print as KeepOpenReadWrite; 0x08 is not
// documented.
const saveFlags0A = KeepOpenReadWrite | 0x08

// messageVectors are the examples of [MS-OXCMSG] 4.
var messageVectors = map[string]func(*testing.T, vectors.Vector){
	"MS-OXCMSG_4.1.1_01": request(&CreateMessageRequest{CodePageID: CodePageLogon, FolderID: folder(0xF07993)}, 0, 1),
	"MS-OXCMSG_4.1.2_01": response(1, &CreateMessageResponse{}),
	"MS-OXCMSG_4.3.1_01": request(&GetAttachmentTableRequest{}, 0, 1),
	"MS-OXCMSG_4.3.2_01": response(1, &GetAttachmentTableResponse{}),
	"MS-OXCMSG_4.4.1_01": request(&CreateAttachmentRequest{}, 0, 1),
	"MS-OXCMSG_4.4.2_01": response(1, &CreateAttachmentResponse{AttachmentID: 0}),
	"MS-OXCMSG_4.4.4_01": request(&SaveChangesAttachmentRequest{SaveFlags: saveFlags0A}, 1, 0),
	"MS-OXCMSG_4.4.5_01": response(1, &SaveChangesAttachmentResponse{}),
	"MS-OXCMSG_4.5.1_01": request(&CreateAttachmentRequest{}, 0, 3),
	"MS-OXCMSG_4.5.2_01": response(3, &CreateAttachmentResponse{AttachmentID: 1}),
	"MS-OXCMSG_4.5.4_01": request(&SaveChangesAttachmentRequest{SaveFlags: saveFlags0A}, 2, 1),
	"MS-OXCMSG_4.5.5_01": response(2, &SaveChangesAttachmentResponse{}),
	"MS-OXCMSG_4.7.1_01": request(addUser2, 8),
	"MS-OXCMSG_4.7.2_01": response(8, &ModifyRecipientsResponse{}),
	"MS-OXCMSG_4.8.1_01": request(&SaveChangesMessageRequest{SaveFlags: saveFlags0A}, 0, 1),
	"MS-OXCMSG_4.8.2_01": responseTo(answered{index: 0, in: 1}, &SaveChangesMessageResponse{MessageID: message(0xF08639)}),
}

// user2 is the permanent EntryID of the recipient in the example.
var user2 = unhex("00000000dca740c8c042101ab4b908002b2fe1820100000000000000" +
	"2f6f3d4669727374204f7267616e697a6174696f6e2f6f753d45786368616e67652041646d696e6973747261746976652047726f7570202846594449424f484632335350444c54292f636e3d526563697069656e74732f636e3d757365723200")

// addUser2 is the example of [MS-OXCMSG] 4.7.
var addUser2 = &ModifyRecipientsRequest{
	Columns: []mapi.PropTag{
		0x0FFE0003, 0x39000003, 0x39FF001F, 0x39FE001F, 0x3A710003, 0x39050003,
		0x5FF6001F, 0x5FFD0003, 0x5FFF0003, 0x5FDE0003, 0x5FDF0003, 0x5FF70102,
	},
	Rows: []ModifyRecipientRow{{
		RowID: 0,
		Type:  mapi.RecipientTo,
		Row: &mapi.RecipientRow{
			Flags: mapi.AddressX500DN | mapi.RecipientHasDisplayName | mapi.RecipientSameDisplayName |
				mapi.RecipientHasSimpleDisplayName | mapi.RecipientUnicode,
			AddressPrefixUsed: 0x5A,
			DisplayType:       0,
			X500DN:            "User2",
			DisplayName:       "user2",
			SimpleDisplayName: "user2",
			ColumnCount:       12,
			Props: mapi.Props{
				mapi.PidTagObjectType.Of(6),
				mapi.PidTagDisplayType.Of(0),
				mapi.PidTagAddressBookDisplayNamePrintable.Of("user2"),
				mapi.PidTagSmtpAddress.Of("user2@szfkuk-dom.extest.microsoft.com"),
				mapi.PidTagSendInternetEncoding.Of(0),
				mapi.PidTagDisplayTypeEx.Of(0x40000000),
				mapi.PidTagRecipientDisplayName.Of("user2"),
				mapi.PidTagRecipientFlags.Of(1),
				mapi.PidTagRecipientTrackStatus.Of(0),
				{Tag: 0x5FDE0003, Value: int32(0)},
				mapi.PidTagRecipientOrder.Of(0),
				mapi.PidTagRecipientEntryId.Of(user2),
			},
		},
	}},
}
