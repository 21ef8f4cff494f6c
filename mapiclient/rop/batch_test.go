package rop

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A chain whose later requests use what the earlier ones create.
func TestBatchChain(t *testing.T) {
	b := NewBatch(0)
	store := b.Use(0x6F)
	open := Add(b, store, &OpenFolderRequest{FolderID: 0x0102030405060708})
	move := AddTo(b, open.Out, store, &MoveCopyMessagesRequest{MessageIDs: []mapi.MessageID{1}})
	b.Release(open.Out)
	payload, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	const want = "2200" + "02000001080706050403020100" + "3300010001000100000000000000" + "0000" + "010001" +
		"6f000000" + "ffffffff"
	if got := hex.EncodeToString(payload); got != want {
		t.Fatalf("payload\n got %s\nwant %s", got, want)
	}

	requests, handles, err := DecodeRequests(payload)
	if err != nil || len(requests) != 3 || len(handles) != 2 {
		t.Fatalf("server read %d requests, %d handles, %v", len(requests), len(handles), err)
	}
	a := NewAnswer(handles, MaxPayload)
	a.Handles[requests[0].Out] = 0x70
	respond(t, a, &requests[0], 0, &OpenFolderResponse{HasRules: true})
	respond(t, a, &requests[1], ecDstNullObject, nil)
	if err := b.Decode(a.Payload()); err != nil {
		t.Fatal(err)
	}
	if r, err := open.Result(); err != nil || !r.HasRules || open.Handle() != 0x70 {
		t.Errorf("OpenFolder: %+v, %v, handle %#x", r, err, open.Handle())
	}
	var refused *mapi.Error
	r, err := move.Result()
	if !errors.As(err, &refused) || refused.Code != ecDstNullObject || refused.Op != "RopMoveCopyMessages" || r == nil {
		t.Errorf("MoveCopyMessages: %v, %v", r, err)
	}
}

func respond(t testing.TB, a *Answer, q *Received, code mapi.ErrorCode, r Response) {
	t.Helper()
	if err := a.Respond(q, code, r); err != nil {
		t.Fatal(err)
	}
}

// chain is a batch that opens a table and reads its rows.
func chain() (*Batch, []*call, *Call[*QueryRowsResponse]) {
	b := NewBatch(0)
	table := Add(b, b.Use(7), &GetContentsTableRequest{})
	Add(b, table.Out, &SetColumnsRequest{Tags: columns})
	b.Release(b.Use(8))
	rows := Add(b, table.Out, &QueryRowsRequest{ForwardRead: true, RowCount: 9, Columns: columns})
	return b, b.calls, rows
}

// answerChain is a good answer to chain, with one row.
func answerChain(t testing.TB, b *Batch) []byte {
	payload, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	requests, handles, err := DecodeRequests(payload)
	if err != nil {
		t.Fatal(err)
	}
	a := NewAnswer(handles, MaxPayload)
	a.Handles[requests[0].Out] = 0x77
	respond(t, a, &requests[0], 0, &GetContentsTableResponse{RowCount: 2})
	respond(t, a, &requests[1], 0, nil)
	respond(t, a, &requests[3], 0, &QueryRowsResponse{Origin: BookmarkCurrent, Columns: columns, Rows: []mapi.Props{full}})
	return a.Payload()
}

// further is the payload that continues the rows.
func further(t testing.TB) []byte {
	a := NewAnswer([]uint32{7, 0x77, 8}, MaxPayload)
	respond(t, a, &Received{ID: QueryRows, header: requestHeader{id: QueryRows, in: 1}}, 0,
		&QueryRowsResponse{Origin: BookmarkEnd, Columns: columns, Rows: []mapi.Props{row}})
	return a.Payload()
}

func TestDecodeChained(t *testing.T) {
	b, _, rows := chain()
	if err := b.Decode(answerChain(t, b), further(t), further(t)); err != nil {
		t.Fatal(err)
	}
	first, err := rows.Result()
	if err != nil || len(first.Rows) != 1 || first.Origin != BookmarkCurrent {
		t.Fatalf("first: %+v, %v", first, err)
	}
	more := rows.More()
	if len(more) != 2 || len(more[1].Rows) != 1 || more[1].Origin != BookmarkEnd {
		t.Errorf("more: %+v", more)
	}
	compare(t, more[0].Rows[0], row)
}

// Notifications and the word that more wait may stand anywhere.
func TestDecodeNotifications(t *testing.T) {
	b, _, rows := chain()
	good := answerChain(t, b)
	rops, handles := good[2:len(good)-12], good[len(good)-12:]
	notify := unhex("2a" + "77000000" + "00" + "0001" + "0100")
	pending := unhex("6e" + "0500")
	var all []byte
	for _, part := range [][]byte{{0, 0}, notify, rops, notify, pending} {
		all = append(all, part...)
	}
	if err := b.Decode(append(sealPayload(all, nil), handles...)); err != nil {
		t.Fatal(err)
	}
	if len(b.Notifications) != 2 || b.Notifications[1].Handle != 0x77 || b.Notifications[0].Data.TableEvent != TableChanged {
		t.Errorf("notifications: %+v", b.Notifications)
	}
	if len(b.Pending) != 1 || b.Pending[0].SessionIndex != 5 {
		t.Errorf("pending: %+v", b.Pending)
	}
	if rows.Err() != nil {
		t.Error(rows.Err())
	}
}

func TestDecodeBackoff(t *testing.T) {
	b, calls, rows := chain()
	good := answerChain(t, b)
	payload := append([]byte{0, 0}, good[2:2+10]...) // GetContentsTable
	payload = append(payload, unhex("f9"+"00"+"e8030000"+"01"+"15"+"d0070000"+"0200"+"aabb")...)
	if err := b.Decode(sealPayload(payload, []uint32{7, 0x77, 8})); err != nil {
		t.Fatal(err)
	}
	var backoff *BackoffError
	if err := rows.Err(); !errors.As(err, &backoff) || backoff.Wait() != 2*time.Second {
		t.Errorf("QueryRows: %v", err)
	}
	if calls[0].err != nil || calls[2].err == nil {
		t.Errorf("GetContentsTable: %v, Release: %v", calls[0].err, calls[2].err)
	}
}

func TestDecodeBufferTooSmall(t *testing.T) {
	b, calls, rows := chain()
	payload, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	requests, handles, err := DecodeRequests(payload)
	if err != nil {
		t.Fatal(err)
	}
	a := NewAnswer(handles, 100)
	a.Handles[requests[0].Out] = 0x77
	respond(t, a, &requests[0], 0, &GetContentsTableResponse{RowCount: 2})
	respond(t, a, &requests[1], 0, nil)
	long := &QueryRowsResponse{Columns: columns, Rows: []mapi.Props{{{Tag: 0x0037001F, Value: strings.Repeat("x", 50)}, full[1]}}}
	before := a.Payload()
	if err := a.Respond(&requests[3], 0, long); !errors.Is(err, ErrNoRoom) {
		t.Fatalf("a response that does not fit: %v", err)
	}
	if !bytes.Equal(a.Payload(), before) {
		t.Error("what did not fit changed the answer")
	}
	if err := a.TooSmall(0x7FFF, requests[3:]); err != nil {
		t.Fatal(err)
	}
	if n := len(a.Payload()); n > 100 {
		t.Errorf("the answer has %d bytes, its limit is 100", n)
	}
	if err := b.Decode(a.Payload()); err != nil {
		t.Fatal(err)
	}
	var small *BufferTooSmallError
	if err := rows.Err(); !errors.As(err, &small) || small.SizeNeeded != 0x7FFF || !bytes.Equal(small.RequestBuffers, requests[3].raw) {
		t.Errorf("QueryRows: %v, %+v", err, small)
	}
	if calls[0].err != nil || calls[1].err != nil {
		t.Errorf("the others: %v, %v", calls[0].err, calls[1].err)
	}
}

func TestDecodeNonsense(t *testing.T) {
	b, _, _ := chain()
	good := answerChain(t, b)
	edit := func(f func(p []byte) []byte) []byte { return f(bytes.Clone(good)) }
	for name, c := range map[string]struct {
		payloads [][]byte
		want     error
		offset   int
	}{
		"unknown operation":       {[][]byte{edit(func(p []byte) []byte { p[12] = 0x99; return p })}, ErrUnknown, 12},
		"wrong order":             {[][]byte{edit(func(p []byte) []byte { p[2] = byte(SetColumns); return p })}, ErrUnexpected, 2},
		"one too many":            {[][]byte{sealPayload(append(bytes.Clone(good[:len(good)-12]), unhex("320000000000")...), nil)}, ErrUnexpected, len(good) - 12},
		"one too few":             {[][]byte{sealPayload(bytes.Clone(good[:12]), nil)}, ErrNoAnswer, -1},
		"answer after a backoff":  {[][]byte{sealPayload(append(unhex("0000"+"f9000000000000"+"0000"), good[2:12]...), nil)}, ErrUnexpected, 11},
		"a handle of another":     {[][]byte{edit(func(p []byte) []byte { p[3] = 9; return p })}, nil, 2},
		"cut off":                 {[][]byte{good[:20]}, wire.ErrShort, -1},
		"size less than its own":  {[][]byte{{1, 0}}, nil, -1},
		"half a handle":           {[][]byte{good[:len(good)-1]}, wire.ErrTrailing, -1},
		"continues another":       {[][]byte{good, sealPayload(append([]byte{0, 0}, good[2:12]...), nil)}, ErrUnexpected, 2},
		"notification cut off":    {[][]byte{unhex("0500" + "2a0000")}, wire.ErrShort, 2},
		"release is not answered": {[][]byte{unhex("0800" + "010000000000")}, ErrUnknown, 2},
	} {
		t.Run(name, func(t *testing.T) {
			b, _, _ := chain()
			err := b.Decode(c.payloads...)
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			var e *Error
			if errors.As(err, &e) != (c.offset >= 0) || e != nil && e.Offset != c.offset {
				t.Errorf("%v: offset %+v, want %d", err, e, c.offset)
			}
		})
	}
}

// Every truncation of a good answer is an error, and no call is left with
// neither a response nor an error.
func TestDecodeTruncated(t *testing.T) {
	b, _, _ := chain()
	good := answerChain(t, b)
	for n := range len(good) - 12 {
		b, calls, _ := chain()
		if err := b.Decode(good[:n]); err == nil {
			t.Errorf("the first %d bytes were taken for an answer", n)
		}
		if calls[3].err == nil {
			t.Errorf("after %d bytes QueryRows has no error", n)
		}
	}
}

// gromox leaves out the fields of some failures.
func TestDecodeFailureWithoutFields(t *testing.T) {
	for _, body := range []string{"", "01"} {
		b := NewBatch(0)
		f := b.Use(7)
		flags := Add(b, f, &SetReadFlagsRequest{})
		open := Add(b, f, &OpenFolderRequest{})
		b.Release(f)
		payload := unhex("0000" + "660005000780" + body + "0201000000000000")
		if err := b.Decode(sealPayload(payload, []uint32{7, 9})); err != nil {
			t.Fatalf("with fields %q: %v", body, err)
		}
		if r, err := flags.Result(); err == nil || r.PartialCompletion != (body != "") {
			t.Errorf("with fields %q: %+v, %v", body, r, err)
		}
		if open.Err() != nil || open.Handle() != 9 {
			t.Errorf("with fields %q: OpenFolder %v", body, open.Err())
		}
	}
	b := NewBatch(0)
	last := Add(b, b.Use(7), &ReadStreamRequest{ByteCount: 5})
	if err := b.Decode(sealPayload(unhex("0000"+"2c0005000780"), []uint32{7})); err != nil || last.Code() != 0x80070005 {
		t.Errorf("at the end: %v, %v", err, last.Code())
	}
}

func TestProgress(t *testing.T) {
	b := NewBatch(0)
	empty := Add(b, b.Use(7), &EmptyFolderRequest{WantAsynchronous: true})
	if err := b.Decode(sealPayload(unhex("0000"+"500000000000001d000000d9020000"), []uint32{7})); err != nil {
		t.Fatal(err)
	}
	var unfinished *UnfinishedError
	if err := empty.Err(); !errors.As(err, &unfinished) || unfinished.CompletedTaskCount != 29 || unfinished.TotalTaskCount != 729 {
		t.Errorf("EmptyFolder: %v", err)
	}

	b = NewBatch(0)
	ask := Add(b, b.Use(7), &ProgressRequest{Of: &EmptyFolderRequest{}})
	if err := b.Decode(sealPayload(unhex("0000"+"500000000000003b000000d9020000"), []uint32{7})); err != nil {
		t.Fatal(err)
	}
	if r, err := ask.Result(); err != nil || r.CompletedTaskCount != 59 || r.Final != nil {
		t.Errorf("Progress: %+v, %v", r, err)
	}

	b = NewBatch(0)
	ask = Add(b, b.Use(7), &ProgressRequest{Of: &EmptyFolderRequest{}})
	if err := b.Decode(sealPayload(unhex("0000"+"58000000000001"), []uint32{7})); err != nil {
		t.Fatal(err)
	}
	r, err := ask.Result()
	if err != nil {
		t.Fatal(err)
	}
	if final, ok := r.Final.(*EmptyFolderResponse); !ok || !final.PartialCompletion {
		t.Errorf("Progress: %+v", r.Final)
	}
}

func TestWarnings(t *testing.T) {
	const notSent = 0x00040203
	b := NewBatch(0)
	m := b.Use(7)
	submit := Add(b, m, &SubmitMessageRequest{})
	save := Add(b, m, &SaveChangesMessageRequest{})
	ids := Add(b, m, &GetPropertyIDsFromNamesRequest{})
	payload := unhex("0000" + "320003020400" + "0c0080030400" + "560080030400" + "02000180" + "0000")
	if err := b.Decode(sealPayload(payload, []uint32{7})); err != nil {
		t.Fatal(err)
	}
	var refused *mapi.Error
	if err := submit.Err(); !errors.As(err, &refused) || refused.Code != notSent {
		t.Errorf("SubmitMessage: %v", err)
	}
	if save.Err() != nil || save.Code() != ecWarnWithErrors {
		t.Errorf("SaveChangesMessage: %v, %v", save.Code(), save.Err())
	}
	if r, err := ids.Result(); err != nil || len(r.IDs) != 2 || r.IDs[0] != 0x8001 {
		t.Errorf("GetPropertyIdsFromNames: %+v, %v", r, err)
	}
}

func TestLogonRedirect(t *testing.T) {
	b := NewBatch(0)
	logon := Add(b, Slot{}, &LogonRequest{LogonFlags: LogonPrivate, Essdn: "/o=a"})
	if payload, err := b.Encode(); err != nil || hex.EncodeToString(payload) != "1500"+"fe0000"+"01"+"00000000"+"00000000"+"0500"+"2f6f3d6100"+"ffffffff" {
		t.Fatalf("%x, %v", payload, err)
	}
	if err := b.Decode(sealPayload(unhex("0000"+"fe0078040000"+"01"+"06"+"2f636e3d6200"), []uint32{NoHandle})); err != nil {
		t.Fatal(err)
	}
	r, err := logon.Result()
	if err == nil || r.ServerName != "/cn=b" || logon.Handle() != NoHandle {
		t.Errorf("Logon: %+v, %v", r, err)
	}
}

func TestBatchLimits(t *testing.T) {
	b := NewBatch(0)
	m := b.Use(7)
	chunk := &WriteStreamRequest{Data: make([]byte, 4000)}
	n := 0
	for b.Fits(chunk) {
		Add(b, m, chunk)
		n++
	}
	payload, err := b.Encode()
	if err != nil || len(payload) != b.Size() || len(payload) > MaxPayload || n != 8 {
		t.Fatalf("%d requests, %d of %d bytes, %v", n, len(payload), b.Size(), err)
	}
	Add(b, m, chunk)
	if _, err := b.Encode(); !errors.Is(err, ErrBatchFull) {
		t.Errorf("one request too many: %v", err)
	}

	b = NewBatch(0)
	for h := range uint32(maxHandles) {
		b.Use(h)
	}
	if b.Err() != nil || b.Use(3).index != 3 {
		t.Errorf("%v: a handle used twice has two slots", b.Err())
	}
	if Add(b, b.Use(3), &CreateAttachmentRequest{}); !errors.Is(b.Err(), ErrBatchFull) {
		t.Errorf("one handle too many: %v", b.Err())
	}
}

func TestBatchMisuse(t *testing.T) {
	other := NewBatch(0)
	foreign := other.Use(1)
	for name, use := range map[string]func(b *Batch, own Slot){
		"foreign slot":        func(b *Batch, _ Slot) { Add(b, foreign, &SubmitMessageRequest{}) },
		"no slot":             func(b *Batch, _ Slot) { Add(b, Slot{}, &SubmitMessageRequest{}) },
		"no destination":      func(b *Batch, own Slot) { Add(b, own, &CopyToRequest{}) },
		"foreign destination": func(b *Batch, own Slot) { AddTo(b, own, foreign, &CopyToRequest{}) },
		"needless destination": func(b *Batch, own Slot) {
			AddTo(b, own, own, &SubmitMessageRequest{})
		},
		"value of the wrong type": func(b *Batch, own Slot) {
			Add(b, own, &SetPropertiesRequest{Props: mapi.Props{{Tag: 0x0037001F, Value: 5}}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := NewBatch(0)
			use(b, b.Use(7))
			if _, err := b.Encode(); err == nil {
				t.Error("the batch was encoded")
			} else if b.calls[0].err != ErrNotSent {
				t.Errorf("the call's error is %v", b.calls[0].err)
			}
		})
	}
}

// The index of a response to SaveChangesMessage may differ from the message's.
func TestServerSaveChanges(t *testing.T) {
	// [MS-OXCMSG] 4.8.1: the response's index is 0, the message's 1.
	requests, handles, err := DecodeRequests(unhex("0700" + "0c0000010a" + "01000000" + "02000000"))
	if err != nil || requests[0].In != 1 || requests[0].Out != 0 || requests[0].Creates {
		t.Fatalf("%+v, %v", requests, err)
	}
	a := NewAnswer(handles, MaxPayload)
	respond(t, a, &requests[0], 0, &SaveChangesMessageResponse{MessageID: message(0xF08639)})
	// [MS-OXCMSG] 4.8.2
	if want := unhex("1100" + "0c0000000000010100000000f08639" + "01000000" + "02000000"); !bytes.Equal(a.Payload(), want) {
		t.Errorf("answer %x, want %x", a.Payload(), want)
	}
}

// RopGetMessageStatus is answered with the id of RopSetMessageStatus.
// [MS-OXCROPS] 2.2.6.9.2
func TestGetMessageStatus(t *testing.T) {
	for _, id := range []string{"20", "1f"} {
		b := NewBatch(0)
		status := Add(b, b.Use(7), &GetMessageStatusRequest{MessageID: 4})
		if err := b.Decode(sealPayload(unhex("0000"+id+"000000000000100000"), []uint32{7})); err != nil {
			t.Fatal(err)
		}
		if r, err := status.Result(); err != nil || r.StatusFlags != 0x1000 {
			t.Errorf("answered by 0x%s: %+v, %v", id, r, err)
		}
	}
	requests, _, err := DecodeRequests(unhex("0d00" + "1f00000000000000000000" + "07000000"))
	if err != nil {
		t.Fatal(err)
	}
	a := NewAnswer(nil, MaxPayload)
	respond(t, a, &requests[0], 0, nil)
	if got := a.Payload()[2]; got != 0x20 {
		t.Errorf("the response has id 0x%02x, want 0x20", got)
	}
}

func TestServerRefuses(t *testing.T) {
	for name, payload := range map[string]string{
		"unknown operation":  "0500" + "990000",
		"cut off":            "0400" + "3200",
		"without size":       "02",
		"size beyond":        "ff00" + "320000" + "00",
		"half a handle":      "0600" + "32000000" + "0700",
		"trailing in a list": "0700" + "32000000" + "00",
	} {
		if requests, _, err := DecodeRequests(unhex(payload)); err == nil {
			t.Errorf("%s: %+v", name, requests)
		}
	}
}
