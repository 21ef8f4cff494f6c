package mapitest_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/fasttransfer"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

const unicode = rop.SendUnicode | rop.SendForceUnicode

// transferScenarios are what servers answer to transfers.
var transferScenarios = []scenario{
	{"downloads", func(c *client, log func(string, any)) {
		id := c.save(c.newMessage(rop.FolderOutbox, mapi.PidTagSubject.Of("a")))
		h, folder := c.openMessage(rop.FolderOutbox, id), c.openFolder(c.folders[rop.FolderOutbox])
		_, code := ask(c, h, &rop.FastTransferSourceCopyToRequest{SendOptions: 0x80 | unicode})
		log("unknown send option", code)
		_, code = ask(c, c.logon, &rop.FastTransferSourceCopyToRequest{SendOptions: unicode})
		log("copy a logon", code)
		_, code = ask(c, h, &rop.FastTransferSourceCopyMessagesRequest{SendOptions: unicode})
		log("messages of a message", code)
		_, code = ask(c, h, &rop.FastTransferSourceGetBufferRequest{BufferSize: rop.ReadMaximum, MaximumBufferSize: 0x7000})
		log("buffer of a message", code)
		source, _ := create(c, folder, &rop.FastTransferSourceCopyMessagesRequest{MessageIDs: []mapi.MessageID{id}, SendOptions: unicode})
		r, code := ask(c, source, &rop.FastTransferSourceGetBufferRequest{BufferSize: rop.ReadMaximum, MaximumBufferSize: 0x7000})
		log("buffer", fmt.Sprint(code, r.TransferStatus, len(r.TransferBuffer) > 0))
	}},
	{"uploads", func(c *client, log func(string, any)) {
		h := c.newMessage(rop.FolderOutbox)
		for _, q := range []rop.FastTransferDestinationConfigureRequest{{}, {SourceOperation: 9}, {SourceOperation: rop.SourceCopyTo, CopyFlags: 0x40},
			{SourceOperation: rop.SourceCopyFolder}, {SourceOperation: rop.SourceCopyMessages}} {
			_, code := ask(c, h, &q)
			log(fmt.Sprintf("configure %+v", q), code)
		}
		dest, _ := create(c, h, &rop.FastTransferDestinationConfigureRequest{SourceOperation: rop.SourceCopyTo})
		r, code := ask(c, dest, &rop.FastTransferDestinationPutBufferRequest{TransferData: content(c.t, &mapi.Message{Props: mapi.Props{mapi.PidTagSubject.Of("uploaded")}})})
		log("put", fmt.Sprint(code, r.BufferUsedSize > 0))
		id := c.save(h)
		log("subject", c.get(c.openMessage(rop.FolderOutbox, id), mapi.PidTagSubject.Tag())[0].Value)
	}},
	{"synchronisations", func(c *client, log func(string, any)) {
		folder := c.openFolder(c.folders[rop.FolderOutbox])
		flags := rop.SyncUnicode | rop.SyncNormal | rop.SyncReadState
		_, code := ask(c, folder, &rop.SynchronizationConfigureRequest{Type: 7, SendOptions: unicode, Flags: flags})
		log("unknown type", code)
		source, _ := create(c, folder, &rop.SynchronizationConfigureRequest{Type: rop.SynchronizeContents, SendOptions: unicode, Flags: flags})
		_, code = ask(c, source, &rop.SynchronizationUploadStateStreamContinueRequest{StreamData: []byte{0}})
		log("continue what has not begun", code != "ok") // servers differ in how they say it
		_, code = ask(c, source, &rop.SynchronizationUploadStateStreamBeginRequest{StateProperty: mapi.PidTagSubject.Tag()})
		log("begin with another property", code != "ok")
		_, code = ask(c, source, &rop.SynchronizationUploadStateStreamBeginRequest{StateProperty: mapi.PidTagCnsetSeen.Tag()})
		log("begin", code)
		_, code = ask(c, source, &rop.SynchronizationUploadStateStreamContinueRequest{StreamData: []byte("nonsense")})
		log("continue", code)
		_, code = ask(c, source, &rop.SynchronizationUploadStateStreamEndRequest{})
		log("end of nonsense", code != "ok")
		r, code := ask(c, source, &rop.FastTransferSourceGetBufferRequest{BufferSize: rop.ReadMaximum, MaximumBufferSize: 0x7000})
		log("buffer", fmt.Sprint(code, r.TransferStatus))
		_, code = ask(c, source, &rop.SynchronizationUploadStateStreamBeginRequest{StateProperty: mapi.PidTagCnsetSeen.Tag()})
		log("begin too late", code != "ok")
	}},
}

// A pipe keeps a stream.
type pipe struct{ bytes.Buffer }

func (*pipe) Room() int { return 30 << 10 }
func (p *pipe) Put(b []byte) error {
	_, err := p.Write(b)
	return err
}

// content is the stream of a message.
func content(t testing.TB, msg *mapi.Message) []byte {
	t.Helper()
	var p pipe
	w := fasttransfer.MessageWriter{Writer: fasttransfer.NewWriter(&p)}
	if err := w.Content(t.Context(), msg); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return p.Bytes()
}

// download reads a source to its end, in buffers of the given size.
func download(c *client, source uint32, size uint16) []byte {
	c.t.Helper()
	var all []byte
	for {
		r := do1(c, source, &rop.FastTransferSourceGetBufferRequest{BufferSize: size})
		if len(r.TransferBuffer) > int(size) {
			c.t.Fatalf("%d bytes, asked for %d", len(r.TransferBuffer), size)
		}
		all = append(all, r.TransferBuffer...)
		if r.TransferStatus == rop.TransferDone {
			return all
		}
		if len(r.TransferBuffer) == 0 {
			c.t.Fatal("an empty buffer that is not the last")
		}
	}
}

// TestDownloadBuffers reads a message in buffers of any size: the stream is the same.
func TestDownloadBuffers(t *testing.T) {
	c := open(t, server(t), "anna")
	h := c.newMessage(rop.FolderOutbox, mapi.PidTagSubject.Of("a"), mapi.PidTagHtml.Of(bytes.Repeat([]byte("html"), 5000)))
	c.addRecipients(h, mapi.RecipientTo, "bob@example.test")
	id := c.save(h)
	folder := c.openFolder(c.folders[rop.FolderOutbox])
	var first []byte
	for _, size := range []uint16{2048, 2049, 5000, 31000} {
		source, _ := create(c, folder, &rop.FastTransferSourceCopyMessagesRequest{
			MessageIDs: []mapi.MessageID{id, id ^ 0xFF0000, id}, CopyFlags: 0x20, SendOptions: unicode})
		all := download(c, source, size)
		if first == nil {
			first = all
		}
		if !bytes.Equal(all, first) {
			t.Errorf("in buffers of %d bytes the stream differs", size)
		}
	}
	n := 0
	err := fasttransfer.ReadMessageList(fasttransfer.NewReader(bytes.NewReader(first), 0), 0, func(item *fasttransfer.Item) error {
		n++
		if len(item.SourceKey) != 22 || len(item.Message.Recipients) != 1 || len(mapi.PidTagHtml.Get(item.Message.Props)) != 20000 {
			t.Errorf("message %+v", item.Message)
		}
		return nil
	})
	if err != nil || n != 2 {
		t.Errorf("%d messages, %v", n, err)
	}
	source, _ := create(c, folder, &rop.FastTransferSourceCopyMessagesRequest{MessageIDs: []mapi.MessageID{id}, SendOptions: unicode})
	_, err = one(c, source, &rop.FastTransferSourceGetBufferRequest{BufferSize: 100})
	wantCode(t, "a buffer too small", err, mapi.ErrBufferTooSmall)
	_, err = one(c, folder, &rop.FastTransferSourceCopyMessagesRequest{MessageIDs: []mapi.MessageID{id}})
	wantCode(t, "strings in 8 bits", err, mapi.ErrNotSupported)
}

// TestCopyToWithout leaves out what is excluded.
func TestCopyToWithout(t *testing.T) {
	c := open(t, server(t), "anna")
	h := c.newMessage(rop.FolderOutbox, mapi.PidTagSubject.Of("a"), mapi.PidTagBody.Of("b"))
	c.addRecipients(h, mapi.RecipientTo, "bob@example.test")
	source, _ := create(c, h, &rop.FastTransferSourceCopyToRequest{SendOptions: unicode,
		ExcludedTags: []mapi.PropTag{mapi.PidTagBody.Tag(), mapi.PidTagMessageRecipients.Tag()}})
	msg, err := fasttransfer.ReadMessageContent(fasttransfer.NewReader(bytes.NewReader(download(c, source, 20000)), 0), 0)
	if err != nil || msg.Props.Has(mapi.PidTagBody.Tag()) || len(msg.Recipients) != 0 || mapi.PidTagNormalizedSubject.Get(msg.Props) != "a" {
		t.Errorf("%+v, %v", msg, err)
	}
}

// TestBadUpload keeps a message from being saved whose stream makes no sense.
func TestBadUpload(t *testing.T) {
	c := open(t, server(t), "anna")
	good := content(t, &mapi.Message{Props: mapi.Props{mapi.PidTagSubject.Of("s")}, Recipients: []mapi.Recipient{{Type: mapi.RecipientTo}}})
	for _, test := range []struct {
		name string
		data []byte
		want mapi.ErrorCode
	}{
		{"good", good, 0}, {"cut", good[:len(good)-2], mapi.ErrRpcFormat}, {"nonsense", []byte("this is no stream"), mapi.ErrRpcFormat},
		{"another marker", wireUint32(uint32(fasttransfer.IncrSyncEnd)), mapi.ErrRpcFormat},
	} {
		for _, release := range []bool{false, true} {
			h := c.newMessage(rop.FolderOutbox)
			dest, _ := create(c, h, &rop.FastTransferDestinationConfigureRequest{SourceOperation: rop.SourceCopyTo})
			for _, part := range [][]byte{test.data[:4], test.data[4:]} {
				if len(part) > 0 {
					do1(c, dest, &rop.FastTransferDestinationPutBufferRequest{TransferData: part})
				}
			}
			if release {
				b := rop.NewBatch(0)
				b.Release(b.Use(dest))
				c.run(b)
			}
			_, err := one(c, h, &rop.SaveChangesMessageRequest{SaveFlags: rop.KeepOpenReadWrite})
			wantCode(t, test.name, err, test.want)
		}
	}
}

func wireUint32(u uint32) []byte {
	c := wire.NewEncoder(nil)
	c.Uint32(&u)
	return c.Bytes()
}

// TestSyncScope tells who leaves the scope of a restriction, and leaves out
// what the flags do not ask for.
func TestSyncScope(t *testing.T) {
	c := open(t, server(t), "anna")
	in := c.save(c.newMessage(rop.FolderOutbox, mapi.PidTagImportance.Of(2)))
	c.save(c.newMessage(rop.FolderOutbox, mapi.PidTagImportance.Of(1)))
	important := mapi.Equal(mapi.PidTagImportance.Of(2))
	folder := c.openFolder(c.folders[rop.FolderOutbox])
	flags := rop.SyncUnicode | rop.SyncNormal | rop.SyncReadState
	var state fasttransfer.State
	sync := func(flags rop.SynchronizationFlags) (n int, end *fasttransfer.ContentsSync) {
		t.Helper()
		source, _ := create(c, folder, &rop.SynchronizationConfigureRequest{Type: rop.SynchronizeContents, SendOptions: unicode, Flags: flags, Restriction: important})
		for _, p := range state.Props() {
			data, err := wire.Marshal(p.Set)
			if err != nil {
				t.Fatal(err)
			}
			do1(c, source, &rop.SynchronizationUploadStateStreamBeginRequest{StateProperty: p.Tag, TransferBufferSize: uint32(len(data))})
			do1(c, source, &rop.SynchronizationUploadStateStreamContinueRequest{StreamData: data})
			do1(c, source, &rop.SynchronizationUploadStateStreamEndRequest{})
		}
		end, err := fasttransfer.ReadContentsSync(fasttransfer.NewReader(bytes.NewReader(download(c, source, 20000)), 0), 0,
			func(*fasttransfer.MessageChange) error { n++; return nil })
		if err != nil {
			t.Fatal(err)
		}
		return n, end
	}
	n, end := sync(flags)
	if n != 1 || end.State.Given.Len() != 1 {
		t.Fatalf("%d changes, given %v", n, end.State.Given)
	}
	state = end.State
	h := c.openMessage(rop.FolderOutbox, in)
	c.set(h, mapi.PidTagImportance.Of(0))
	c.save(h)
	if n, end := sync(flags); n != 0 || !end.OutOfScope.Contains(in) || end.Deleted.Len() != 0 || end.State.Given.Len() != 0 {
		t.Errorf("out of scope: %d changes, %+v", n, end)
	}
	for _, f := range []rop.SynchronizationFlags{rop.SyncNoDeletions, rop.SyncIgnoreNoLongerInScope} {
		if _, end := sync(flags | f); end.OutOfScope.Len() != 0 {
			t.Errorf("flag 0x%X: %+v", f, end.OutOfScope)
		}
	}
	do1(c, folder, &rop.DeleteMessagesRequest{MessageIDs: []mapi.MessageID{in}})
	if _, end := sync(flags); !end.Deleted.Contains(in) {
		t.Errorf("deleted: %+v", end)
	}
	if _, end := sync(flags | rop.SyncNoDeletions); end.Deleted.Len() != 0 {
		t.Errorf("no deletions: %+v", end)
	}
}

// TestChainedDownload gives as many buffers in an answer as the client takes.
func TestChainedDownload(t *testing.T) {
	p := mapitest.ExchangeSE()
	c := open(t, server(t, mapitest.Options{Profile: p}), "anna")
	id := c.save(c.newMessage(rop.FolderOutbox, mapi.PidTagHtml.Of(bytes.Repeat([]byte("x"), 20_000)), mapi.PidTagBody.Of("b"),
		mapi.Prop{Tag: 0x10090102, Value: bytes.Repeat([]byte("r"), 10_000)}))
	folder := c.openFolder(c.folders[rop.FolderOutbox])
	c.maxOut = 0x40000
	c.flags |= 4 // Chain
	b := rop.NewBatch(0)
	ids := []mapi.MessageID{id, id, id, id}
	source := rop.Add(b, b.Use(folder), &rop.FastTransferSourceCopyMessagesRequest{MessageIDs: ids, SendOptions: unicode})
	call := rop.Add(b, source.Out, &rop.FastTransferSourceGetBufferRequest{BufferSize: rop.ReadMaximum, MaximumBufferSize: 0x7BC0})
	c.run(b)
	first, err := call.Result()
	if err != nil {
		t.Fatal(err)
	}
	readers := []io.Reader{bytes.NewReader(first.TransferBuffer)}
	last := first
	for _, more := range call.More() {
		readers, last = append(readers, bytes.NewReader(more.TransferBuffer)), more
	}
	if last.TransferStatus != rop.TransferDone || len(readers) < 4 {
		t.Errorf("%d buffers, the last has status %d", len(readers), last.TransferStatus)
	}
	n := 0
	err = fasttransfer.ReadMessageList(fasttransfer.NewReader(io.MultiReader(readers...), 0), 0, func(*fasttransfer.Item) error { n++; return nil })
	if err != nil || n != len(ids) {
		t.Errorf("%d messages, %v", n, err)
	}
}
