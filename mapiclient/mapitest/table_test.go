package mapitest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

var subjectColumn = []mapi.PropTag{mapi.PidTagSubject.Tag()}

// contents opens the contents table of a folder with a subject column.
func contents(c *client, folder int, flags rop.TableFlags) uint32 {
	c.t.Helper()
	h, _ := create(c, c.openFolder(c.folders[folder]), &rop.GetContentsTableRequest{TableFlags: flags})
	do1(c, h, &rop.SetColumnsRequest{Tags: subjectColumn})
	return h
}

// subjects reads the next n rows.
func subjects(c *client, table uint32, n uint16) []string {
	c.t.Helper()
	var list []string
	for _, row := range do1(c, table, &rop.QueryRowsRequest{ForwardRead: true, RowCount: n, Columns: subjectColumn}).Rows {
		list = append(list, mapi.PidTagSubject.Get(row))
	}
	return list
}

func all(c *client, table uint32) string {
	c.t.Helper()
	do1(c, table, &rop.SeekRowRequest{Origin: rop.BookmarkBeginning})
	return strings.Join(subjects(c, table, 1000), " ")
}

// fill deposits messages with the given subjects into the Inbox.
func fill(t *testing.T, s *mapitest.Server, props func(i int) mapi.Props, subjects ...string) []mapi.MessageID {
	t.Helper()
	var ids []mapi.MessageID
	for i, subject := range subjects {
		ps := mapi.Props{mapi.PidTagSubject.Of(subject)}
		if props != nil {
			ps = append(ps, props(i)...)
		}
		id, err := s.Mailbox("anna").Deposit(mapitest.Inbox, &mapi.Message{Props: ps})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func TestCursor(t *testing.T) {
	s := server(t)
	fill(t, s, nil, "a", "b", "c", "d", "e")
	c := open(t, s, "anna")
	h := contents(c, rop.FolderInbox, 0)
	if got := subjects(c, h, 2); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("the first two are %v", got)
	}
	if p := do1(c, h, &rop.QueryPositionRequest{}); p.Numerator != 2 || p.Denominator != 5 {
		t.Errorf("position %+v", p)
	}
	r := do1(c, h, &rop.QueryRowsRequest{Flags: rop.QueryNoAdvance, ForwardRead: true, RowCount: 9, Columns: subjectColumn})
	if len(r.Rows) != 3 || r.Origin != rop.BookmarkCurrent {
		t.Errorf("without advancing: %d rows, origin %d", len(r.Rows), r.Origin)
	}
	r = do1(c, h, &rop.QueryRowsRequest{RowCount: 9, Columns: subjectColumn})
	if len(r.Rows) != 2 || mapi.PidTagSubject.Get(r.Rows[0]) != "b" || r.Origin != rop.BookmarkBeginning {
		t.Errorf("backwards: %v, origin %d", r.Rows, r.Origin)
	}
	sought := do1(c, h, &rop.SeekRowRequest{Origin: rop.BookmarkEnd, RowCount: -2, WantRowMovedCount: true})
	if sought.HasSoughtLess || sought.RowsSought != -2 {
		t.Errorf("sought %+v", sought)
	}
	if got := subjects(c, h, 9); !slices.Equal(got, []string{"d", "e"}) {
		t.Errorf("the last two are %v", got)
	}
	sought = do1(c, h, &rop.SeekRowRequest{Origin: rop.BookmarkBeginning, RowCount: 9, WantRowMovedCount: true})
	if !sought.HasSoughtLess || sought.RowsSought != 5 {
		t.Errorf("sought beyond the end: %+v", sought)
	}
	fresh, _ := create(c, c.openFolder(c.folders[rop.FolderInbox]), &rop.GetContentsTableRequest{})
	_, err := one(c, fresh, &rop.QueryRowsRequest{ForwardRead: true, RowCount: 1})
	wantCode(t, "rows without columns", err, mapi.ErrNullObject)
}

// TestCursorFollows changes the folder under an open table.
func TestCursorFollows(t *testing.T) {
	s := server(t)
	ids := fill(t, s, nil, "a", "b", "c", "d", "e")
	c := open(t, s, "anna")
	h := contents(c, rop.FolderInbox, 0)
	subjects(c, h, 2)
	folder := c.openFolder(c.folders[rop.FolderInbox])
	do1(c, folder, &rop.DeleteMessagesRequest{MessageIDs: []mapi.MessageID{ids[0], ids[2]}})
	if got := subjects(c, h, 1); !slices.Equal(got, []string{"d"}) {
		t.Errorf("after the next row was deleted comes %v", got)
	}
	subjects(c, h, 9)
	fill(t, s, nil, "f")
	if got := subjects(c, h, 9); !slices.Equal(got, []string{"f"}) {
		t.Errorf("behind the end comes %v", got)
	}
	deleted := contents(c, rop.FolderInbox, rop.TableSoftDeletes)
	if got := all(c, deleted); got != "a c" {
		t.Errorf("softly deleted are %q", got)
	}
	do1(c, folder, &rop.HardDeleteMessagesRequest{MessageIDs: []mapi.MessageID{ids[1]}})
	if got := all(c, deleted); got != "a c" {
		t.Errorf("after a hard deletion softly deleted are %q", got)
	}
}

func TestSort(t *testing.T) {
	s := server(t)
	fill(t, s, func(i int) mapi.Props {
		ps := mapi.Props{mapi.PidTagImportance.Of(int32(i % 2))}
		if i == 3 {
			ps = nil
		}
		return ps
	}, "b", "C", "a", "D")
	c := open(t, s, "anna")
	h := contents(c, rop.FolderInbox, 0)
	tests := []struct {
		orders []mapi.SortOrder
		want   string
	}{
		{[]mapi.SortOrder{{Tag: mapi.PidTagSubject.Tag()}}, "a b C D"},
		{[]mapi.SortOrder{{Tag: mapi.PidTagSubject.Tag(), Order: mapi.SortDescending}}, "D C b a"},
		{[]mapi.SortOrder{{Tag: mapi.PidTagImportance.Tag()}, {Tag: mapi.PidTagSubject.Tag()}}, "D a b C"},
		{nil, "b C a D"},
	}
	for _, test := range tests {
		do1(c, h, &rop.SortTableRequest{SortOrders: test.orders})
		if got := all(c, h); got != test.want {
			t.Errorf("%v: %q, want %q", test.orders, got, test.want)
		}
	}
	_, err := one(c, h, &rop.SortTableRequest{CategoryCount: 1, SortOrders: tests[0].orders})
	wantCode(t, "categories", err, mapi.ErrTooComplex)
}

func TestRestrictions(t *testing.T) {
	s := server(t)
	base := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	box := s.Mailbox("anna")
	for i, subject := range []string{"Apple pie", "apple", "Pear", "plum"} {
		m := &mapi.Message{Props: mapi.Props{
			mapi.PidTagSubject.Of(subject), mapi.PidTagImportance.Of(int32(i)), mapi.PidTagClientSubmitTime.Of(base.AddDate(0, 0, i)),
			mapi.PidTagMessageFlags.Of(int32(i & 1)),
			mapi.InternetHeader("x-id").Of(fmt.Sprint("id", i)),
		}, Recipients: smtpRecipients(mapi.RecipientTo, fmt.Sprintf("r%d@x.test", i))}
		if i == 2 {
			m.Props.Set(mapi.PidTagConversationIndex.Of([]byte{1, 2, 3}))
		}
		if _, err := box.Deposit(mapitest.Inbox, m); err != nil {
			t.Fatal(err)
		}
	}
	c := open(t, s, "anna")
	named := mapi.MakeTag(do1(c, c.logon, &rop.GetPropertyIDsFromNamesRequest{Names: []mapi.PropertyName{mapi.InternetHeader("X-ID").PropertyName}}).IDs[0], mapi.PtypString)
	subject := func(s string) mapi.Prop { return mapi.PidTagSubject.Of(s) }
	tests := []struct {
		name string
		r    mapi.Restriction
		want string
	}{
		{"none", nil, "Apple pie apple Pear plum"},
		{"equal ignores case", mapi.Equal(subject("APPLE")), "apple"},
		{"in 8 bits", mapi.Equal(mapi.Prop{Tag: mapi.PidTagSubject.Tag().WithType(mapi.PtypString8), Value: mapi.String8("apple")}), "apple"},
		{"whole string", mapi.Contains(mapi.FuzzyFullString, subject("apple")), "apple"},
		{"substring", mapi.Contains(mapi.FuzzySubstring, subject("pl")), "Apple pie apple plum"},
		{"prefix with case", mapi.Contains(mapi.FuzzyPrefix, subject("ap")), "apple"},
		{"prefix without case", mapi.Contains(mapi.FuzzyPrefix|mapi.FuzzyIgnoreCase, subject("AP")), "Apple pie apple"},
		{"greater", mapi.Compare(mapi.RelOpGreaterThan, mapi.PidTagImportance.Of(1)), "Pear plum"},
		{"time", mapi.Compare(mapi.RelOpLessThanOrEqual, mapi.PidTagClientSubmitTime.Of(base.AddDate(0, 0, 1))), "Apple pie apple"},
		{"not equal", mapi.Compare(mapi.RelOpNotEqual, subject("plum")), "Apple pie apple Pear"},
		{"bits set", mapi.BitMaskRestriction{Op: mapi.BitMaskNotZero, Tag: mapi.PidTagMessageFlags.Tag(), Mask: 1}, "apple plum"},
		{"bits clear", mapi.BitMaskRestriction{Op: mapi.BitMaskEqualZero, Tag: mapi.PidTagMessageFlags.Tag(), Mask: 1}, "Apple pie Pear"},
		{"exists", mapi.ExistRestriction{Tag: mapi.PidTagConversationIndex.Tag()}, "Pear"},
		{"size", mapi.SizeRestriction{RelOp: mapi.RelOpGreaterThanOrEqual, Tag: mapi.PidTagConversationIndex.Tag(), Size: 3}, "Pear"},
		{"not", mapi.NotRestriction{Restriction: mapi.ExistRestriction{Tag: mapi.PidTagConversationIndex.Tag()}}, "Apple pie apple plum"},
		{"and", mapi.AndRestriction{mapi.Contains(mapi.FuzzySubstring, subject("pl")), mapi.Compare(mapi.RelOpGreaterThan, mapi.PidTagImportance.Of(0))}, "apple plum"},
		{"or", mapi.OrRestriction{mapi.Equal(subject("pear")), mapi.Equal(subject("plum"))}, "Pear plum"},
		{"empty or", mapi.OrRestriction{}, ""},
		{"named", mapi.Equal(mapi.Prop{Tag: named, Value: "id2"}), "Pear"},
		{"recipient", mapi.SubObjectRestriction{SubObject: mapi.PidTagMessageRecipients.Tag(), Restriction: mapi.Equal(mapi.PidTagEmailAddress.Of("r3@x.test"))}, "plum"},
		{"compare properties", mapi.ComparePropsRestriction{RelOp: mapi.RelOpEqual, Tag1: mapi.PidTagSubject.Tag(), Tag2: mapi.PidTagNormalizedSubject.Tag()}, "Apple pie apple Pear plum"},
		{"comment", mapi.CommentRestriction{Restriction: mapi.Equal(subject("plum"))}, "plum"},
	}
	h := contents(c, rop.FolderInbox, 0)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			do1(c, h, &rop.RestrictRequest{Restriction: test.r})
			if got := all(c, h); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestFindRow(t *testing.T) {
	s := server(t)
	fill(t, s, nil, "a1", "b1", "a2", "b2")
	c := open(t, s, "anna")
	h := contents(c, rop.FolderInbox, 0)
	find := func(q rop.FindRowRequest, prefix string) (string, error) {
		q.Restriction, q.Columns = mapi.Contains(mapi.FuzzyPrefix, mapi.PidTagSubject.Of(prefix)), subjectColumn
		r, err := one(c, h, &q)
		if err != nil {
			return "", err
		}
		return mapi.PidTagSubject.Get(r.Row), nil
	}
	for _, test := range []struct {
		q      rop.FindRowRequest
		prefix string
		want   string
	}{
		{rop.FindRowRequest{Origin: rop.BookmarkBeginning}, "b", "b1"},
		{rop.FindRowRequest{Origin: rop.BookmarkCurrent}, "b", "b1"},
		{rop.FindRowRequest{Origin: rop.BookmarkCurrent}, "a", "a2"},
		{rop.FindRowRequest{Flags: 1, Origin: rop.BookmarkEnd}, "b", "b2"},
		{rop.FindRowRequest{Flags: 1, Origin: rop.BookmarkCurrent}, "a", "a2"},
	} {
		if got, err := find(test.q, test.prefix); err != nil || got != test.want {
			t.Errorf("%+v: %q (%v), want %q", test.q, got, err, test.want)
		}
	}
	_, err := find(rop.FindRowRequest{}, "c")
	wantCode(t, "what is not there", err, mapi.ErrNotFound)
	if p := do1(c, h, &rop.QueryPositionRequest{}); p.Numerator != 2 {
		t.Errorf("a search in vain moved the cursor to %d", p.Numerator)
	}
}

// TestTruncation checks that a table cuts long values. [MS-OXCDATA] 2.8.2
func TestTruncation(t *testing.T) {
	s := server(t)
	fill(t, s, func(int) mapi.Props { return mapi.Props{mapi.PidTagHtml.Of(make([]byte, 5000))} }, strings.Repeat("ü", 300))
	c := open(t, s, "anna")
	h, _ := create(c, c.openFolder(c.folders[rop.FolderInbox]), &rop.GetContentsTableRequest{})
	columns := []mapi.PropTag{mapi.PidTagSubject.Tag(), mapi.PidTagHtml.Tag(), mapi.PidTagBody.Tag()}
	do1(c, h, &rop.SetColumnsRequest{Tags: columns})
	row := do1(c, h, &rop.QueryRowsRequest{ForwardRead: true, RowCount: 1, Columns: columns}).Rows[0]
	if n := len([]rune(mapi.PidTagSubject.Get(row))); n != 255 {
		t.Errorf("a string of %d characters", n)
	}
	if n := len(mapi.PidTagHtml.Get(row)); n != 255 {
		t.Errorf("a binary of %d bytes", n)
	}
	if code, ok := row.Error(mapi.PidTagBody.Tag()); !ok || code != mapi.ErrNotFound {
		t.Errorf("a column without a value: %v", row)
	}
}

// TestFolders makes, finds, moves and deletes folders.
func TestFolders(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	subtree := c.openFolder(c.folders[rop.FolderIPMSubtree])
	make1 := func(parent uint32, name string, existing bool) (uint32, *rop.CreateFolderResponse, error) {
		b := rop.NewBatch(0)
		call := rop.Add(b, b.Use(parent), &rop.CreateFolderRequest{FolderType: rop.FolderGeneric, UseUnicodeStrings: true, OpenExisting: existing, DisplayName: name, Comment: "c"})
		c.run(b)
		r, err := call.Result()
		return call.Handle(), r, err
	}
	sub, first, err := make1(subtree, "Internet Outbox", false)
	wantCode(t, "making a folder", err, 0)
	_, _, err = make1(subtree, "internet outbox", false)
	wantCode(t, "making it again", err, mapi.ErrDuplicateName)
	_, again, err := make1(subtree, "INTERNET OUTBOX", true)
	wantCode(t, "opening it", err, 0)
	if again.FolderID != first.FolderID || again.Existing != nil {
		t.Errorf("opened %+v, made %+v", again, first)
	}
	root := c.openFolder(c.folders[rop.FolderRoot])
	if _, _, err := make1(root, "Hidden", false); err != nil {
		t.Errorf("a folder outside the subtree: %v", err)
	}
	_, inner, _ := make1(sub, "Inner", false)

	table, _ := create(c, subtree, &rop.GetHierarchyTableRequest{TableFlags: rop.TableDepth})
	columns := []mapi.PropTag{mapi.PidTagDisplayName.Tag(), mapi.PidTagFolderId.Tag(), mapi.PidTagDepth.Tag()}
	do1(c, table, &rop.SetColumnsRequest{Tags: columns})
	found := do1(c, table, &rop.FindRowRequest{Restriction: mapi.Equal(mapi.PidTagDisplayName.Of("Inner")), Columns: columns})
	if id := mapi.PidTagFolderId.Get(found.Row); mapi.FolderID(id) != inner.FolderID || mapi.PidTagDepth.Get(found.Row) != 2 {
		t.Errorf("found %v", found.Row)
	}

	if r := do1(c, subtree, &rop.DeleteFolderRequest{FolderID: first.FolderID}); !r.PartialCompletion {
		t.Error("a folder with a subfolder was deleted")
	}
	_, err = one(c, subtree, &rop.DeleteFolderRequest{FolderID: c.folders[rop.FolderInbox], Flags: rop.DeleteMessagesInFolder})
	wantCode(t, "deleting the Inbox", err, mapi.ErrAccessDenied)
	do1(c, subtree, &rop.DeleteFolderRequest{FolderID: first.FolderID, Flags: rop.DeleteSubfolders | rop.DeleteMessagesInFolder})
	_, err = one(c, sub, &rop.GetContentsTableRequest{})
	wantCode(t, "a deleted folder's handle", err, mapi.ErrObjectDeleted)
	_, err = one(c, c.logon, &rop.OpenFolderRequest{FolderID: inner.FolderID})
	wantCode(t, "a folder in a deleted one", err, mapi.ErrNotFound)
}

// TestSpecialFolders finds the folders that the logon does not tell.
func TestSpecialFolders(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	inbox := c.openFolder(c.folders[rop.FolderInbox])
	row := c.get(inbox, mapi.PidTagIpmDraftsEntryId.Tag(), mapi.PidTagIpmAppointmentEntryId.Tag())
	id, err := mapi.ParseEntryID(mapi.PidTagIpmDraftsEntryId.Get(row))
	folder, ok := id.(*mapi.FolderEntryID)
	if err != nil || !ok {
		t.Fatalf("%T: %v", id, err)
	}
	drafts := mapi.FolderID(do1(c, c.logon, &rop.IDFromLongTermIDRequest{LongTermID: folder.Folder}).ObjectID)
	if name := mapi.PidTagDisplayName.Get(c.get(c.openFolder(drafts), mapi.PidTagDisplayName.Tag())); name != "Drafts" {
		t.Errorf("Drafts is called %q", name)
	}
	long := do1(c, c.logon, &rop.LongTermIDFromIDRequest{ObjectID: uint64(drafts)}).LongTermID
	if long != folder.Folder {
		t.Errorf("the long id is %v, want %v", long, folder.Folder)
	}
	// Ids of one mailbox mean nothing in another.
	other := open(t, s, "otto")
	_, err = one(other, other.logon, &rop.IDFromLongTermIDRequest{LongTermID: long})
	wantCode(t, "a long id of another mailbox", err, mapi.ErrNotFound)
	if other.folders != c.folders {
		t.Error("two mailboxes don't show equal numbers for their folders")
	}
	r := do1(c, c.logon, &rop.GetReceiveFolderRequest{MessageClass: "IPM.Note"})
	if r.FolderID != c.folders[rop.FolderInbox] {
		t.Errorf("mail is received in %v", r.FolderID)
	}
}
