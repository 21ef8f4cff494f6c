// Package progress shows on a terminal how far a long run is, and nothing where there is none: reports stay as they are.
package progress

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// A Bar is the bar of one run. A nil one shows nothing.
type Bar struct{ bar *progressbar.ProgressBar }

// New begins a bar of so many steps on standard error; nil where that is no terminal.
func New(what string, steps int) *Bar {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return nil
	}
	return &Bar{progressbar.NewOptions(max(steps, 1), progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish())}
}

// Show says what is at work, and how many steps are done. An error of the terminal is not worth a run.
func (b *Bar) Show(what string, done int) {
	if b == nil {
		return
	}
	b.bar.Describe(what)
	_ = b.bar.Set(done)
}

// Clear makes room for a line of text.
func (b *Bar) Clear() {
	if b != nil {
		_ = b.bar.Clear()
	}
}

// End takes the bar away.
func (b *Bar) End() {
	if b != nil {
		_ = b.bar.Finish()
	}
}
