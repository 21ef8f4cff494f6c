package drop

import (
	"fmt"
	"os"
)

// openPlain opens a file for reading, and refuses what is a link: only
// administrators can make one here.
func openPlain(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: no regular file", errMalformed)
	}
	return os.Open(path)
}
