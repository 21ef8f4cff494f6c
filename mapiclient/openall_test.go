package mapiclient_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// Among several messages one that is gone and one whose size was understated
// spoil nothing, and the order is kept.
func TestOpenAllIsNotSpoiledByOne(t *testing.T) {
	_, opts := newExchange(t)
	m := openAlice(t, opts)
	folder := m.SpecialFolder(rop.FolderInbox)
	var refs []mapiclient.Ref
	for i := range 6 {
		msg := plainNote()
		msg.Props.Set(mapi.PidTagSubject.Of(fmt.Sprint(i)))
		if i == 4 {
			msg.Props.Set(mapi.PidTagBody.Of(strings.Repeat("long ", 20_000)))
		}
		id, err := m.Save(t.Context(), folder, msg)
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, mapiclient.Ref{ID: id, Size: 4 << 10})
	}
	if err := m.Delete(t.Context(), folder, refs[2].ID); err != nil {
		t.Fatal(err)
	}
	var got []string
	err := m.OpenAll(t.Context(), folder, refs, func(ref mapiclient.Ref, o *mapiclient.Opened, err error) error {
		switch {
		case errors.Is(err, mapiclient.ErrGone):
			got = append(got, "gone")
		case err != nil:
			return err
		default:
			got = append(got, mapi.PidTagSubject.Get(o.Props))
			if ref.ID != o.ID {
				t.Errorf("asked for %v, got %v", ref.ID, o.ID)
			}
			o.Close()
		}
		return nil
	})
	if err != nil || strings.Join(got, " ") != "0 1 gone 3 4 5" {
		t.Errorf("%q, %v", got, err)
	}
}

// What is opened ahead is released, also when the caller stops early: a server
// allows few open objects.
func TestOpenAllLeavesNothingOpen(t *testing.T) {
	s := mapitest.NewServer(t, mapitest.Options{Limits: mapitest.Limits{Objects: 20}})
	m := openAlice(t, addAlice(t, s))
	folder := m.SpecialFolder(rop.FolderInbox)
	var refs []mapiclient.Ref
	for range 12 {
		msg := plainNote()
		msg.Props.Set(mapi.PidTagBody.Of("short"))
		id, err := m.Save(t.Context(), folder, msg)
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, mapiclient.Ref{ID: id, Size: 600})
	}
	enough := errors.New("enough")
	for i := range 10 {
		err := m.OpenAll(t.Context(), folder, refs, func(_ mapiclient.Ref, o *mapiclient.Opened, err error) error {
			if err != nil {
				return err
			}
			o.Close()
			return enough
		})
		if !errors.Is(err, enough) {
			t.Fatalf("round %d: %v", i, err)
		}
		// The releases travel with the next request.
		if _, err := m.Messages(t.Context(), folder, mapiclient.Query{}); err != nil {
			t.Fatal(err)
		}
	}
}
