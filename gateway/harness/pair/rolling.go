package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

const (
	// restarts is how often each gateway is restarted.
	restarts = 3
	// between is how long both run before the next restart.
	between = 2 * time.Second
)

// rolling restarts the gateways one after the other, as an update does, while clients send to whichever answers and a user saves
// messages in an Outbox that both would watch. Nobody may notice.
func (b *bench) rolling(ctx context.Context) (fine bool, err error) {
	r, err := b.begin(ctx, 2)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, r.end()) }()
	l := &flow{round: r}
	var all sync.WaitGroup
	all.Go(func() { l.note(l.saving(ctx)) })
	for range clients / 2 {
		all.Go(func() { l.note(l.sending(ctx)) })
	}
	for n := range restarts * len(r.gateways) {
		time.Sleep(between)
		p := r.gateways[n%len(r.gateways)]
		if err := errors.Join(p.stop(), p.start(ctx)); err != nil {
			l.over.Store(true)
			all.Wait()
			return false, err
		}
	}
	l.over.Store(true)
	all.Wait()
	if l.err != nil {
		return false, l.err
	}
	fmt.Printf("pair: %d restarts, one gateway after the other: %d mails accepted, %d messages saved in an Outbox\n",
		restarts*len(r.gateways), len(l.accepted)-l.saved, l.saved)
	r.waitFor(ctx, len(l.accepted))
	time.Sleep(settle)
	return b.compare(l.accepted, r.arrived())
}

// A flow is mail that never stops.
type flow struct {
	*round
	over atomic.Bool
	next atomic.Int64

	mu       sync.Mutex
	accepted []string
	saved    int
	err      error
}

func (f *flow) note(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = errors.Join(f.err, err)
}

func (f *flow) accept(id string, saved int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.accepted = append(f.accepted, id)
	f.saved += saved
}

// sending sends to one gateway after the other. One that is being restarted refuses; each try has a Message-ID of its own.
func (f *flow) sending(ctx context.Context) error {
	for !f.over.Load() && ctx.Err() == nil {
		n := f.next.Add(1)
		id := fmt.Sprintf("<pair.rolling.%d@example.test>", n)
		if err := deliver(f.gateways[int(n)%len(f.gateways)].smtp, id); err == nil {
			f.accept(id, 0)
		}
		time.Sleep(50 * time.Millisecond) // no more than is delivered meanwhile
	}
	return ctx.Err()
}

// saving leaves messages in the watched Outbox.
func (f *flow) saving(ctx context.Context) error {
	const to = "alice@example.test"
	entryID, err := mapi.EntryIDBytes(mapi.NewOneOff(to, to))
	if err != nil {
		return err
	}
	for n := 0; !f.over.Load() && ctx.Err() == nil; n++ {
		id := fmt.Sprintf("<pair.saved.%d@example.test>", n)
		_, err := f.robot.Deposit(mapitest.Outbox, &mapi.Message{
			Props: mapi.Props{mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSubject.Of("pair"), mapi.PidTagBody.Of("Hello."), mapi.PidTagInternetMessageId.Of(id)},
			Recipients: []mapi.Recipient{{Type: mapi.RecipientTo, Props: mapi.Props{mapi.PidTagDisplayName.Of(to), mapi.PidTagAddressType.Of("SMTP"),
				mapi.PidTagEmailAddress.Of(to), mapi.PidTagSmtpAddress.Of(to), mapi.PidTagEntryId.Of(entryID)}}},
		})
		if err != nil {
			return err
		}
		f.accept(id, 1)
		time.Sleep(100 * time.Millisecond)
	}
	return ctx.Err()
}

// stop ends the process as an update does, and waits until it has done what it had begun.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	err := p.cmd.Wait()
	p.cmd = nil
	return err
}
