package mapiclient_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A folder's state differs after whatever happens to a message in it, and only
// then; and it comes with a logon as it comes by itself.
func testFolderState(t *testing.T, tg target, m *mapiclient.Mailbox) {
	folder, err := m.CreateFolder(t.Context(), m.SpecialFolder(rop.FolderIPMSubtree), fmt.Sprintf("suite %016x", rand.Uint64()))
	if err != nil {
		t.Fatal(err)
	}
	last := stateOf(t, m, folder)
	step := func(what string, differs bool) {
		t.Helper()
		now := stateOf(t, m, folder)
		if now.Same(last) == differs {
			t.Errorf("%s: %+v, before %+v", what, now, last)
		}
		last = now
		time.Sleep(20 * time.Millisecond) // times of servers may be coarse
	}
	step("nothing", false)
	msg, _ := note(tg)
	id, err := m.Save(t.Context(), folder, msg)
	if err != nil {
		t.Fatal(err)
	}
	step("a new message", true)
	step("nothing", false)
	o, err := m.Open(t.Context(), folder, id, mapiclient.OpenOptions{Write: true})
	if err != nil {
		t.Fatal(err)
	}
	if err = o.SetProps(t.Context(), mapi.Props{mapi.PidTagSubject.Of("another")}); err == nil {
		err = o.Save(t.Context())
	}
	if o.Close(); err != nil {
		t.Fatal(err)
	}
	step("a changed message", true)
	if err := m.Delete(t.Context(), folder, id); err != nil {
		t.Fatal(err)
	}
	step("a deleted message", true)
	c, err := mapiclient.New(tg.options)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	again, state, err := c.OpenMailboxAt(t.Context(), folder)
	if err != nil || !state.Same(last) || state.Count != 0 {
		t.Errorf("with the logon: %+v, %v, want %+v", state, err, last)
	}
	if again != nil {
		_ = again.Close(context.WithoutCancel(t.Context()))
	}
}

func stateOf(t *testing.T, m *mapiclient.Mailbox, folder mapi.FolderID) mapiclient.FolderState {
	t.Helper()
	state, err := m.FolderState(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	return state
}
