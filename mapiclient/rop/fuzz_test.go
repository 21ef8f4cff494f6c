package rop

import (
	"bytes"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// FuzzRequest reads payloads of requests, as a server does. What can be read
// must be written in a form that stays the same when it is read again.
func FuzzRequest(f *testing.F) {
	for _, s := range samples() {
		f.Add(requestPayload(f, &s))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		requests, handles, err := DecodeRequests(payload)
		if err != nil {
			return
		}
		once := encodeRequests(t, requests, handles)
		again, handles, err := DecodeRequests(once)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%x", err, once)
		}
		if twice := encodeRequests(t, again, handles); !bytes.Equal(once, twice) {
			t.Errorf("written\n%x\nand again\n%x", once, twice)
		}
	})
}

func requestPayload(t testing.TB, s *sample) []byte {
	h := header(s.request.ROP(), 0, 0, 1)
	r := Received{ID: h.id, Request: s.request, header: h}
	return encodeRequests(t, []Received{r}, []uint32{1, NoHandle})
}

func encodeRequests(t testing.TB, requests []Received, handles []uint32) []byte {
	c := wire.NewEncoder(make([]byte, 2))
	for _, r := range requests {
		layoutFlags8(c, &r.ID)
		r.header.layout(c)
		r.Request.Layout(c)
	}
	if err := c.Err(); err != nil {
		t.Fatalf("what was read cannot be written: %v", err)
	}
	return sealPayload(c.Bytes(), handles)
}

// FuzzResponse reads the responses to the samples' requests, behind the handle
// index.
func FuzzResponse(f *testing.F) {
	all := samples()
	for i, s := range all {
		if s.response == nil {
			continue
		}
		f.Add(i, encodeResponse(f, 0, s.response))
		if s.failure != nil {
			f.Add(i, encodeResponse(f, s.code, s.failure))
		}
	}
	f.Fuzz(func(t *testing.T, i int, b []byte) {
		if i < 0 || i >= len(all) || all[i].response == nil {
			return
		}
		read := func(b []byte) (Response, mapi.ErrorCode, error) {
			c := wire.NewDecoder(b)
			r := NewResponse(all[i].asked())
			var code mapi.ErrorCode
			layoutResponse(c, &code, 0, r, nil)
			c.End()
			return r, code, c.Err()
		}
		r, code, err := read(b)
		if err != nil {
			return
		}
		once := encodeResponse(t, code, r)
		r, code, err = read(once)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%x", err, once)
		}
		if twice := encodeResponse(t, code, r); !bytes.Equal(once, twice) {
			t.Errorf("written\n%x\nand again\n%x", once, twice)
		}
	})
}

func encodeResponse(t testing.TB, code mapi.ErrorCode, r Response) []byte {
	c := wire.NewEncoder(nil)
	layoutResponse(c, &code, 0, r, nil)
	if err := c.Err(); err != nil {
		t.Fatalf("%T cannot be written: %v", r, err)
	}
	return c.Bytes()
}

// FuzzDecode reads answers to a chain of requests. Every call must end with a
// response or an error, whatever the server says.
func FuzzDecode(f *testing.F) {
	b, _, _ := chain()
	f.Add(answerChain(f, b), []byte{2, 0})
	f.Add(unhex("0200"), unhex("0900"+"2a00000000000001"))
	f.Add(unhex("0c00"+"f9"+"00"+"10270000"+"00"+"0000"+"ff"), []byte(nil))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		b, calls, rows := chain()
		payloads := [][]byte{first}
		if second != nil {
			payloads = append(payloads, second)
		}
		if b.Decode(payloads...) == nil {
			for _, call := range calls {
				if call.err == ErrNoAnswer {
					t.Errorf("%v has no answer, and nobody says so", call.header.id)
				}
			}
		}
		for _, call := range calls {
			if call.err == nil && call.newResponse != nil && call.response == nil {
				t.Errorf("%v has neither a response nor an error", call.header.id)
			}
		}
		rows.More()
	})
}

// FuzzNotification reads what a server tells of changes, as an answer has it:
// what can be read must be written in a form that stays the same.
func FuzzNotification(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 0x04, 0x80, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0})
	f.Add([]byte{0, 0, 0, 0, 0, 0x00, 0x01, 1, 0})
	f.Add([]byte{0, 0, 0, 0, 0, 0x02, 0x80, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 'I', 'P', 'M', 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var n NotifyResponse
		if wire.Unmarshal(b, &n) != nil {
			return
		}
		once, err := wire.Marshal(&n)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		var again NotifyResponse
		if err := wire.Unmarshal(once, &again); err != nil {
			t.Fatalf("what was written cannot be read: %v\n%x", err, once)
		}
		if twice, err := wire.Marshal(&again); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("written\n%x\nand again\n%x, %v", once, twice, err)
		}
	})
}
