package msg

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/richardlehane/mscfb"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// streamsOf gives the content of every stream of a compound file by its path.
func streamsOf(t *testing.T, raw []byte, below string) map[string]string {
	cf, err := mscfb.New(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range cf.File {
		path := strings.Join(append(slices.Clone(f.Path), rawName(f)), "/")
		if inside, ok := strings.CutPrefix(path, below); ok && !f.FileInfo().IsDir() {
			b, err := io.ReadAll(f)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			out[inside] = string(b)
		}
	}
	return out
}

// TestObject takes the OLE object out of a message of Outlook's: the file that
// is made of it has the same streams, names with control characters included.
func TestObject(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(corpus(t), "aspose-java__email__MSG_file_with_RTF_Formatting.msg"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := Read(context.Background(), bytes.NewReader(raw), Options{})
	if err != nil {
		t.Fatal(err)
	}
	objects := 0
	for i, a := range res.Message.Attachments {
		if mapi.PidTagAttachMethod.Get(a.Props) != 6 {
			continue
		}
		objects++
		r, err := a.Data.Open(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		made, err := io.ReadAll(r)
		if err != nil || int64(len(made)) != a.Data.Size() {
			t.Fatalf("%d bytes, want %d: %v", len(made), a.Data.Size(), err)
		}
		want := streamsOf(t, raw, fmt.Sprintf("%s%08X/%s/", attachmentPrefix, i, objectStorage))
		if got := streamsOf(t, made, ""); len(want) == 0 || !equalMaps(got, want) {
			t.Errorf("object %d: %d streams, want %d", i, len(got), len(want))
		}
	}
	if objects == 0 {
		t.Error("no object in the file")
	}
}

func equalMaps(a, b map[string]string) bool {
	for k, v := range a {
		if w, ok := b[k]; !ok || w != v {
			return false
		}
	}
	return len(a) == len(b)
}

// TestCompoundSizes writes whole files of the corpus anew, so that there are
// small and large streams, storages in storages, and tables of several sectors;
// and one so large that its table needs a list of its own.
func TestCompoundSizes(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus(t), "*.msg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(name, "clusterfuzz") {
			rewritten(t, raw)
		}
	}
	rewritten(t, manyStreams(t, 20, 500_000))
	rewritten(t, manyStreams(t, 700, 100))
}

// rewritten writes a compound file anew and compares.
func rewritten(t *testing.T, raw []byte) []byte {
	r := &reader{ctx: context.Background(), src: bytes.NewReader(raw)}
	root, err := r.tree()
	if err != nil {
		t.Fatal(err)
	}
	c, err := newCompound(context.Background(), root, int64(len(raw)), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	rc, err := c.Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	made, err := io.ReadAll(rc)
	if err != nil || int64(len(made)) != c.Size() {
		t.Fatalf("%d bytes, want %d: %v", len(made), c.Size(), err)
	}
	if got, want := streamsOf(t, made, ""), streamsOf(t, raw, ""); !equalMaps(got, want) {
		t.Errorf("%d streams became %d", len(want), len(got))
	}
	return made
}

// manyStreams makes a compound file of n streams of a size each.
func manyStreams(t *testing.T, n, size int) []byte {
	d := &directory{ctx: context.Background(), source: 1 << 40, budget: 1 << 40}
	root := newStorage()
	content := map[uint32]string{}
	d.add(entry{kind: entryRoot, name: "Root Entry"}, root)
	var children []uint32
	var tail []byte
	l := &sectorTable{}
	for i := range n {
		at := d.add(entry{kind: entryStream, name: fmt.Sprintf("stream %d", i), start: endOfChain, size: int64(size)}, nil)
		b := bytes.Repeat([]byte{byte(i)}, size)
		if size >= miniCutoff {
			d.large = append(d.large, &stream{&mscfb.File{Size: int64(size)}})
			d.largeEntry = append(d.largeEntry, d.entries[at])
			tail = fill(append(tail, b...), sectorSize, 0)
		} else {
			d.entries[at].start = uint32(len(d.miniFAT))
			d.mini = fill(append(d.mini, b...), miniSize, 0)
			d.miniFAT = append(d.miniFAT, uint32(len(d.miniFAT))+1, endOfChain)
		}
		content[at] = string(b)
		children = append(children, at)
	}
	slices.SortFunc(children, func(a, b uint32) int { return byName(d.entries[a].name, d.entries[b].name) })
	d.entries[0].child = d.tree(children, 10)
	l.entries, l.mini = int64(len(d.entries))*entrySize, int64(len(d.mini))
	made := append(l.front(d), tail...)
	for path, got := range streamsOf(t, made, "") {
		var i uint32
		fmt.Sscanf(path, "stream %d", &i)
		if got != content[i+1] {
			t.Fatalf("%s differs", path)
		}
	}
	return made
}
