// Command fairness measures that nobody's mail waits for somebody else's trouble.
//
//  1. A gateway relays to a smarthost that takes 20 ms for each mail. A quiet device sends a mail now and then; the time from its 250 to
//     the smarthost's is its normal time.
//  2. 100,000 mails wait for another smarthost, which is dead. The quiet device's mail goes to the one that works.
//  3. A noisy device sends as fast as it can to the same smarthost, more than that takes.
//
// In both cases the quiet device's mail must be delivered within twice its normal time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"
)

const (
	// most is how many times the normal time may be taken.
	most = 2
	// limit bounds the whole run.
	limit = 15 * time.Minute
)

func main() {
	waiting := flag.Int("waiting", 100_000, "mails that wait for the dead destination")
	noise := flag.Int("noise", 4000, "mails of the noisy device")
	mails := flag.Int("mails", 200, "mails of the quiet device in each part")
	engine := flag.String("engine", "sqlite", "engine of the queue: sqlite or postgres")
	flag.Parse()
	ok, err := run(*engine, *waiting, *noise, *mails)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fairness:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

func run(engine string, waiting, noise, mails int) (fair bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	w, err := newWorld(ctx, engine)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, w.close()) }()

	normal, err := w.measure(ctx, mails, nil)
	if err != nil {
		return false, err
	}
	fmt.Printf("fairness: alone: %v\n", normal)

	noisy, err := w.measure(ctx, mails, func(ctx context.Context) error { return w.flood(ctx, noise) })
	if err != nil {
		return false, err
	}
	fmt.Printf("fairness: beside a noisy device: %v\n", noisy)

	if err := w.fill(ctx, waiting); err != nil {
		return false, err
	}
	dead, err := w.measure(ctx, mails, nil)
	if err != nil {
		return false, err
	}
	fmt.Printf("fairness: beside %d mails for a dead destination: %v\n", waiting, dead)
	fmt.Printf("fairness: %.2f times the normal time beside the noisy device, %.2f times beside the dead destination; at most %d wanted\n",
		noisy.over(normal), dead.over(normal), most)
	return noisy.over(normal) <= most && dead.over(normal) <= most, nil
}

// times are what deliveries took, in order.
type times []time.Duration

// String gives the median and the slow end.
func (t times) String() string {
	return fmt.Sprintf("%d mails, median %v, 95%% within %v", len(t), t.at(50), t.at(95))
}

func (t times) at(percent int) time.Duration {
	slices.Sort(t)
	return t[(len(t)-1)*percent/100].Round(100 * time.Microsecond)
}

// over is how many times as long as normal the median is.
func (t times) over(normal times) float64 { return float64(t.at(50)) / float64(normal.at(50)) }
