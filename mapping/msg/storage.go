package msg

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/richardlehane/mscfb"
)

// A storage is a folder of the compound file.
type storage struct {
	file        *mscfb.File // its entry
	streams     map[string]*stream
	storages    map[string]*storage
	order       []string // of storages
	streamOrder []string
}

// A stream is a file of the compound file.
type stream struct{ file *mscfb.File }

// maxFiles bounds the directory of a compound file.
const maxFiles = 500_000

// tree reads the directory; one whose entries point in a circle is mended.
func (r *reader) tree() (*storage, error) {
	cf, err := mscfb.New(r.src)
	var damage mscfb.Error
	if errors.As(err, &damage) && damage.Typ() == mscfb.ErrTraverse {
		var src io.ReaderAt
		if src, err = r.mended(); err == nil {
			cf, err = mscfb.New(src)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if len(cf.File) > maxFiles {
		return nil, fmt.Errorf("%w: %d directory entries", ErrFormat, len(cf.File))
	}
	root := newStorage()
	for _, f := range cf.File {
		dir := root
		for _, name := range f.Path {
			dir = dir.child(name)
		}
		if f.FileInfo().IsDir() {
			dir.child(f.Name).file = f
			continue
		}
		name := rawName(f)
		if dir.streams[name] == nil {
			dir.streamOrder = append(dir.streamOrder, name)
		}
		dir.streams[name] = &stream{f}
	}
	if top := root.storages["Root Entry"]; top != nil && len(root.streams) == 0 {
		return top, nil
	}
	return root, nil
}

func newStorage() *storage {
	return &storage{streams: map[string]*stream{}, storages: map[string]*storage{}}
}

func (s *storage) child(name string) *storage {
	c := s.storages[name]
	if c == nil {
		c = newStorage()
		s.storages[name] = c
		s.order = append(s.order, name)
	}
	return c
}

// Size implements [mapi.Stream].
func (s *stream) Size() int64 { return s.file.Size }

// Open implements [mapi.Stream]. Every reading has its own place in the file.
func (s *stream) Open(ctx context.Context) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	unread := *s.file
	return io.NopCloser(&unread), nil
}
