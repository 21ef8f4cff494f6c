package rop

import (
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/vectors"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// notification checks the data of a notification.
func notification(want Notification) func(*testing.T, vectors.Vector) {
	return func(t *testing.T, v vectors.Vector) {
		var got Notification
		if err := wire.Unmarshal(v.Bytes, &got); err != nil {
			t.Fatal(err)
		}
		compare(t, got, want)
		c := wire.NewEncoder(nil)
		got.Layout(c)
		sameBytes(t, c, v.Bytes)
		for n := range v.Bytes {
			if err := wire.Unmarshal(v.Bytes[:n], new(Notification)); err == nil {
				t.Errorf("the first %d of %d bytes were taken for a notification", n, len(v.Bytes))
			}
		}
	}
}

// tableRow is the row data of the examples, a PropertyRow of 163 bytes.
var tableRow = unhex("00420069006c006c007900200044002e0053002e002000500072006f007800790000007e00" +
	"00000000dca740c8c042101ab4b908002b2fe1820100000000000000" +
	"2f4f3d4649525354204f5247414e495a4154494f4e2f4f553d45584348414e47452041444d494e4953545241544956452047524f5550202846594449424f484632335350444c54292f434e3d524543495049454e54532f434e3d445350524f585900")

// notificationVectors are the examples of [MS-OXCNOTIF] 4.
var notificationVectors = map[string]func(*testing.T, vectors.Vector){
	"MS-OXCNOTIF_4_01": notification(Notification{
		Flags: NotifyNewMail | NotifyMessage, FolderID: folder(0x78291F), MessageID: message(0x783484),
		MessageFlags: 0x22, MessageClass: "IPM.Note",
	}),
	"MS-OXCNOTIF_4_02": notification(Notification{
		Flags: NotifyObjectCreated, FolderID: folder(0x782781), ParentFolderID: folder(0x782780), Tags: []mapi.PropTag{},
	}),
	"MS-OXCNOTIF_4_03": notification(Notification{
		Flags: NotifyObjectCreated | NotifyMessage, FolderID: folder(0x782780), MessageID: message(0x784172),
		Tags: []mapi.PropTag{
			0x0E1B000B, 0x0E790003, 0x300B0102, 0x66A10003, 0x3FF10003, 0x30070040, 0x30080040, 0x3FF90102,
			0x3FF8001E, 0x40590003, 0x3FFB0102, 0x3FFA001E, 0x405A0003, 0x67BD0102, 0x67BE0102, 0x67090040,
			0x1035001F, 0x1000001F, 0x10090102, 0x10130102, 0x0E04001E, 0x0E03001E, 0x0037001F, 0x003D001F,
			0x0E1D001F, 0x0E1F000B, 0x3FFD0003, 0x00390040, 0x0E060040, 0x0E080003, 0x0E230003,
		},
	}),
	"MS-OXCNOTIF_4_04": notification(Notification{
		Flags: NotifyObjectDeleted, FolderID: folder(0x782780), ParentFolderID: folder(0x78277F),
	}),
	"MS-OXCNOTIF_4_05": notification(Notification{
		Flags: NotifyObjectModified, FolderID: folder(0x782780), Tags: []mapi.PropTag{0x66380003, 0x360A000B},
	}),
	"MS-OXCNOTIF_4_06": notification(Notification{
		Flags: NotifyObjectModified | NotifyUnreadCount, FolderID: folder(0x78291F),
		Tags: []mapi.PropTag{0x36030003}, UnreadMessageCount: 0,
	}),
	"MS-OXCNOTIF_4_07": notification(Notification{
		Flags: NotifyObjectModified | NotifyTotalCount, FolderID: folder(0x782780),
		Tags: []mapi.PropTag{0x36020003, 0x0E080003, 0x66AF0003, 0x66B30003}, TotalMessageCount: 1,
	}),
	"MS-OXCNOTIF_4_08": notification(Notification{
		Flags: NotifyObjectModified | NotifyTotalCount | NotifyUnreadCount, FolderID: folder(0x78291F),
		Tags:              []mapi.PropTag{0x36020003, 0x36030003, 0x0E080003, 0x66AF0003, 0x66B30003},
		TotalMessageCount: 4, UnreadMessageCount: 3,
	}),
	"MS-OXCNOTIF_4_09": notification(Notification{
		Flags: NotifyObjectMoved | NotifyMessage, FolderID: folder(0x782781), MessageID: message(0x784378),
		OldFolderID: folder(0x782780), OldMessageID: message(0x784172),
	}),
	"MS-OXCNOTIF_4_10": notification(Notification{
		Flags: NotifyObjectCopied | NotifyMessage, FolderID: folder(0x782780), MessageID: message(0x784173),
		OldFolderID: folder(0x782780), OldMessageID: message(0x784172),
	}),
	"MS-OXCNOTIF_4_11": notification(Notification{Flags: NotifyTableModified, TableEvent: TableChanged}),
	"MS-OXCNOTIF_4_12": notification(Notification{Flags: NotifyTableModified, TableEvent: TableRestrictChanged}),
	"MS-OXCNOTIF_4_13": notification(Notification{
		Flags: NotifyTableModified, TableEvent: TableRowAdded,
		Row:         TableRowID{FolderID: folder(0x02816CEA9D)},
		InsertAfter: TableRowID{FolderID: folder(0x02816CEA9E)},
		RowData:     tableRow,
	}),
	"MS-OXCNOTIF_4_14": notification(Notification{
		Flags: NotifyTableModified | NotifyMessage | NotifySearchFolder, TableEvent: TableRowAdded,
		Row:         TableRowID{folder(0x786045), message(0x02816CFC84), 1},
		InsertAfter: TableRowID{folder(0x786045), message(0x02816CFC82), 1},
		RowData:     tableRow,
	}),
	"MS-OXCNOTIF_4_15": notification(Notification{
		Flags: NotifyTableModified, TableEvent: TableRowModified,
		Row:         TableRowID{FolderID: folder(0x786045)},
		InsertAfter: TableRowID{FolderID: folder(0x786050)},
		RowData:     tableRow,
	}),
	"MS-OXCNOTIF_4_16": notification(Notification{
		Flags: NotifyTableModified | NotifyMessage | NotifySearchFolder, TableEvent: TableRowModified,
		Row:         TableRowID{folder(0x786045), message(0x02816CFC83), 1},
		InsertAfter: TableRowID{folder(0x786046), message(0x02816CFC84), 1},
		RowData:     tableRow,
	}),
	"MS-OXCNOTIF_4_17": notification(Notification{
		Flags: NotifyTableModified, TableEvent: TableRowDeleted, Row: TableRowID{FolderID: folder(0x786045)},
	}),
	"MS-OXCNOTIF_4_18": notification(Notification{
		Flags: NotifyTableModified | NotifyMessage | NotifySearchFolder, TableEvent: TableRowDeleted,
		Row: TableRowID{folder(0x02816CEA96), message(0x02816D0901), 1},
	}),
}
