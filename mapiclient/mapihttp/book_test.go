package mapihttp

import (
	"errors"
	"net/http"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/nspi"
)

// bookServer answers Bind, DNToMId and Unbind; other requests are refused.
func bookServer(w http.ResponseWriter, r *http.Request, body []byte) bool {
	kind := r.Header.Get("X-RequestType")
	if kind != "Bind" && cookie(r, "book") == "" {
		refuse(w, frame.CodeMissingCookie)
		return true
	}
	switch kind {
	case "Bind":
		w.Header().Add("Set-Cookie", "book=1")
		reply(w, r, &nspi.BindResponse{ServerGUID: mapi.GUID{1}})
	case "DNToMId":
		var req nspi.DNToMIdRequest
		if err := unmarshal(body, &req); err != nil {
			refuse(w, frame.CodeInvalidRequestBody)
			return true
		}
		reply(w, r, &nspi.DNToMIdResponse{MIDs: []nspi.MID{nspi.MID(len(req.DNs))}})
	case "CompareMIds":
		reply(w, r, &nspi.CompareMIdsResponse{Status: nspi.Status{StatusCode: 0x80004005}})
	case "QueryRows":
		raw(w, "")
	case "Unbind":
		reply(w, r, &nspi.UnbindResponse{Status: nspi.Status{ErrorCode: nspi.UnbindSuccess}})
	default:
		refuse(w, frame.CodeInvalidRequestType)
	}
	return true
}

func TestBook(t *testing.T) {
	f := newFake(t)
	f.setFault(bookServer)
	client := f.client(f.config())
	b := client.Open()
	var bound nspi.BindResponse
	if err := b.Call(t.Context(), frame.Bind, &nspi.BindRequest{Stat: nspi.NewStat()}, &bound); err != nil || bound.ServerGUID != (mapi.GUID{1}) {
		t.Fatalf("Bind: %+v, %v", bound, err)
	}
	var ids nspi.DNToMIdResponse
	if err := b.Call(t.Context(), frame.DNToMId, &nspi.DNToMIdRequest{DNs: []string{"a", "b"}}, &ids); err != nil || len(ids.MIDs) != 1 || ids.MIDs[0] != 2 {
		t.Fatalf("DNToMId: %+v, %v", ids, err)
	}
	var status *StatusError
	if err := b.Call(t.Context(), frame.CompareMIds, &nspi.CompareMIdsRequest{}, &nspi.CompareMIdsResponse{}); !errors.As(err, &status) || b.Lost() != nil {
		t.Errorf("StatusCode: %v, lost %v", err, b.Lost())
	}
	var unbound nspi.UnbindResponse
	if err := b.Call(t.Context(), frame.Unbind, &nspi.UnbindRequest{}, &unbound); err != nil || unbound.ErrorCode != nspi.UnbindSuccess {
		t.Errorf("Unbind: %+v, %v", unbound, err)
	}
	b.Close()
	var lost *ContextLostError
	if err := b.Call(t.Context(), frame.DNToMId, &nspi.DNToMIdRequest{}, &ids); !errors.As(err, &lost) {
		t.Errorf("after Close: %v", err)
	}
}

// TestBookLost shows that a lost or refused answer loses the context, and says
// no more than that: the address book is only read.
func TestBookLost(t *testing.T) {
	f := newFake(t)
	f.setFault(bookServer)
	client := f.client(f.config())
	for _, kind := range []frame.RequestType{frame.QueryRows, frame.GetMatches} {
		b := client.Open()
		if err := b.Call(t.Context(), frame.Bind, &nspi.BindRequest{}, &nspi.BindResponse{}); err != nil {
			t.Fatal(err)
		}
		err := b.Call(t.Context(), kind, &nspi.QueryRowsRequest{}, &nspi.QueryRowsResponse{})
		var lost *ContextLostError
		if !errors.As(err, &lost) || b.Lost() == nil {
			t.Errorf("%s: %v, lost %v", kind, err, b.Lost())
		}
	}
	// Before a Bind there is nothing to lose.
	f.setFault(func(w http.ResponseWriter, _ *http.Request, _ []byte) bool { raw(w, ""); return true })
	b := client.Open()
	if err := b.Call(t.Context(), frame.Bind, &nspi.BindRequest{}, &nspi.BindResponse{}); err == nil || b.Lost() != nil {
		t.Errorf("Bind: %v, lost %v", err, b.Lost())
	}
}
