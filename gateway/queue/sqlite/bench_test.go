package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// BenchmarkPut measures what sources get, beside what the disk can do (BenchmarkDisk) in the same run.
func BenchmarkPut(b *testing.B) {
	for _, size := range []int{4 << 10, 100 << 10, 1 << 20} {
		for _, sources := range []int{1, 32, 200} {
			b.Run(fmt.Sprintf("%dKB/%d", size>>10, sources), func(b *testing.B) {
				q := open(b, b.TempDir(), Options{MinFree: -1})
				b.ResetTimer()
				share(b, sources, func() error {
					_, err := q.Put(context.Background(), plainEntry("x@one.test", size))
					return err
				})
			})
		}
	}
}

// BenchmarkThrough measures the whole way of a mail: put, lease, report.
func BenchmarkThrough(b *testing.B) {
	for _, sources := range []int{1, 32, 200} {
		b.Run(fmt.Sprintf("4KB/%d", sources), func(b *testing.B) {
			q := open(b, b.TempDir(), Options{MinFree: -1})
			b.ResetTimer()
			var left atomic.Int64
			left.Store(int64(b.N))
			var couriers sync.WaitGroup
			for range 4 {
				couriers.Go(func() { drain(b, q, &left) })
			}
			share(b, sources, func() error {
				_, err := q.Put(context.Background(), plainEntry("x@one.test", 4<<10))
				return err
			})
			couriers.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
		})
	}
}

// drain delivers until nothing is left.
func drain(b *testing.B, q *Queue, left *atomic.Int64) {
	for left.Load() > 0 {
		batch, err := q.Lease(context.Background(), queue.LeaseRequest{Courier: "out", Worker: "w", Max: 20, Duration: time.Hour})
		if err != nil {
			b.Error(err)
			return
		}
		var wg sync.WaitGroup
		for _, g := range batch.Groups {
			wg.Go(func() {
				if _, err := q.Report(context.Background(), g, []mail.Outcome{{Verdict: mail.Delivered, Code: 250, Text: "ok"}}); err != nil {
					b.Error(err)
				}
			})
		}
		wg.Wait()
		left.Add(-int64(len(batch.Groups)))
		if len(batch.Groups) == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}

// BenchmarkDisk is the measure of the machine: records appended and synced, alone and in groups of 32.
func BenchmarkDisk(b *testing.B) {
	for _, size := range []int{4 << 10, 100 << 10} {
		for _, group := range []int{1, 32} {
			b.Run(fmt.Sprintf("%dKB/group%d", size>>10, group), func(b *testing.B) {
				f, err := os.Create(filepath.Join(b.TempDir(), "records"))
				if err != nil {
					b.Fatal(err)
				}
				defer f.Close()
				record := make([]byte, size)
				for i := range b.N {
					if _, err := f.Write(record); err != nil {
						b.Fatal(err)
					}
					if (i+1)%group == 0 || i == b.N-1 {
						if err := f.Sync(); err != nil {
							b.Fatal(err)
						}
					}
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
			})
		}
	}
}

// share does b.N calls from so many goroutines.
func share(b *testing.B, goroutines int, call func() error) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for range goroutines {
		wg.Go(func() {
			for next.Add(1) <= int64(b.N) {
				if err := call(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}
