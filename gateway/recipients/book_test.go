package recipients

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/smtpside"
)

func TestRecipients(t *testing.T) {
	pattern := func(text string) route.Pattern {
		var p route.Pattern
		if err := p.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		return p
	}
	now, down, asked := time.Unix(1e9, 0), false, 0
	book := &Book{
		config: &config.Recipients{Domains: []route.Pattern{pattern("here.test")}, Unlisted: []route.Pattern{pattern("hidden@here.test")}, WhenDown: config.DownRefuse},
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
