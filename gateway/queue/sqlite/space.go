package sqlite

import (
	"fmt"
	"sync"
	"time"

	"github.com/mapigate/mapigate/gateway/queue"
)

// A space watches the room that is left on the disk.
type space struct {
	dir  string
	free func(dir string) (int64, error)
	min  int64

	mu   sync.Mutex
	at   time.Time
	last int64
}

// spaceAge is for how long a look at the disk is good.
const spaceAge = time.Second

func newSpace(dir string, min int64) *space { return &space{dir: dir, min: min, free: diskFree} }

// check fails with ErrFull when the floor is reached.
func (s *space) check() error {
	if s.min < 0 {
		return nil
	}
	if free := s.left(); free >= 0 && free < s.min {
		return fmt.Errorf("%w: %d MiB left on the disk, the floor is %d MiB", queue.ErrFull, free>>20, s.min>>20)
	}
	return nil
}

// left is the room in bytes, or -1 when it cannot be known.
func (s *space) left() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.Sub(s.at) > spaceAge {
		free, err := s.free(s.dir)
		if err != nil {
			free = -1
		}
		s.at, s.last = now, free
	}
	return s.last
}
