package recipients

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/smtpside"
)

func pattern(t *testing.T, text string) (p route.Pattern) {
	t.Helper()
	if err := p.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRecipients(t *testing.T) {
	now, down, asked := time.Unix(1e9, 0), false, 0
	book := &Book{
		config: &config.Recipients{Domains: []route.Pattern{pattern(t, "here.test")}, Unlisted: []route.Pattern{pattern(t, "hidden@here.test")}, WhenDown: config.DownRefuse},
		now:    func() time.Time { return now }, log: slog.New(slog.DiscardHandler), answers: map[string]bookAnswer{},
		find: func(_ context.Context, address string) (bool, error) {
			asked++
			if down {
				return false, errors.New("down")
			}
			return address == "bob@here.test", nil
		},
	}
	for _, step := range []struct {
		address string
		wait    time.Duration
		down    bool
		want    int // 0 is yes
		asked   int // questions in all
	}{
		{"bob@here.test", 0, false, 0, 1},
		{"Bob@Here.Test", 0, false, 0, 1},
		{"bob+news@here.test", 0, false, 0, 2},
		{"eve@here.test", 0, false, 550, 3},
		{"eve@here.test", 0, false, 550, 3},
		{"eve+bob@here.test", 0, false, 550, 4},
		{"+bob@here.test", 0, false, 550, 5},
		{"hidden@here.test", 0, false, 0, 5},
		{"anyone@there.test", 0, false, 0, 5},
		{"eve@here.test", 6 * time.Minute, false, 550, 6},
		{"new@here.test", 0, true, 451, 7},
		{"other@here.test", 0, true, 451, 7}, // left alone for a moment
		{"bob@here.test", 2 * time.Hour, true, 0, 8},
		{"new@here.test", time.Minute, false, 550, 9},
	} {
		now, down = now.Add(step.wait), step.down
		err := book.check(context.Background(), step.address)
		if code := smtpside.StatusOf(err).Code; err == nil && step.want != 0 || err != nil && code != step.want {
			t.Errorf("%s: %v, want %d", step.address, err, step.want)
		}
		if asked != step.asked {
			t.Errorf("%s: %d questions, want %d", step.address, asked, step.asked)
			asked = step.asked
		}
	}
	book.config.WhenDown, down = config.DownAccept, true
	if err := book.check(context.Background(), "another@here.test"); err != nil {
		t.Errorf("when mail shall be taken all the same: %v", err)
	}
}

// A book that does not answer costs each client its time once, and then for a moment none at all; who hangs up meanwhile says nothing
// about the book.
func TestSlowBook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		book := &Book{
			config: &config.Recipients{Domains: []route.Pattern{pattern(t, "here.test")}, WhenDown: config.DownRefuse},
			now:    time.Now, log: slog.New(slog.DiscardHandler), answers: map[string]bookAnswer{},
			find: func(ctx context.Context, _ string) (bool, error) {
				asked.Add(1)
				<-ctx.Done()
				return false, ctx.Err()
			},
		}
		code := func(ctx context.Context, address string) int { return smtpside.StatusOf(book.check(ctx, address)).Code }
		gone, hangUp := context.WithTimeout(t.Context(), time.Second)
		defer hangUp()
		start := time.Now()
		if got := code(gone, "bob@here.test"); got != 451 || time.Since(start) != time.Second || !book.down.IsZero() {
			t.Errorf("a client that hung up: %d after %v, down %v", got, time.Since(start), book.down)
		}
		start = time.Now()
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				if got := code(t.Context(), fmt.Sprintf("%d@here.test", i)); got != 451 {
					t.Errorf("%d", got)
				}
			})
		}
		all.Wait()
		if took := time.Since(start); took != bookTime {
			t.Errorf("50 clients waited for %v", took)
		}
		before := asked.Load()
		if got := code(t.Context(), "next@here.test"); got != 451 || asked.Load() != before || time.Since(start) != bookTime {
			t.Errorf("the next one: %d after %v, %d questions", got, time.Since(start), asked.Load()-before)
		}
		time.Sleep(bookPause)
		if code(t.Context(), "later@here.test"); asked.Load() != before+1 {
			t.Error("a book that did not answer is never asked again")
		}
	})
}
