package mapitest_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// zeros is a stream of that many zero bytes.
type zeros int64

func (z zeros) Size() int64 { return int64(z) }

func (z zeros) Open(context.Context) (io.ReadCloser, error) {
	return io.NopCloser(io.LimitReader(zeroReader{}, int64(z))), nil
}

type zeroReader struct{}

func (zeroReader) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// TestLargeAttachment deposits 100 MiB, reads it back over the wire in part,
// and checks that it is not held in memory.
func TestLargeAttachment(t *testing.T) {
	s := server(t)
	const size = 100 << 20
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	id, err := s.Mailbox("anna").Deposit(mapitest.Inbox, &mapi.Message{Attachments: []mapi.Attachment{{Data: zeros(size)}}})
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("the heap has grown by %d MiB", grown>>20)
	}
	c := open(t, s, "anna")
	a, _ := create(c, c.openMessage(rop.FolderInbox, id), &rop.OpenAttachmentRequest{})
	stream, r := create(c, a, &rop.OpenStreamRequest{Tag: mapi.PidTagAttachDataBinary.Tag()})
	if r.StreamSize != size {
		t.Errorf("the stream has %d bytes", r.StreamSize)
	}
	do1(c, stream, &rop.SeekStreamRequest{Origin: rop.StreamEnd, Offset: -1000})
	if n := len(do1(c, stream, &rop.ReadStreamRequest{ByteCount: 16000}).Data); n != 1000 {
		t.Errorf("read %d bytes at the end", n)
	}
}

// TestManySessions lets thirty sessions of one user save, move and read a
// hundred messages each at once.
func TestManySessions(t *testing.T) {
	s := server(t)
	const sessions, each = 30, 100
	var all sync.WaitGroup
	for i := range sessions {
		c := open(t, s, "anna")
		all.Go(func() {
			for j := range each {
				b := rop.NewBatch(0)
				msg := rop.Add(b, b.Use(c.logon), &rop.CreateMessageRequest{CodePageID: rop.CodePageLogon, FolderID: c.folders[rop.FolderOutbox]})
				rop.Add(b, msg.Out, &rop.SetPropertiesRequest{Props: mapi.Props{mapi.PidTagSubject.Of(fmt.Sprint(i, "/", j))}})
				save := rop.Add(b, msg.Out, &rop.SaveChangesMessageRequest{SaveFlags: rop.KeepOpenReadWrite})
				b.Release(msg.Out)
				if err := c.try(b); err != nil || save.Err() != nil {
					t.Errorf("session %d: %v, %v", i, err, save.Err())
					return
				}
				r, _ := save.Result()
				if err := tryMove(c, rop.FolderOutbox, rop.FolderSentItems, r.MessageID); err != nil {
					t.Errorf("session %d: %v", i, err)
					return
				}
			}
		})
	}
	all.Wait()
	if n := len(s.Mailbox("anna").Messages(mapitest.SentItems)); n != sessions*each {
		t.Errorf("%d messages, want %d", n, sessions*each)
	}
}

func tryMove(c *client, from, to int, id mapi.MessageID) error {
	b := rop.NewBatch(0)
	source := rop.Add(b, b.Use(c.logon), &rop.OpenFolderRequest{FolderID: c.folders[from]})
	dest := rop.Add(b, b.Use(c.logon), &rop.OpenFolderRequest{FolderID: c.folders[to]})
	call := rop.AddTo(b, source.Out, dest.Out, &rop.MoveCopyMessagesRequest{MessageIDs: []mapi.MessageID{id}})
	b.Release(source.Out)
	b.Release(dest.Out)
	if err := c.try(b); err != nil {
		return err
	}
	r, err := call.Result()
	if err == nil && r.PartialCompletion {
		err = fmt.Errorf("message %v was not moved", id)
	}
	return err
}
