package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/mapigate/mapigate/mapping"
)

// A bar shows how far long work is, on a terminal; elsewhere nothing.
type bar struct {
	out io.Writer
	bar *progressbar.ProgressBar // nil where there is no terminal
}

// maxLabel is how much of a folder's name a bar shows, in characters.
const maxLabel = 24

func newBar(out io.Writer, what, unit string) *bar {
	b := &bar{out: out}
	if isTerminal(out) {
		b.bar = progressbar.NewOptions64(1, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(what),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString(unit),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish())
	}
	return b
}

// show says what is at work and how far it is.
func (b *bar) show(label string, done, total int64) {
	if b.bar == nil {
		return
	}
	if r := []rune(label); len(r) > maxLabel {
		label = "…" + string(r[len(r)-maxLabel+1:])
	}
	b.bar.Describe(printable(label))
	// A bar that is full is over, and there may be more folders.
	b.bar.ChangeMax64(max(total, done+1, 1))
	_ = b.bar.Set64(done)
}

// losses says what of a message had no place where it went.
func (b *bar) losses(folder, what string, list []mapping.Loss) {
	b.clear()
	for _, l := range list {
		fmt.Fprintf(b.out, "mapigate: %s: lost: %s\n", printable(folder+"/"+what), printable(l.String()))
	}
}

// clear makes room for a line of text.
func (b *bar) clear() {
	if b.bar != nil {
		_ = b.bar.Clear()
	}
}

// end takes the bar away.
func (b *bar) end() {
	if b.bar != nil {
		_ = b.bar.Finish()
		b.bar = nil
	}
}
