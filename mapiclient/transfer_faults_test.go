package mapiclient_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// atBuffer arms faults at the fetching and the putting of buffers.
func atBuffer(s *mapitest.Server, f mapitest.Fault) {
	f.At = mapitest.ROP(rop.FastTransferSourceGetBuffer)
	s.Faults().Add(f)
}

// A busy server is given time, but not for ever.
func TestDownloadBusy(t *testing.T) {
	s, opts := newExchange(t)
	m := openAlice(t, opts)
	folder := m.SpecialFolder(rop.FolderInbox)
	id := saveIn(t, m, folder, plainNote())
	get := func(ctx context.Context) error {
		return m.Download(ctx, folder, []mapi.MessageID{id}, mapiclient.DownloadOptions{}, func(d *mapiclient.Downloaded) error { return d.Err })
	}
	atBuffer(s, mapitest.Fault{Code: mapi.ErrServerBusy, Times: 3})
	began := time.Now()
	if err := get(t.Context()); err != nil {
		t.Errorf("busy three times: %v", err)
	}
	if took := time.Since(began); took < 300*time.Millisecond {
		t.Errorf("asked again after %v altogether", took)
	}
	atBuffer(s, mapitest.Fault{Code: mapi.ErrServerBusy, Times: -1})
	if err := get(t.Context()); !errors.Is(err, mapi.ErrServerBusy) {
		t.Errorf("busy for ever: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	if err := get(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("busy for longer than the caller waits: %v", err)
	}
}

// A failure in the middle fails the whole, names the operation, and leaves the
// session in order or lost.
func TestTransferFails(t *testing.T) {
	large := withAttachments(700_000)
	for _, tc := range []struct {
		name  string
		fault mapitest.Fault
		want  func(error) bool
		lost  bool
	}{
		{"refused at first", mapitest.Fault{Code: mapi.ErrAccessDenied}, isCode(mapi.ErrAccessDenied), false},
		{"refused later", mapitest.Fault{Code: mapi.ErrAccessDenied, Nth: 2}, isCode(mapi.ErrAccessDenied), false},
		{"answer lost", mapitest.Fault{DropAnswer: true, Nth: 2}, isUnknown, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, opts := newExchange(t)
			m := openAlice(t, opts)
			folder := m.SpecialFolder(rop.FolderInbox)
			id := saveIn(t, m, folder, large)
			atBuffer(s, tc.fault)
			err := m.Download(t.Context(), folder, []mapi.MessageID{id}, mapiclient.DownloadOptions{}, func(d *mapiclient.Downloaded) error {
				t.Errorf("%v was given", d.ID)
				return nil
			})
			if !tc.want(err) {
				t.Errorf("download: %v", err)
			}
			if lost := m.Lost() != nil; lost != tc.lost {
				t.Fatalf("lost is %v: %v", lost, m.Lost())
			}
			if tc.lost {
				return
			}
			// The state is not given away when the synchronisation fails.
			atBuffer(s, mapitest.Fault{Code: mapi.ErrAccessDenied})
			if c, state, err := m.Sync(t.Context(), folder, nil, mapiclient.SyncOptions{}); c != nil || state != nil || !isCode(mapi.ErrAccessDenied)(err) {
				t.Errorf("synchronisation: %v, %v, %v", c, state, err)
			}
			if c, _, err := m.Sync(t.Context(), folder, nil, mapiclient.SyncOptions{}); err != nil || len(c.Messages) != 1 {
				t.Errorf("again: %+v, %v", c, err)
			}
		})
	}
}

// An upload that fails leaves nothing behind.
func TestUploadFails(t *testing.T) {
	for _, at := range []rop.ID{rop.FastTransferDestinationConfigure, rop.FastTransferDestinationPutBuffer} {
		for nth := 1; nth <= 2; nth++ {
			s, opts := newExchange(t)
			m := openAlice(t, opts)
			folder := m.SpecialFolder(rop.FolderInbox)
			s.Faults().Add(mapitest.Fault{At: mapitest.ROP(at), Code: mapi.ErrQuotaExceeded, Nth: nth})
			id, err := m.Upload(t.Context(), folder, withAttachments(100_000))
			if at == rop.FastTransferDestinationConfigure && nth == 2 {
				if err != nil {
					t.Errorf("a fault that does not come: %v", err)
				}
				continue
			}
			if id != 0 || !errors.Is(err, mapi.ErrQuotaExceeded) {
				t.Errorf("%v %d: id %v, %v", at, nth, id, err)
			}
			if rows, err := m.Messages(t.Context(), folder, mapiclient.Query{}); err != nil || len(rows) != 0 {
				t.Errorf("%v %d: %d messages are left, %v", at, nth, len(rows), err)
			}
		}
	}
	// A value whose size nobody knows cannot travel so.
	_, opts := newExchange(t)
	m := openAlice(t, opts)
	msg := plainNote()
	msg.Attachments = []mapi.Attachment{{Data: sizeless{mapi.BytesStream("x")}}}
	if _, err := m.Upload(t.Context(), m.SpecialFolder(rop.FolderInbox), msg); err == nil {
		t.Error("an attachment of unknown size was uploaded")
	}
}

type sizeless struct{ mapi.Stream }

func (sizeless) Size() int64 { return -1 }

func isCode(code mapi.ErrorCode) func(error) bool {
	return func(err error) bool {
		return errors.Is(err, code) && bytes.Contains([]byte(err.Error()), []byte("RopFastTransferSourceGetBuffer"))
	}
}

func isUnknown(err error) bool {
	var unknown *mapihttp.UnknownOutcomeError
	return errors.As(err, &unknown)
}
