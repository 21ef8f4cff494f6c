package rop

import (
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A sample is an operation's request and response with their bytes behind the
// header. The bytes were written down from the field tables of [MS-OXCROPS],
// not taken from this package; blanks separate fields.
type sample struct {
	request      Request
	requestBody  string
	response     Response
	responseBody string
	// knowing is the request as the client has it, with what is not on the wire.
	knowing Request

	// code, failure and failureBody are a failure that has fields.
	code        mapi.ErrorCode
	failure     Response
	failureBody string
}

// samples has a row for every operation.
func samples() []sample {
	var all []sample
	for _, some := range [][]sample{
		storeSamples, folderSamples, tableSamples, messageSamples, transportSamples, propertySamples,
		streamSamples, rightSamples, transferSamples, syncSamples,
	} {
		all = append(all, some...)
	}
	return all
}

// asked is the request to which the response is read.
func (s *sample) asked() Request {
	if s.knowing != nil {
		return s.knowing
	}
	return s.request
}

// body gives the bytes of a sample's text.
func body(s string) []byte { return unhex(strings.ReplaceAll(s, " ", "")) }

func TestSampleForEveryOperation(t *testing.T) {
	seen := make(map[ID]bool)
	for _, s := range samples() {
		id := s.request.ROP()
		if seen[id] {
			t.Errorf("%v has two samples", id)
		}
		seen[id] = true
		if s.response == nil && id != Release || s.response != nil && s.response.ROP() != id {
			t.Errorf("%v: the response of its sample is %T", id, s.response)
		}
		if _, fails := s.response.(FailureResponse); fails && s.failure == nil {
			t.Errorf("%v has a failure with fields, its sample has none", id)
		}
	}
	for id, op := range operations {
		if op.newRequest != nil && !seen[ID(id)] {
			t.Errorf("%v has no sample", ID(id))
		}
		if op.newRequest != nil && op.newRequest().ROP() != ID(id) {
			t.Errorf("the table has %v under %v", op.newRequest().ROP(), ID(id))
		}
		if names[id] == "" && op.newRequest != nil {
			t.Errorf("operation 0x%02X has no name", id)
		}
	}
	for id, name := range names {
		special := ID(id) == Notify || ID(id) == Pending || ID(id) == Backoff || ID(id) == BufferTooSmall
		if name != "" && !special && operations[id].newRequest == nil {
			t.Errorf("%v is named but not in the table", ID(id))
		}
	}
}

func TestSamples(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.request.ROP().String(), func(t *testing.T) {
			h := header(s.request.ROP(), 3, 1, 2)
			c := wire.NewEncoder([]byte{byte(h.id)})
			h.layout(c)
			checkRequest(t, append(c.Bytes(), body(s.requestBody)...), h, s.request)
			if s.response == nil {
				return
			}
			a := answered{to: s.asked(), index: 2, in: 1}
			head := []byte{byte(wireID(h.id)), 2, 0, 0, 0, 0}
			if operations[h.id].shape == savesEchoing {
				head = append(head, a.in)
			}
			checkResponse(t, append(head, body(s.responseBody)...), a, s.response)
			if s.failure != nil {
				a.code = s.code
				c := wire.NewEncoder(head[:2:2])
				wire.Uint32s(&s.code, c)
				checkResponse(t, append(c.Bytes(), body(s.failureBody)...), a, s.failure)
			}
		})
	}
}
