package mapitest_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// TestMalformed sends payloads that fail the whole Execute. [MS-OXCROPS] 3.2.5.1
func TestMalformed(t *testing.T) {
	s := server(t)
	size := func(n int, rest ...byte) []byte {
		return append(binary.LittleEndian.AppendUint16(nil, uint16(n)), rest...)
	}
	tests := []struct {
		name    string
		payload []byte
		want    mapi.ErrorCode
	}{
		{"empty", size(2), 0},
		{"no size", nil, mapi.ErrRpcFormat},
		{"size 1", size(1), mapi.ErrRpcFormat},
		{"size beyond the payload", size(9, 1), mapi.ErrRpcFormat},
		{"unknown operation", size(5, 0x3D, 0, 0, 1, 0, 0, 0), mapi.ErrRpcFormat},
		{"half an operation", size(5, byte(rop.OpenFolder), 0, 0), mapi.ErrRpcFormat},
		{"half a handle", size(2, 1, 0), mapi.ErrRpcFormat},
		{"index outside the table", size(5, byte(rop.GetStoreState), 0, 3, 1, 0, 0, 0), mapi.ErrRpcFormat},
		{"a missing flag byte", size(14, byte(rop.OpenFolder), 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 255, 255, 255, 255), mapi.ErrRpcFormat},
		{"too large", size(2, make([]byte, 32<<10)...), mapi.ErrRpcFormat},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := open(t, s, "anna")
			resp, err := c.execute(test.payload)
			if err != nil {
				t.Fatal(err)
			}
			if got := mapi.ErrorCode(resp.ErrorCode); got != test.want {
				t.Errorf("error %v, want %v", got, test.want)
			}
			if _, err := one(c, c.logon, &rop.GetStoreStateRequest{}); err != nil {
				t.Errorf("the session is lost: %v", err)
			}
		})
	}
}

// TestExecuteBody breaks the fields around the payload.
func TestExecuteBody(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	empty, _ := rop.NewBatch(0).Encode()
	payload, _ := frame.AppendPayload(nil, empty, frame.Last)
	unfinished, _ := frame.AppendPayload(nil, empty, 0)
	tests := []struct {
		name          string
		q             frame.ExecuteRequest
		status, error mapi.ErrorCode
	}{
		{"good", frame.ExecuteRequest{RopBuffer: payload, MaxRopOut: frame.MaxRopBuffer}, 0, 0},
		{"MaxRopOut too small", frame.ExecuteRequest{RopBuffer: payload, MaxRopOut: 7}, mapi.ErrBadStubData, 0},
		{"MaxRopOut too large", frame.ExecuteRequest{RopBuffer: payload, MaxRopOut: frame.MaxRopBuffer + 1}, mapi.ErrBadStubData, 0},
		{"half an auxiliary buffer", frame.ExecuteRequest{RopBuffer: payload, MaxRopOut: frame.MaxRopBuffer, Aux: []byte{1}}, mapi.ErrBadStubData, 0},
		{"no buffer", frame.ExecuteRequest{MaxRopOut: frame.MaxRopBuffer}, 0, mapi.ErrRpcFormat},
		{"no last payload", frame.ExecuteRequest{RopBuffer: unfinished, MaxRopOut: frame.MaxRopBuffer}, 0, mapi.ErrRpcFormat},
		{"two payloads", frame.ExecuteRequest{RopBuffer: append(unfinished, payload...), MaxRopOut: frame.MaxRopBuffer}, 0, mapi.ErrRpcFormat},
		{"something behind", frame.ExecuteRequest{RopBuffer: append(bytes.Clone(payload), 0), MaxRopOut: frame.MaxRopBuffer}, 0, mapi.ErrRpcFormat},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var resp frame.ExecuteResponse
			c.must(frame.Execute, &test.q, &resp)
			if mapi.ErrorCode(resp.StatusCode) != test.status || mapi.ErrorCode(resp.ErrorCode) != test.error {
				t.Errorf("status 0x%X, error 0x%X; want %v, %v", resp.StatusCode, resp.ErrorCode, test.status, test.error)
			}
		})
	}
}

// TestChainOfFailures checks that requests fail one by one: those that need an
// object that was not made fail with ecNullObject, the others run.
func TestChainOfFailures(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	b := rop.NewBatch(0)
	logon := b.Use(c.logon)
	folder := rop.Add(b, logon, &rop.OpenFolderRequest{FolderID: 0x1234})
	table := rop.Add(b, folder.Out, &rop.GetContentsTableRequest{})
	columns := rop.Add(b, table.Out, &rop.SetColumnsRequest{Tags: []mapi.PropTag{mapi.PidTagSubject.Tag()}})
	state := rop.Add(b, logon, &rop.GetStoreStateRequest{})
	c.run(b)
	wantCode(t, "opening a folder that is not there", folder.Err(), mapi.ErrNotFound)
	wantCode(t, "a table of it", table.Err(), mapi.ErrNullObject)
	wantCode(t, "columns of that", columns.Err(), mapi.ErrNullObject)
	wantCode(t, "something else", state.Err(), 0)
}

// TestRelease checks that objects go with what they lie in.
func TestRelease(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	msg := c.newMessage(rop.FolderOutbox, mapi.PidTagBody.Of("text"))
	stream, _ := create(c, msg, &rop.OpenStreamRequest{Tag: mapi.PidTagBody.Tag()})
	folder := c.openFolder(c.folders[rop.FolderInbox])
	table, _ := create(c, folder, &rop.GetContentsTableRequest{})

	b := rop.NewBatch(0)
	b.Release(b.Use(msg))
	b.Release(b.Use(folder))
	read := rop.Add(b, b.Use(stream), &rop.ReadStreamRequest{ByteCount: 100})
	position := rop.Add(b, b.Use(table), &rop.QueryPositionRequest{})
	gone := rop.Add(b, b.Use(msg), &rop.GetPropertiesListRequest{})
	c.run(b)
	wantCode(t, "a stream after its message", read.Err(), mapi.ErrNullObject)
	wantCode(t, "a table after its folder", position.Err(), 0)
	wantCode(t, "a released message", gone.Err(), mapi.ErrNullObject)

	b = rop.NewBatch(0)
	b.Release(b.Use(c.logon))
	position = rop.Add(b, b.Use(table), &rop.QueryPositionRequest{})
	c.run(b)
	wantCode(t, "a table after the logon", position.Err(), mapi.ErrNullObject)
}

// TestLogons opens two logons in one session and checks that their ids are
// kept apart.
func TestLogons(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	b := rop.NewBatch(7)
	call := rop.Add(b, rop.Slot{}, c.logonRequest())
	wrong := rop.Add(b, b.Use(c.logon), &rop.GetStoreStateRequest{})
	right := rop.Add(b, call.Out, &rop.GetStoreStateRequest{})
	c.run(b)
	wantCode(t, "the second logon", call.Err(), 0)
	wantCode(t, "an object of another logon", wrong.Err(), mapi.ErrInvalidParameter)
	wantCode(t, "its own object", right.Err(), 0)
}

// TestLogonRefused asks for mailboxes in wrong ways. [MS-OXCSTOR] 3.2.5.1
func TestLogonRefused(t *testing.T) {
	s := server(t)
	if err := s.Mailbox("otto").Grant("anna", mapitest.FullAccess); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*rop.LogonRequest)
		want   mapi.ErrorCode
	}{
		{"good", func(*rop.LogonRequest) {}, 0},
		{"no replica mapping", func(q *rop.LogonRequest) { q.OpenFlags = 0 }, mapi.ErrInvalidParameter},
		{"public folders", func(q *rop.LogonRequest) { q.LogonFlags, q.OpenFlags = 0, q.OpenFlags|rop.OpenPublic }, mapi.ErrNotSupported},
		{"unknown DN", func(q *rop.LogonRequest) { q.Essdn += "x" }, mapi.ErrUnknownUser},
		{"DN of another URL's mailbox", func(q *rop.LogonRequest) { q.Essdn = s.Mailbox("otto").LegacyDN() }, mapi.ErrWrongServer},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := dial(t, s, "anna", "anna")
			c.connect()
			q := c.logonRequest()
			test.change(q)
			b := rop.NewBatch(0)
			call := rop.Add(b, rop.Slot{}, q)
			c.run(b)
			wantCode(t, "logon", call.Err(), test.want)
			if r, _ := call.Result(); test.want == mapi.ErrWrongServer {
				// The leaf of the server's name is the MailboxId that belongs to the DN.
				_, id, _ := strings.Cut(s.Mailbox("otto").URL(), "MailboxId=")
				if !strings.HasSuffix(r.ServerName, "/cn="+id) {
					t.Errorf("ServerName is %q, want the leaf %q", r.ServerName, id)
				}
			}
		})
	}
}

// TestEncodings asks for compressed and obfuscated answers.
func TestEncodings(t *testing.T) {
	s := server(t)
	for flags := range frame.ExecuteFlags(4) {
		c := dial(t, s, "anna", "anna")
		c.flags = flags
		c.connect()
		if r := c.logOn(); r.Folders[rop.FolderInbox] == 0 {
			t.Errorf("flags %d: no folders", flags)
		}
	}
}

// TestRoom asks for more than fits.
func TestRoom(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	msg := c.newMessage(rop.FolderOutbox, mapi.PidTagBody.Of(string(bytes.Repeat([]byte("x"), 3000))))

	// Each answer takes 6 KB: five fit, the sixth gets RopBufferTooSmall.
	b := rop.NewBatch(0)
	var calls []*rop.Call[*rop.GetPropertiesSpecificResponse]
	for range 8 {
		calls = append(calls, rop.Add(b, b.Use(msg), &rop.GetPropertiesSpecificRequest{Tags: []mapi.PropTag{mapi.PidTagBody.Tag()}}))
	}
	c.run(b)
	var small *rop.BufferTooSmallError
	for i, call := range calls {
		if failed := errors.As(call.Err(), &small); failed != (i >= 5) {
			t.Errorf("request %d: %v", i, call.Err())
		}
	}

	// With room for less than one, the whole Execute fails.
	c.maxOut = 4000
	b = rop.NewBatch(0)
	rop.Add(b, b.Use(msg), &rop.GetPropertiesSpecificRequest{Tags: []mapi.PropTag{mapi.PidTagBody.Tag()}})
	var failed *executed
	if err := c.try(b); !errors.As(err, &failed) || mapi.ErrorCode(failed.status) != mapi.ErrBufferTooSmall {
		t.Errorf("no room at all: %v", err)
	}

	// A write must not run when there is no room to answer it.
	c.maxOut = 40
	b = rop.NewBatch(0)
	rop.Add(b, b.Use(msg), &rop.SaveChangesMessageRequest{SaveFlags: rop.KeepOpenReadWrite})
	if err := c.try(b); !errors.As(err, &failed) {
		t.Errorf("a save without room: %v", err)
	}
	if n := len(s.Mailbox("anna").Messages(mapitest.Outbox)); n != 0 {
		t.Errorf("the save ran: %d messages", n)
	}
}

// TestChained reads a stream and rows in several payloads.
func TestChained(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	want := bytes.Repeat([]byte("0123456789abcdef"), 10000)
	msg := c.newMessage(rop.FolderOutbox)
	stream, _ := create(c, msg, &rop.OpenStreamRequest{Tag: mapi.PidTagHtml.Tag(), OpenModeFlags: rop.StreamCreate})
	for at := 0; at < len(want); at += 16000 {
		do1(c, stream, &rop.WriteStreamRequest{Data: want[at:min(at+16000, len(want))]})
	}
	do1(c, stream, &rop.SeekStreamRequest{})
	c.flags |= frame.ExecuteChain
	b := rop.NewBatch(0)
	call := rop.Add(b, b.Use(stream), &rop.ReadStreamRequest{ByteCount: rop.ReadMaximum, MaximumByteCount: 150000})
	c.run(b)
	got := result(t, call).Data
	for _, more := range call.More() {
		got = append(got, more.Data...)
	}
	if !bytes.Equal(got, want[:150000]) {
		t.Errorf("read %d bytes in %d payloads", len(got), 1+len(call.More()))
	}

	for range 300 {
		if _, err := s.Mailbox("anna").Deposit(mapitest.Inbox, &mapi.Message{Props: mapi.Props{mapi.PidTagSubject.Of(string(bytes.Repeat([]byte("s"), 200)))}}); err != nil {
			t.Fatal(err)
		}
	}
	table, _ := create(c, c.openFolder(c.folders[rop.FolderInbox]), &rop.GetContentsTableRequest{})
	columns := []mapi.PropTag{mapi.PidTagSubject.Tag()}
	do1(c, table, &rop.SetColumnsRequest{Tags: columns})
	for _, test := range []struct {
		flags rop.QueryRowsFlags
		all   bool
	}{{0, false}, {rop.QueryEnablePackedBuffers, true}} {
		do1(c, table, &rop.SeekRowRequest{Origin: rop.BookmarkBeginning})
		b := rop.NewBatch(0)
		rows := rop.Add(b, b.Use(table), &rop.QueryRowsRequest{Flags: test.flags, ForwardRead: true, RowCount: 500, Columns: columns})
		c.run(b)
		n := len(result(t, rows).Rows)
		for _, more := range rows.More() {
			n += len(more.Rows)
		}
		if (n == 300) != test.all {
			t.Errorf("flags %d: %d rows in %d payloads", test.flags, n, 1+len(rows.More()))
		}
	}
}
