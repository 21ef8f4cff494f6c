package rop

import (
	"bytes"
	"encoding/hex"
	"maps"
	"reflect"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/vectors"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// TestVectors decodes the specifications' examples, compares every field with
// what the page prints, and encodes them again.
func TestVectors(t *testing.T) {
	covered := make(map[string]func(*testing.T, vectors.Vector))
	for _, some := range []map[string]func(*testing.T, vectors.Vector){
		folderVectors, messageVectors, permissionVectors, propertyVectors, storeVectors, tableVectors,
		transportVectors, ruleVectors, notificationVectors,
	} {
		maps.Copy(covered, some)
	}
	vectors.Test(t, vectors.Room{Name: "rop", Covered: covered, LeftOut: map[string]string{
		"MS-OXCTABL_4.4.2_01":   "cut off by the page after 256 bytes, and its columns are not those of the SetColumns example",
		"MS-OXCTABL_4.5.3.2_01": "cut off by the page after 64 bytes, and its columns are not shown",
	}})
}

// header makes the header of a request with the indices in the order of the
// wire.
func header(id ID, logon uint8, indices ...uint8) requestHeader {
	h := requestHeader{id: id, logon: logon}
	switch operations[id].shape {
	case onObject:
		h.in = indices[0]
	case creates, fromTo:
		h.in, h.second = indices[0], indices[1]
	case logsOn:
		h.second = indices[0]
	case saves, savesEchoing:
		h.second, h.in = indices[0], indices[1]
	}
	return h
}

// request checks a request on logon 0 with the given handle indices, in the
// order of the wire.
func request(want Request, indices ...uint8) func(*testing.T, vectors.Vector) {
	return requestOn(0, want, indices...)
}

func requestOn(logon uint8, want Request, indices ...uint8) func(*testing.T, vectors.Vector) {
	h := header(want.ROP(), logon, indices...)
	return func(t *testing.T, v vectors.Vector) { checkRequest(t, v.Bytes, h, want) }
}

// requestBody checks a request that the page prints without its header.
func requestBody(want Request) func(*testing.T, vectors.Vector) {
	h := header(want.ROP(), 0, 0, 0)
	return func(t *testing.T, v vectors.Vector) {
		c := wire.NewEncoder([]byte{byte(h.id)})
		h.layout(c)
		checkRequest(t, append(c.Bytes(), v.Bytes...), h, want)
	}
}

func checkRequest(t *testing.T, b []byte, h requestHeader, want Request) {
	t.Helper()
	decode := func(b []byte) (Received, error) {
		var r Received
		c := wire.NewDecoder(b)
		err := r.decode(c)
		c.End()
		if err == nil {
			err = c.Err()
		}
		return r, err
	}
	got, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if got.header != h {
		t.Errorf("header is %+v, want %+v", got.header, h)
	}
	compare(t, got.Request, want)
	c := wire.NewEncoder([]byte{byte(h.id)})
	got.header.layout(c)
	got.Request.Layout(c)
	sameBytes(t, c, b)
	for n := range b {
		if _, err := decode(b[:n]); err == nil {
			t.Errorf("the first %d of %d bytes were taken for a request", n, len(b))
		}
	}
}

// answered is what stands around a response.
type answered struct {
	// to is the request, where the response depends on it.
	to Request
	// index is the handle index of the response; in that of the object worked on.
	index, in uint8
	code      mapi.ErrorCode
}

// response checks a successful response with the given handle index.
func response(index uint8, want Response) func(*testing.T, vectors.Vector) {
	return responseTo(answered{index: index}, want)
}

func responseTo(a answered, want Response) func(*testing.T, vectors.Vector) {
	return func(t *testing.T, v vectors.Vector) { checkResponse(t, v.Bytes, a, want) }
}

// responseBody checks a successful response that the page prints without its
// header.
func responseBody(want Response) func(*testing.T, vectors.Vector) {
	return func(t *testing.T, v vectors.Vector) {
		checkResponse(t, append([]byte{byte(want.ROP()), 0, 0, 0, 0, 0}, v.Bytes...), answered{}, want)
	}
}

func checkResponse(t *testing.T, b []byte, a answered, want Response) {
	t.Helper()
	if a.to == nil {
		a.to = NewRequest(want.ROP())
	}
	decode := func(b []byte) (r Response, id ID, index uint8, code mapi.ErrorCode, err error) {
		c := wire.NewDecoder(b)
		layoutFlags8(c, &id)
		c.Uint8(&index)
		r = NewResponse(a.to)
		layoutResponse(c, &code, a.in, r, nil)
		c.End()
		return r, id, index, code, c.Err()
	}
	got, id, index, code, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if id != wireID(want.ROP()) || index != a.index || code != a.code {
		t.Errorf("header is %v, %d, %v; want %v, %d, %v", id, index, code, want.ROP(), a.index, a.code)
	}
	compare(t, got, want)
	c := wire.NewEncoder([]byte{byte(id), index})
	layoutResponse(c, &code, a.in, got, nil)
	sameBytes(t, c, b)
	for n := range b {
		if _, _, _, _, err := decode(b[:n]); err == nil {
			t.Errorf("the first %d of %d bytes were taken for a response", n, len(b))
		}
	}
}

func compare(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("decoded\n %+v\nwant\n %+v", got, want)
	}
}

func sameBytes(t *testing.T, c *wire.Codec, want []byte) {
	t.Helper()
	if err := c.Err(); err != nil {
		t.Errorf("encoding again: %v", err)
	} else if !bytes.Equal(c.Bytes(), want) {
		t.Errorf("encoded again\n %x\nwant\n %x", c.Bytes(), want)
	}
}

// unhex is the bytes of a constant that a test spells out.
func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// folder and message make ids as the specifications print them.
func folder(counter uint64) mapi.FolderID   { return mapi.FolderID(mapi.MakeID(1, counter)) }
func message(counter uint64) mapi.MessageID { return mapi.MessageID(mapi.MakeID(1, counter)) }

// guid makes a GUID of its bytes on the wire.
func guid(s string) (g mapi.GUID) {
	copy(g[:], unhex(s))
	return g
}
