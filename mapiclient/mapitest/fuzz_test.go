package mapitest

import (
	"bytes"
	"context"
	"encoding/binary"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// setUp logs on and opens one object of each sort, whose handles are 1 to 7.
func setUp(dn string, outbox, inbox mapi.FolderID) ([]byte, error) {
	b := rop.NewBatch(0)
	logon := rop.Add(b, rop.Slot{}, &rop.LogonRequest{LogonFlags: rop.LogonPrivate, OpenFlags: rop.OpenUsePerMDBReplIDMapping, Essdn: dn})
	folder := rop.Add(b, logon.Out, &rop.OpenFolderRequest{FolderID: inbox})
	table := rop.Add(b, folder.Out, &rop.GetContentsTableRequest{})
	msg := rop.Add(b, logon.Out, &rop.CreateMessageRequest{CodePageID: rop.CodePageLogon, FolderID: outbox})
	attachment := rop.Add(b, msg.Out, &rop.CreateAttachmentRequest{})
	rop.Add(b, attachment.Out, &rop.OpenStreamRequest{Tag: mapi.PidTagAttachDataBinary.Tag(), OpenModeFlags: rop.StreamCreate})
	rop.Add(b, logon.Out, &rop.RegisterNotificationRequest{WantWholeStore: true, Types: 0xFF})
	rop.Add(b, table.Out, &rop.SetColumnsRequest{Tags: []mapi.PropTag{mapi.PidTagSubject.Tag(), mapi.PidTagMid.Tag()}})
	return b.Encode()
}

// handleTable is that of the seeds: the objects of setUp, and room for another.
var handleTable = []uint32{1, 2, 3, 4, 5, 6, 7, rop.NoHandle}

// raw gives the bytes of a request on the object at index in, whatever the
// shape of its header.
func raw(q rop.Request, in uint8) []byte {
	body, err := wire.Marshal(q)
	if err != nil {
		return nil
	}
	out := uint8(len(handleTable) - 1)
	for _, indices := range [][]byte{{in}, {in, out}, {out, in}, {out}} {
		b := append(append([]byte{byte(q.ROP()), 0}, indices...), body...)
		if list, _, err := rop.DecodeRequests(payloadOf(b)); err == nil && len(list) == 1 {
			return b
		}
	}
	return nil
}

// payloadOf puts requests and the handle table together.
func payloadOf(requests ...[]byte) []byte {
	rops := bytes.Join(requests, nil)
	b := append(binary.LittleEndian.AppendUint16(nil, uint16(2+len(rops))), rops...)
	for _, h := range handleTable {
		b = binary.LittleEndian.AppendUint32(b, h)
	}
	return b
}

// seeds adds every operation without content on every object, and some that
// belong together.
func seeds(f *testing.F, outbox mapi.FolderID) {
	add := func(requests ...[]byte) {
		f.Add(payloadOf(requests...), uint32(frame.MaxRopBuffer), uint32(frame.ExecuteChain))
	}
	for id := range 256 {
		q := rop.NewRequest(rop.ID(id))
		if q == nil {
			continue
		}
		for in := range handleTable {
			add(raw(q, uint8(in)))
		}
	}
	const logon, folder, table, msg, attachment, stream = 0, 1, 2, 3, 4, 5
	row := mapi.MakeRecipientRow(mapi.Recipient{Props: mapi.Props{mapi.PidTagAddressType.Of("SMTP"), mapi.PidTagEmailAddress.Of("anna@example.test")}}, nil)
	add(raw(&rop.SetPropertiesRequest{Props: mapi.Props{mapi.PidTagSubject.Of("Re: x"), mapi.PidTagImportance.Of(2)}}, msg),
		raw(&rop.ModifyRecipientsRequest{Rows: []rop.ModifyRecipientRow{{Type: mapi.RecipientTo, Row: &row}}}, msg),
		raw(&rop.SaveChangesMessageRequest{SaveFlags: rop.KeepOpenReadWrite}, msg),
		raw(&rop.GetPropertiesAllRequest{}, msg), raw(&rop.SubmitMessageRequest{SubmitFlags: rop.SubmitNeedsSpooler}, msg),
		raw(&rop.SetSpoolerRequest{}, logon), raw(&rop.SpoolerLockMessageRequest{MessageID: 0x1500000000000001}, logon))
	add(raw(&rop.WriteStreamRequest{Data: []byte("data")}, stream), raw(&rop.SetStreamSizeRequest{StreamSize: 1 << 21}, stream),
		raw(&rop.CommitStreamRequest{}, stream), raw(&rop.SaveChangesAttachmentRequest{}, attachment), raw(&rop.SaveChangesMessageRequest{}, msg))
	add(raw(&rop.RestrictRequest{Restriction: mapi.AndRestriction{mapi.Equal(mapi.PidTagSubject.Of("x")), mapi.ExistRestriction{Tag: mapi.PidTagBody.Tag()}}}, table),
		raw(&rop.SortTableRequest{SortOrders: []mapi.SortOrder{{Tag: mapi.PidTagSubject.Tag()}}}, table),
		raw(&rop.QueryRowsRequest{Flags: rop.QueryEnablePackedBuffers, ForwardRead: true, RowCount: 100}, table))
	add(raw(&rop.OpenMessageRequest{CodePageID: rop.CodePageLogon, FolderID: outbox, MessageID: 0x1500000000000001}, logon),
		raw(&rop.GetPropertyIDsFromNamesRequest{Flags: rop.NamesCreate, Names: []mapi.PropertyName{{Set: mapi.PSPublicStrings, Name: "n"}}}, logon))
	add(raw(&rop.CreateFolderRequest{FolderType: rop.FolderGeneric, DisplayName: "f"}, folder))
}

// FuzzExecute throws payloads at a session that has something open. None may
// make the server panic or hang, and the session must survive each.
func FuzzExecute(f *testing.F) {
	s, err := New(Options{TempDir: f.TempDir(), Limits: Limits{ValueBytes: 4 << 20, MailboxBytes: 64 << 20}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	if _, err := s.AddUser(User{Name: "anna", Address: "anna@example.test", Password: "secret"}); err != nil {
		f.Fatal(err)
	}
	a := s.directory.find("anna")
	outbox, inbox := a.box.Special(store.Outbox).ID, a.box.Special(store.Inbox).ID
	begin, err := setUp(a.dn, outbox, inbox)
	if err != nil {
		f.Fatal(err)
	}
	seeds(f, outbox)
	f.Fuzz(func(t *testing.T, payload []byte, maxOut, flags uint32) {
		start := time.Now()
		q := &request{server: s, user: a, mailbox: a, id: "{x}:1", r: httptest.NewRequestWithContext(t.Context(), "POST", "/", nil)}
		c, code := s.openEmsmdb(q, &frame.ConnectRequest{})
		if code != 0 {
			t.Fatal(code)
		}
		defer s.emsmdbSessions.end(c)
		run := func(payload []byte, maxOut, flags uint32) *frame.ExecuteResponse {
			buffer, err := frame.AppendPayload(nil, payload[:min(len(payload), 0xFFFF)], frame.Last)
			if err != nil {
				t.Fatal(err)
			}
			return c.emsmdb.execute(context.Background(), q, &frame.ExecuteRequest{Flags: frame.ExecuteFlags(flags), RopBuffer: buffer, MaxRopOut: maxOut})
		}
		if r := run(begin, frame.MaxRopBuffer, 3); r.ErrorCode != 0 || r.StatusCode != 0 {
			t.Fatalf("setting up: %+v", r)
		}
		for range 2 {
			r := run(payload, maxOut, flags)
			if len(r.RopBuffer) > int(maxOut) && r.StatusCode == 0 && r.ErrorCode == 0 {
				t.Errorf("%d bytes for a MaxRopOut of %d", len(r.RopBuffer), maxOut)
			}
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("took %v", took)
		}
	})
}
