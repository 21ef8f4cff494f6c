package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/mapigate/mapigate/mapping"
)

// A Bar shows how far long work is, on a terminal; elsewhere nothing.
type Bar struct {
	out io.Writer
	bar *progressbar.ProgressBar // nil where there is no terminal
}

// maxLabel is how much of a folder's name a bar shows, in characters.
const maxLabel = 24

// NewBar makes a bar for what is done, counted in units; end it.
func NewBar(out io.Writer, what, unit string) *Bar {
	b := &Bar{out: out}
	if isTerminal(out) {
		b.bar = progressbar.NewOptions64(1, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(what),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString(unit),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish())
	}
	return b
}

// Show says what is at work and how far it is.
func (b *Bar) Show(label string, done, total int64) {
	if b.bar == nil {
		return
	}
	if r := []rune(label); len(r) > maxLabel {
		label = "…" + string(r[len(r)-maxLabel+1:])
	}
	b.bar.Describe(Printable(label))
	// A bar that is full is over, and there may be more folders.
	b.bar.ChangeMax64(max(total, done+1, 1))
	_ = b.bar.Set64(done)
}

// Losses says what of a message had no place where it went.
func (b *Bar) Losses(folder, what string, list []mapping.Loss) {
	b.Clear()
	for _, l := range list {
		fmt.Fprintf(b.out, "mapigate: %s: lost: %s\n", Printable(folder+"/"+what), Printable(l.String()))
	}
}

// Clear makes room for a line of text.
func (b *Bar) Clear() {
	if b.bar != nil {
		_ = b.bar.Clear()
	}
}

// End takes the bar away.
func (b *Bar) End() {
	if b.bar != nil {
		_ = b.bar.Finish()
		b.bar = nil
	}
}
