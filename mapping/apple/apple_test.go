package apple

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// binaryFile makes a MacBinary file.
func binaryFile(name, kind string, data, resource []byte) []byte {
	head := make([]byte, macHeader)
	head[macNameAt] = byte(len(name))
	copy(head[macNameAt+1:], name)
	copy(head[macTypeAt:], kind)
	binary.BigEndian.PutUint32(head[macForksAt:], uint32(len(data)))
	binary.BigEndian.PutUint32(head[macForksAt+4:], uint32(len(resource)))
	b := append(head, data...)
	b = append(b, make([]byte, (macHeader-len(data)%macHeader)%macHeader)...)
	return append(b, resource...)
}

// TestMacBinary takes a file apart and finds its pieces in the AppleDouble header.
func TestMacBinary(t *testing.T) {
	ctx := context.Background()
	f, err := OpenMacBinary(ctx, mapi.BytesStream(binaryFile("a.txt", "TEXTttxt", []byte("data"), []byte("resource"))))
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Data.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); string(b) != "data" || err != nil || f.Data.Size() != 4 {
		t.Errorf("data %q, %v", b, err)
	}
	double := f.AppleDouble()
	for id, want := range map[uint32]string{nameID: "a.txt", resourceID: "resource", FinderInfo: "TEXTttxt" + string(make([]byte, 24))} {
		if got := Entry(double, id); string(got) != want {
			t.Errorf("entry %d is %q, want %q", id, got, want)
		}
	}
	if Entry(double, 99) != nil {
		t.Error("an entry that is not there was found")
	}
}

// FuzzOpen holds that no bytes make reading either form fail in a way of its own.
func FuzzOpen(f *testing.F) {
	f.Add(binaryFile("a", "TEXTttxt", []byte("d"), []byte("r")))
	f.Add((&File{Name: "a", Finder: make([]byte, 32)}).AppleDouble())
	f.Fuzz(func(t *testing.T, b []byte) {
		Entry(b, FinderInfo)
		file, err := OpenMacBinary(context.Background(), mapi.BytesStream(b))
		if err != nil {
			return
		}
		if got := Entry(file.AppleDouble(), resourceID); !bytes.Equal(got, file.Resource) {
			t.Errorf("resource fork %x became %x", file.Resource, got)
		}
		r, err := file.Data.Open(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, r); n != file.Data.Size() || err != nil {
			t.Errorf("%d bytes of %d: %v", n, file.Data.Size(), err)
		}
	})
}
