package mapitest_test

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// TestSaveRules checks who wins when two have a message open. [MS-OXCMSG] 3.2.5.3
func TestSaveRules(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	id := c.save(c.newMessage(rop.FolderOutbox, mapi.PidTagSubject.Of("first")))
	tests := []struct {
		flags rop.SaveFlags
		want  mapi.ErrorCode
	}{
		{0, mapi.ErrObjectModified}, {rop.KeepOpenReadOnly, mapi.ErrObjectModified}, {rop.KeepOpenReadWrite, mapi.ErrObjectModified},
		{0x0A, mapi.ErrObjectModified}, {rop.ForceSave, 0}, {0x0C, 0}, {0x10, mapi.ErrInvalidParameter},
	}
	for _, test := range tests {
		one1, two := c.openMessage(rop.FolderOutbox, id), c.openMessage(rop.FolderOutbox, id)
		c.set(one1, mapi.PidTagSubject.Of("one"))
		c.set(two, mapi.PidTagSubject.Of("two"))
		c.save(one1)
		_, err := one(c, two, &rop.SaveChangesMessageRequest{SaveFlags: test.flags})
		wantCode(t, "stale save", err, test.want)
		want := "one"
		if test.want == 0 {
			want = "two"
		}
		stored, _ := s.Mailbox("anna").Message(id)
		if got := mapi.PidTagSubject.Get(stored.Props); got != want {
			t.Errorf("flags 0x%X: the subject is %q, want %q", test.flags, got, want)
		}
	}
}

// TestStaleSave saves a message that was moved away, on each sort of server.
func TestStaleSave(t *testing.T) {
	tests := []struct {
		mode   mapitest.Quirk
		force  bool
		want   mapi.ErrorCode
		copies int
	}{
		{"", false, mapi.ErrObjectDeleted, 1},
		{"", true, mapi.ErrObjectDeleted, 1},
		{mapitest.QuirkStaleSaveLies, false, 0, 1},
		{mapitest.QuirkStaleSaveLies, true, 0, 1},
		{mapitest.QuirkStaleSaveRevives, false, mapi.ErrObjectModified, 1},
		{mapitest.QuirkStaleSaveRevives, true, 0, 2},
	}
	for _, test := range tests {
		s := server(t, mapitest.Options{Profile: mapitest.ExchangeSE().With(test.mode)})
		c := open(t, s, "anna")
		id := c.save(c.newMessage(rop.FolderOutbox))
		h := c.openMessage(rop.FolderOutbox, id)
		c.set(h, mapi.PidTagSubject.Of("late"))
		move(c, rop.FolderOutbox, rop.FolderSentItems, false, id)
		flags := rop.KeepOpenReadWrite
		if test.force {
			flags = rop.ForceSave
		}
		_, err := one(c, h, &rop.SaveChangesMessageRequest{SaveFlags: flags})
		wantCode(t, "saving a moved message", err, test.want)
		m := s.Mailbox("anna")
		if n := len(m.Messages(mapitest.Outbox)) + len(m.Messages(mapitest.SentItems)); n != test.copies {
			t.Errorf("mode %q, forced %v: %d copies, want %d", test.mode, test.force, n, test.copies)
		}
	}
}

// move moves or copies messages between folders of the logon.
func move(c *client, from, to int, copying bool, ids ...mapi.MessageID) *rop.MoveCopyMessagesResponse {
	c.t.Helper()
	b := rop.NewBatch(0)
	source := rop.Add(b, b.Use(c.logon), &rop.OpenFolderRequest{FolderID: c.folders[from]})
	dest := rop.Add(b, b.Use(c.logon), &rop.OpenFolderRequest{FolderID: c.folders[to]})
	call := rop.AddTo(b, source.Out, dest.Out, &rop.MoveCopyMessagesRequest{MessageIDs: ids, WantCopy: copying})
	c.run(b)
	return result(c.t, call)
}

// TestMove checks that a move has one winner, stops at what is gone, and keeps
// what identifies the message to people.
func TestMove(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	var ids []mapi.MessageID
	for range 3 {
		ids = append(ids, c.save(c.newMessage(rop.FolderOutbox, mapi.PidTagInternetMessageId.Of("<1@x>"))))
	}
	before, _ := s.Mailbox("anna").Message(ids[0])
	if r := move(c, rop.FolderOutbox, rop.FolderSentItems, false, ids[0]); r.PartialCompletion {
		t.Error("the first move was partial")
	}
	after := s.Mailbox("anna").Messages(mapitest.SentItems)[0]
	same := func(tag mapi.Tag[[]byte]) bool { return bytes.Equal(tag.Get(before.Props), tag.Get(after.Props)) }
	if !same(mapi.PidTagSearchKey) || same(mapi.PidTagSourceKey) || same(mapi.PidTagChangeKey) || same(mapi.PidTagEntryId) || before.ID == after.ID {
		t.Errorf("search key kept %v, source key kept %v, change key kept %v, id kept %v",
			same(mapi.PidTagSearchKey), same(mapi.PidTagSourceKey), same(mapi.PidTagChangeKey), before.ID == after.ID)
	}
	if r := move(c, rop.FolderOutbox, rop.FolderSentItems, false, ids[0]); !r.PartialCompletion {
		t.Error("the second move of one message was not partial")
	}
	if r := move(c, rop.FolderOutbox, rop.FolderSentItems, false, ids[1], ids[0], ids[2]); !r.PartialCompletion {
		t.Error("a move with a missing message was not partial")
	}
	if n := len(s.Mailbox("anna").Messages(mapitest.Outbox)); n != 1 {
		t.Errorf("%d messages stayed, want the one behind the missing one", n)
	}
	if r := move(c, rop.FolderOutbox, rop.FolderSentItems, true, ids[2]); r.PartialCompletion {
		t.Error("a copy was partial")
	}
	sent := s.Mailbox("anna").Messages(mapitest.SentItems)
	if len(sent) != 3 || len(s.Mailbox("anna").Messages(mapitest.Outbox)) != 1 {
		t.Errorf("%d messages in Sent Items", len(sent))
	}
}

// TestMessageFlags checks when they can be set. [MS-OXCMSG] 2.2.1.6
func TestMessageFlags(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	flags := mapi.PidTagMessageFlags
	for _, test := range []struct {
		set  mapi.Props
		want int32
	}{
		{nil, 0x409}, {mapi.Props{flags.Of(1)}, 0x1}, {mapi.Props{flags.Of(0)}, 0}, {mapi.Props{flags.Of(0x54)}, 0},
	} {
		h := c.newMessage(rop.FolderOutbox, test.set...)
		c.save(h)
		if got := flags.Get(c.get(h, flags.Tag())); got != test.want {
			t.Errorf("set %v: flags 0x%X, want 0x%X", test.set, got, test.want)
		}
		r := do1(c, h, &rop.SetPropertiesRequest{Props: mapi.Props{flags.Of(3)}})
		if len(r.Problems) != 1 || r.Problems[0].Code != mapi.ErrAccessDenied || r.Problems[0].Tag != flags.Tag() {
			t.Errorf("set after the first save: %+v", r.Problems)
		}
	}
	id := c.save(c.newMessage(rop.FolderInbox, flags.Of(0)))
	folder := c.openFolder(c.folders[rop.FolderInbox])
	stale := c.openMessage(rop.FolderInbox, id)
	do1(c, folder, &rop.SetReadFlagsRequest{ReadFlags: rop.ReadSuppressReceipt, MessageIDs: []mapi.MessageID{id}})
	if m, _ := s.Mailbox("anna").Message(id); m.Flags != 0x401 {
		t.Errorf("read: flags 0x%X", m.Flags)
	}
	do1(c, folder, &rop.SetReadFlagsRequest{ReadFlags: rop.ReadClearFlag, MessageIDs: []mapi.MessageID{id}})
	if m, _ := s.Mailbox("anna").Message(id); m.Flags != 0x400 {
		t.Errorf("unread again: flags 0x%X, everRead is never cleared", m.Flags)
	}
	c.set(stale, mapi.PidTagSubject.Of("x"))
	c.save(stale) // reading is no change that a save trips over
}

// TestComputed checks properties that follow from others.
func TestComputed(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	h := c.newMessage(rop.FolderOutbox, mapi.PidTagSubject.Of("AW: Größe"))
	c.recipients(h, slices.Concat(
		smtpRecipients(mapi.RecipientTo, "a@x.test", "b@x.test"), smtpRecipients(mapi.RecipientCc, "c@x.test"), smtpRecipients(mapi.RecipientBcc, "d@x.test"))...)
	attachBytes(c, h, "a.txt", []byte("hello"))
	id := c.save(h)
	row := c.get(h, mapi.PidTagSubjectPrefix.Tag(), mapi.PidTagNormalizedSubject.Tag(), mapi.PidTagDisplayTo.Tag(), mapi.PidTagDisplayCc.Tag(),
		mapi.PidTagDisplayBcc.Tag(), mapi.PidTagHasAttachments.Tag(), mapi.PidTagMid.Tag(), mapi.PidTagFolderId.Tag(), mapi.PidTagMessageFlags.Tag())
	for _, check := range []struct{ got, want any }{
		{mapi.PidTagSubjectPrefix.Get(row), "AW: "}, {mapi.PidTagNormalizedSubject.Get(row), "Größe"},
		{mapi.PidTagDisplayTo.Get(row), "a; b"}, {mapi.PidTagDisplayCc.Get(row), "c"}, {mapi.PidTagDisplayBcc.Get(row), "d"},
		{mapi.PidTagHasAttachments.Get(row), true}, {mapi.PidTagMid.Get(row), int64(id)},
		{mapi.PidTagFolderId.Get(row), int64(c.folders[rop.FolderOutbox])}, {mapi.PidTagMessageFlags.Get(row) & 0x10, int32(0x10)},
	} {
		if check.got != check.want {
			t.Errorf("got %v, want %v", check.got, check.want)
		}
	}
	for _, p := range []mapi.Prop{mapi.PidTagDisplayTo.Of("me"), mapi.PidTagHasAttachments.Of(false), mapi.PidTagMid.Of(5), mapi.PidTagMessageSize.Of(1)} {
		r := do1(c, h, &rop.SetPropertiesRequest{Props: mapi.Props{p}})
		if len(r.Problems) != 1 || r.Problems[0].Code != mapi.ErrAccessDenied {
			t.Errorf("setting %v: %+v", p.Tag, r.Problems)
		}
	}
}

// attachBytes adds an attachment by value through a stream.
func attachBytes(c *client, msg uint32, name string, data []byte) {
	c.t.Helper()
	a, _ := create(c, msg, &rop.CreateAttachmentRequest{})
	c.set(a, mapi.PidTagAttachMethod.Of(1), mapi.PidTagAttachLongFilename.Of(name))
	stream, _ := create(c, a, &rop.OpenStreamRequest{Tag: mapi.PidTagAttachDataBinary.Tag(), OpenModeFlags: rop.StreamCreate})
	for at := 0; at < len(data); at += 30000 {
		do1(c, stream, &rop.WriteStreamRequest{Data: data[at:min(at+30000, len(data))]})
	}
	do1(c, stream, &rop.CommitStreamRequest{})
	do1(c, a, &rop.SaveChangesAttachmentRequest{SaveFlags: rop.KeepOpenReadWrite})
}

// TestAttachments checks that an attachment takes three savings to exist:
// stream, attachment, message.
func TestAttachments(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	h := c.newMessage(rop.FolderOutbox)
	id := c.save(h)
	a, made := create(c, h, &rop.CreateAttachmentRequest{})
	stream, _ := create(c, a, &rop.OpenStreamRequest{Tag: mapi.PidTagAttachDataBinary.Tag(), OpenModeFlags: rop.StreamCreate})
	do1(c, stream, &rop.WriteStreamRequest{Data: []byte("hello")})

	_, err := one(c, h, &rop.OpenAttachmentRequest{AttachmentID: made.AttachmentID})
	wantCode(t, "an attachment that is not saved", err, mapi.ErrNotFound)
	do1(c, a, &rop.SaveChangesAttachmentRequest{SaveFlags: rop.KeepOpenReadWrite})
	c.save(h)
	stored := func() []byte {
		m, _ := s.Mailbox("anna").Message(id)
		if len(m.Attachments) != 1 || m.Attachments[0].Data == nil {
			return nil
		}
		return read(t, m.Attachments[0].Data)
	}
	if got := stored(); got != nil {
		t.Errorf("without a commit the content is %q", got)
	}
	do1(c, stream, &rop.CommitStreamRequest{})
	do1(c, a, &rop.SaveChangesAttachmentRequest{SaveFlags: rop.KeepOpenReadWrite})
	if got := stored(); got != nil {
		t.Errorf("without saving the message the content is %q", got)
	}
	c.save(h)
	if got := stored(); string(got) != "hello" {
		t.Errorf("the content is %q", got)
	}

	attachBytes(c, h, "b", []byte("two"))
	c.save(h)
	table, _ := create(c, h, &rop.GetAttachmentTableRequest{})
	columns := []mapi.PropTag{mapi.PidTagAttachNumber.Tag(), mapi.PidTagAttachSize.Tag(), mapi.PidTagAttachLongFilename.Tag()}
	do1(c, table, &rop.SetColumnsRequest{Tags: columns})
	rows := do1(c, table, &rop.QueryRowsRequest{ForwardRead: true, RowCount: 10, Columns: columns}).Rows
	if len(rows) != 2 || mapi.PidTagAttachNumber.Get(rows[1]) != 1 || mapi.PidTagAttachLongFilename.Get(rows[1]) != "b" {
		t.Errorf("rows are %v", rows)
	}
	do1(c, h, &rop.DeleteAttachmentRequest{AttachmentID: 0})
	c.save(h)
	if m, _ := s.Mailbox("anna").Message(id); len(m.Attachments) != 1 {
		t.Errorf("%d attachments after a deletion", len(m.Attachments))
	}
}

func read(t testing.TB, s mapi.Stream) []byte {
	t.Helper()
	r, err := s.Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestEmbedded puts a message with an attachment into a message.
func TestEmbedded(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	h := c.newMessage(rop.FolderOutbox)
	a, _ := create(c, h, &rop.CreateAttachmentRequest{})
	_, err := one(c, a, &rop.OpenEmbeddedMessageRequest{CodePageID: rop.CodePageLogon, OpenModeFlags: rop.MessageReadWrite})
	wantCode(t, "opening what is not there", err, mapi.ErrNotFound)
	inner, r := create(c, a, &rop.OpenEmbeddedMessageRequest{CodePageID: rop.CodePageLogon, OpenModeFlags: rop.MessageCreate})
	if r.MessageID != 0 {
		t.Errorf("the embedded message has id %v", r.MessageID)
	}
	c.set(inner, mapi.PidTagSubject.Of("inner"))
	c.addRecipients(inner, mapi.RecipientTo, "x@x.test")
	attachBytes(c, inner, "deep", []byte("deep"))
	_, err = one(c, inner, &rop.SubmitMessageRequest{})
	wantCode(t, "submitting an embedded message", err, mapi.ErrNotSupported)
	c.save(inner)
	do1(c, a, &rop.SaveChangesAttachmentRequest{})
	m, _ := s.Mailbox("anna").Message(c.save(h))
	in := m.Attachments[0].Message
	if in == nil || mapi.PidTagSubject.Get(in.Props) != "inner" || len(in.Recipients) != 1 || string(read(t, in.Attachments[0].Data)) != "deep" {
		t.Errorf("the embedded message is %+v", in)
	}
	if got := mapi.PidTagAttachMethod.Get(m.Attachments[0].Props); got != 5 {
		t.Errorf("attach method is %d", got)
	}
}

// TestStreams writes, seeks, cuts and copies.
func TestStreams(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	h := c.newMessage(rop.FolderOutbox)
	_, err := one(c, h, &rop.OpenStreamRequest{Tag: mapi.PidTagHtml.Tag(), OpenModeFlags: rop.StreamReadWrite})
	wantCode(t, "a property that is not there", err, mapi.ErrNotFound)
	_, err = one(c, h, &rop.OpenStreamRequest{Tag: mapi.PidTagImportance.Tag()})
	wantCode(t, "a number", err, mapi.ErrNotSupported)
	c.set(h, mapi.PidTagBody.Of("Grüße"))
	ro, size := create(c, h, &rop.OpenStreamRequest{Tag: mapi.PidTagBody.Tag()})
	if size.StreamSize != 10 {
		t.Errorf("a string of 5 characters is a stream of %d bytes", size.StreamSize)
	}
	_, err = one(c, ro, &rop.WriteStreamRequest{Data: []byte("x")})
	wantCode(t, "writing to a stream for reading", err, mapi.ErrStreamAccessDenied)

	rw, _ := create(c, h, &rop.OpenStreamRequest{Tag: mapi.PidTagHtml.Tag(), OpenModeFlags: rop.StreamCreate})
	do1(c, rw, &rop.WriteStreamRequest{Data: []byte("0123456789")})
	if p := do1(c, rw, &rop.SeekStreamRequest{Origin: rop.StreamEnd, Offset: -4}).NewPosition; p != 6 {
		t.Errorf("position %d", p)
	}
	do1(c, rw, &rop.WriteStreamRequest{Data: []byte("abcdef")})
	_, err = one(c, rw, &rop.SeekStreamRequest{Origin: rop.StreamCurrent, Offset: -100})
	wantCode(t, "seeking before the beginning", err, mapi.ErrStreamSeek)
	_, err = one(c, rw, &rop.SetStreamSizeRequest{StreamSize: 1 << 31})
	wantCode(t, "2 GiB", err, mapi.ErrStreamSize)
	do1(c, rw, &rop.SetStreamSizeRequest{StreamSize: 8})
	if n := do1(c, rw, &rop.GetStreamSizeRequest{}).StreamSize; n != 8 {
		t.Errorf("size %d", n)
	}
	if got := c.get(h, mapi.PidTagHtml.Tag()); got.Has(mapi.PidTagHtml.Tag()) {
		t.Errorf("before the commit the value is %v", got)
	}
	do1(c, rw, &rop.CommitStreamRequest{})
	if got := string(mapi.PidTagHtml.Get(c.get(h, mapi.PidTagHtml.Tag()))); got != "012345ab" {
		t.Errorf("the value is %q", got)
	}

	other, _ := create(c, h, &rop.OpenStreamRequest{Tag: mapi.PidTagBody.Tag(), OpenModeFlags: rop.StreamCreate})
	b := rop.NewBatch(0)
	call := rop.AddTo(b, b.Use(ro), b.Use(other), &rop.CopyToStreamRequest{ByteCount: 6})
	b.Release(b.Use(other)) // which commits
	c.run(b)
	if r := result(t, call); r.ReadByteCount != 6 || r.WrittenByteCount != 6 {
		t.Errorf("copied %+v", r)
	}
	if got := mapi.PidTagBody.Get(c.get(h, mapi.PidTagBody.Tag())); got != "Grü" {
		t.Errorf("the copy is %q", got)
	}
}

// TestLargeValues reads values that a row has no room for.
func TestLargeValues(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	h := c.newMessage(rop.FolderOutbox, mapi.PidTagBody.Of(strings.Repeat("x", 9000)), mapi.PidTagSubject.Of("short"))
	r := do1(c, h, &rop.GetPropertiesSpecificRequest{WantUnicode: true, Tags: []mapi.PropTag{mapi.PidTagBody.Tag(), mapi.PidTagSubject.Tag()}})
	if code, ok := r.Row.Error(mapi.PidTagBody.Tag()); !ok || code != mapi.ErrOutOfMemory || mapi.PidTagSubject.Get(r.Row) != "short" {
		t.Errorf("row is %v", r.Row)
	}
	r = do1(c, h, &rop.GetPropertiesSpecificRequest{PropertySizeLimit: 8, WantUnicode: true, Tags: []mapi.PropTag{mapi.PidTagSubject.Tag(), mapi.PidTagImportance.Tag()}})
	if code, _ := r.Row.Error(mapi.PidTagSubject.Tag()); code != mapi.ErrOutOfMemory || mapi.PidTagImportance.Get(r.Row) != 1 {
		t.Errorf("with a limit the row is %v", r.Row)
	}
	all := do1(c, h, &rop.GetPropertiesAllRequest{WantUnicode: true}).Props
	if code, _ := all.Error(mapi.PidTagBody.Tag()); code != mapi.ErrOutOfMemory || mapi.PidTagSubject.Get(all) != "short" {
		t.Errorf("all are %v", all)
	}
	if all.Has(mapi.PidTagMessageFlags.Tag()) {
		t.Error("GetPropertiesAll gives computed properties")
	}
}

// TestNames registers named properties. [MS-OXCPRPT] 3.2.5.9, 3.2.5.10
func TestNames(t *testing.T) {
	s := server(t, mapitest.Options{Limits: mapitest.Limits{NamedProps: 2}})
	c := open(t, s, "anna")
	header := mapi.InternetHeader("X-Mapigate-Id").PropertyName
	upper := header
	upper.Name = "X-MAPIGATE-ID"
	lid := mapi.PropertyName{Set: mapi.PSETIDCommon, LID: 0x8554}
	ids := func(flags uint8, names ...mapi.PropertyName) []mapi.PropID {
		return do1(c, c.logon, &rop.GetPropertyIDsFromNamesRequest{Flags: flags, Names: names}).IDs
	}
	if got := ids(0, header); got[0] != 0 {
		t.Errorf("a name that nobody has registered has id 0x%X", got)
	}
	got := ids(rop.NamesCreate, header, upper, lid, mapi.PropertyName{Set: mapi.PSMAPI, LID: 0x37})
	if got[0] < 0x8000 || got[0] != got[1] || got[2] == got[0] || got[3] != 0x37 {
		t.Errorf("ids are 0x%X", got)
	}
	b := rop.NewBatch(0)
	over := rop.Add(b, b.Use(c.logon), &rop.GetPropertyIDsFromNamesRequest{Flags: rop.NamesCreate, Names: []mapi.PropertyName{lid, {Set: mapi.PSPublicStrings, Name: "one too many"}}})
	c.run(b)
	if r := result(t, over); over.Code() != mapi.WarnWithErrors || r.IDs[0] != got[2] || r.IDs[1] != 0 {
		t.Errorf("over the quota: %v, ids 0x%X", over.Code(), r.IDs)
	}
	names := do1(c, c.logon, &rop.GetNamesFromPropertyIDsRequest{IDs: []mapi.PropID{got[0], 0x37, 0xFFF0}}).Names
	if !names[0].Same(header) || names[1].Set != mapi.PSMAPI || names[2] != (mapi.PropertyName{}) {
		t.Errorf("names are %v", names)
	}
	h := c.newMessage(rop.FolderOutbox)
	r := do1(c, h, &rop.SetPropertiesRequest{Props: mapi.Props{{Tag: mapi.MakeTag(0xFFF0, mapi.PtypString), Value: "x"}}})
	if len(r.Problems) != 1 {
		t.Error("a property without a name was set")
	}
	c.set(h, mapi.Prop{Tag: mapi.MakeTag(got[0], mapi.PtypString), Value: "id-1"})
	m, _ := s.Mailbox("anna").Message(c.save(h))
	if v := mapi.InternetHeader("x-mapigate-id").Get(m.Props); v != "id-1" {
		t.Errorf("the stored value is %q", v)
	}
}

// TestCopyTo copies all but what is excluded. [MS-OXCPRPT] 3.2.5.8
func TestCopyTo(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	from := c.newMessage(rop.FolderOutbox, mapi.PidTagSubject.Of("subject"), mapi.PidTagBody.Of("body"), mapi.PidTagImportance.Of(2))
	c.addRecipients(from, mapi.RecipientTo, "a@x.test")
	attachBytes(c, from, "a", []byte("data"))
	to := c.newMessage(rop.FolderSentItems)
	b := rop.NewBatch(0)
	call := rop.AddTo(b, b.Use(from), b.Use(to), &rop.CopyToRequest{WantSubObjects: true, ExcludedTags: []mapi.PropTag{
		mapi.PidTagSubject.Tag(), mapi.PidTagNormalizedSubject.Tag(), mapi.PidTagSubjectPrefix.Tag()}})
	wrong := rop.AddTo(b, b.Use(from), b.Use(c.logon), &rop.CopyToRequest{})
	c.run(b)
	if r := result(t, call); len(r.Problems) > 0 {
		t.Errorf("problems: %v", r.Problems)
	}
	wantCode(t, "copying to a logon", wrong.Err(), mapi.ErrNotSupported)
	m, _ := s.Mailbox("anna").Message(c.save(to))
	if mapi.PidTagSubject.Get(m.Props) != "" || mapi.PidTagBody.Get(m.Props) != "body" || mapi.PidTagImportance.Get(m.Props) != 2 ||
		len(m.Recipients) != 1 || len(m.Attachments) != 1 || string(read(t, m.Attachments[0].Data)) != "data" {
		t.Errorf("the copy is %+v", m)
	}
}

// TestReadOnly opens for reading and tries to change.
func TestReadOnly(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	id := c.save(c.newMessage(rop.FolderOutbox))
	h, _ := create(c, c.logon, &rop.OpenMessageRequest{CodePageID: rop.CodePageLogon, FolderID: c.folders[rop.FolderOutbox], MessageID: id})
	_, err := one(c, h, &rop.SetPropertiesRequest{Props: mapi.Props{mapi.PidTagSubject.Of("x")}})
	wantCode(t, "setting", err, mapi.ErrAccessDenied)
	_, err = one(c, h, &rop.SaveChangesMessageRequest{})
	wantCode(t, "saving", err, mapi.ErrAccessDenied)
	_, err = one(c, h, &rop.CreateAttachmentRequest{})
	wantCode(t, "attaching", err, mapi.ErrAccessDenied)
	_, err = one(c, h, &rop.RemoveAllRecipientsRequest{})
	wantCode(t, "removing recipients", err, mapi.ErrAccessDenied)
	_, err = one(c, c.logon, &rop.OpenMessageRequest{CodePageID: rop.CodePageLogon, FolderID: c.folders[rop.FolderInbox], MessageID: id})
	wantCode(t, "opening in another folder", err, mapi.ErrNotFound)
}

// TestQuota fills a mailbox.
func TestQuota(t *testing.T) {
	s := server(t, mapitest.Options{Limits: mapitest.Limits{MailboxBytes: 50000}})
	c := open(t, s, "anna")
	big := mapi.PidTagBody.Of(strings.Repeat("x", 10000))
	c.save(c.newMessage(rop.FolderOutbox, big))
	c.save(c.newMessage(rop.FolderOutbox, big))
	h := c.newMessage(rop.FolderOutbox, big)
	_, err := one(c, h, &rop.SaveChangesMessageRequest{})
	wantCode(t, "over the quota", err, mapi.ErrQuotaExceeded)
}
