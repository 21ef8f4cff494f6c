// Command tally prints how all rooms' vectors fared; make vectors runs it.
// It fails if one of them failed.
package main

import (
	"fmt"
	"os"

	"github.com/mapigate/mapigate/mapiclient/vectors"
)

func main() {
	tally, err := count()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	tally.Print(os.Stdout)
	if len(tally.Failed) > 0 {
		os.Exit(1)
	}
}

func count() (*vectors.Tally, error) {
	dir, err := vectors.Dir()
	if err != nil {
		return nil, err
	}
	all, err := vectors.Load(dir)
	if err != nil {
		return nil, err
	}
	return vectors.Count(all, os.Getenv(vectors.LedgerEnv))
}
