package rop

import (
	"encoding/hex"
	"errors"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
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
	if err := a.Respond(&requests[0], 0, &OpenFolderResponse{HasRules: true}); err != nil {
		t.Fatal(err)
	}
	if err := a.Respond(&requests[1], ecDstNullObject, nil); err != nil {
		t.Fatal(err)
	}
	if err := b.Decode(a.Payload()); err != nil {
		t.Fatal(err)
	}
	if r, err := open.Result(); err != nil || !r.HasRules || open.Handle() != 0x70 {
		t.Errorf("OpenFolder: %+v, %v, handle %#x", r, err, open.Handle())
	}
	var refused *mapi.Error
	if _, err := move.Result(); !errors.As(err, &refused) || refused.Code != ecDstNullObject || refused.Op != "RopMoveCopyMessages" {
		t.Errorf("MoveCopyMessages: %v", err)
	}
}
