package outbox

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// profiles are the servers that the race is run against: what a submit does at once, and what becomes of the message after.
func profiles() []*mapitest.Profile {
	refused := mapitest.Exchange2016().With(mapitest.QuirkSpoolerRefused)
	refused.Name += " without spooler"
	return append(mapitest.Profiles(), refused)
}

// Whoever submits a message while the gateway is about to claim it, the message is sent once: by the server or by us.
func TestRaceWithTheServersTransport(t *testing.T) {
	for _, profile := range profiles() {
		for _, step := range []Step{StepFound, StepMarked, StepMoved} {
			for _, slow := range []bool{false, true} {
				name := profile.Name + ", submitted after " + string(step)
				if slow {
					name += ", slow transport"
				}
				t.Run(name, func(t *testing.T) { t.Parallel(); race(t, profile, step, slow) })
			}
		}
	}
}

func race(t *testing.T, profile *mapitest.Profile, step Step, slow bool) {
	var bySubmit atomic.Int32
	var rival atomic.Pointer[mapiclient.Mailbox]
	var once atomic.Bool
	b := newBench(t, func(o *Options) {
		o.Step = func(s Step) {
			if s == step && rival.Load() != nil && once.CompareAndSwap(false, true) {
				if err := submitWhatLies(t.Context(), rival.Load()); err != nil {
					t.Logf("the rival could not submit: %v", err)
				}
			}
		}
	}, mapitest.Options{Profile: profile, Transport: func(context.Context, *mapi.Message, mapitest.Envelope) error {
		if slow {
			time.Sleep(500 * time.Millisecond)
		}
		bySubmit.Add(1)
		return nil
	}})
	client, err := b.server.client()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	m, err := client.OpenMailbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close(t.Context())
	rival.Store(m)
	b.deposit(mapitest.Outbox, draft("contested"))
	byUs := 0
	sent := func() bool {
		page, err := b.queue.List(t.Context(), queue.Filter{All: true})
		if err != nil {
			t.Fatal(err)
		}
		byUs = len(page.Records)
		return byUs > 0 || bySubmit.Load() > 0
	}
	for deadline := time.Now().Add(patience); !(once.Load() && sent()) && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(1200 * time.Millisecond) // the other has had its chance, and the watcher several looks
	sent()
	if n := int(bySubmit.Load()) + byUs; n != 1 {
		t.Errorf("sent %d times: %d by the server, %d by us", n, bySubmit.Load(), byUs)
	}
}

// submitWhatLies submits what lies in the Outbox or, claimed, in the hidden folder, as a client does that has it open.
func submitWhatLies(ctx context.Context, m *mapiclient.Mailbox) error {
	hidden, err := m.EnsureFolder(ctx, m.SpecialFolder(rop.FolderRoot), ClaimedFolder)
	if err != nil {
		return err
	}
	for _, folder := range []mapi.FolderID{m.SpecialFolder(rop.FolderOutbox), hidden} {
		rows, err := m.Messages(ctx, folder, mapiclient.Query{})
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := m.SubmitStored(ctx, folder, row.ID); err != nil {
				return err
			}
		}
	}
	return nil
}
