package mailbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/backup"
)

const (
	// maxVain is how often in a row a run may be tried again without getting further.
	maxVain = 5
	// firstPause is how long the first pause is; each further one is twice as long.
	firstPause = 2 * time.Second
)

// A lostError is one of the connection: what was under way can be gone on with.
type lostError struct {
	err error
	// further says that something was done before.
	further bool
}

// Error implements error.
func (e *lostError) Error() string { return e.err.Error() }

// Unwrap gives what went wrong.
func (e *lostError) Unwrap() error { return e.err }

// persist runs what goes on where it was when it is run again, as long as the
// connection is all that fails and that gets further.
func persist(ctx context.Context, std cli.Streams, b *cli.Bar, run func() error) error {
	started := false
	for vain := 0; ; vain++ {
		err := run()
		var lost *lostError
		if !errors.As(err, &lost) || ctx.Err() != nil {
			return err
		}
		if lost.further {
			started, vain = true, 0
		}
		if !started || vain >= maxVain {
			return err
		}
		pause := firstPause << vain
		b.Clear()
		fmt.Fprintf(std.Err, "mapigate: %v; going on in %v\n", err, pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}

// done says what came of an export or an import.
func done(std cli.Streams, asJSON bool, sum fmt.Stringer, failed []backup.Failure, err error) error {
	for _, f := range failed {
		fmt.Fprintf(std.Err, "mapigate: %s\n", cli.Printable(f.String()))
	}
	if asJSON {
		if e := cli.PrintJSON(std, sum); e != nil && err == nil {
			err = e
		}
	} else {
		fmt.Fprintf(std.Err, "mapigate: %v\n", sum)
	}
	switch {
	case err != nil:
		return err
	case len(failed) > 0:
		return fmt.Errorf("%d could not be carried over; running it again tries them again", len(failed))
	}
	return nil
}
