package mapiclient_test

import (
	"context"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// noise is a stream of bytes that follow from its size.
type noise int64

func (n noise) Size() int64 { return int64(n) }

func (n noise) Open(context.Context) (io.ReadCloser, error) {
	return io.NopCloser(io.LimitReader(rand.NewChaCha8([32]byte{1}), int64(n))), nil
}

func sum(t *testing.T, s mapi.Stream) (uint64, int64) {
	t.Helper()
	r, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	h := fnv.New64a()
	n, err := io.Copy(h, r)
	if err != nil {
		t.Fatal(err)
	}
	return h.Sum64(), n
}

// watchHeap samples the heap until it is told to stop, and gives the most.
func watchHeap() (stop func() uint64) {
	var most uint64
	end := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			select {
			case <-end:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	return func() uint64 { close(end); running.Wait(); return most }
}

// 150 MB pass in and out in little memory: the test server is in the same
// process, and keeps large values in files.
func TestLargeAttachmentInLittleMemory(t *testing.T) {
	const size, most = 150_000_000, 32 << 20
	if testing.Short() {
		t.Skip("-short: 150 MB take some seconds")
	}
	s := mapitest.NewServer(t, mapitest.Options{TempDir: t.TempDir(), Limits: mapitest.Limits{MessageBytes: 1 << 30}})
	m := openAlice(t, addAlice(t, s))
	runtime.GC()
	stop := watchHeap()
	msg := plainNote()
	msg.Attachments = []mapi.Attachment{{
		Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachByValue), mapi.PidTagAttachLongFilename.Of("large.bin")}, Data: noise(size),
	}}
	if _, err := m.Submit(t.Context(), msg, mapiclient.SubmitOptions{}); err != nil {
		t.Fatal(err)
	}
	sent := m.SpecialFolder(rop.FolderSentItems)
	var rows []mapiclient.Row
	for deadline := time.Now().Add(time.Minute); len(rows) == 0; time.Sleep(20 * time.Millisecond) {
		var err error
		if rows, err = m.Messages(t.Context(), sent, mapiclient.Query{}); err != nil || time.Now().After(deadline) {
			t.Fatalf("no sent copy: %v", err)
		}
	}
	o, err := m.Open(t.Context(), sent, rows[0].ID, mapiclient.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if len(o.Attachments) != 1 {
		t.Fatalf("%d attachments", len(o.Attachments))
	}
	want, _ := sum(t, noise(size))
	got, n := sum(t, o.Attachments[0].Data)
	heap := stop()
	if n != size || got != want {
		t.Errorf("%d bytes came back, the same: %v", n, got == want)
	}
	t.Logf("150 MB submitted and read back; the heap of client and server together was %.1f MiB at most", float64(heap)/(1<<20))
	if heap > most {
		t.Errorf("the heap took %d bytes, want at most %d", heap, most)
	}
}
