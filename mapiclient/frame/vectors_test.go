package frame

import (
	"bytes"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/vectors"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

func TestVectors(t *testing.T) {
	vectors.Test(t, vectors.Room{Name: "frame", Covered: map[string]func(*testing.T, vectors.Vector){
		"MS-OXCRPC_4.1_01": checkExOrgInfo,
		"MS-OXCRPC_4.2_01": headerOf(Header{Flags: Last, Size: 0x152, SizeActual: 0x152}, 0x142, 16),
		"MS-OXCRPC_4.2_02": headerOf(Header{Flags: Last, Size: 0x52, SizeActual: 0x52}, 0x42, 16),
		"MS-OXCRPC_4.3_01": headerOf(Header{Size: 0x7FFE, SizeActual: 0x7FFE}, 0x7FEE, 16),
		"MS-OXCRPC_4.3_02": headerOf(Header{Flags: Last, Size: 0x2008, SizeActual: 0x2008}, 0x1FF8, 16),
		"MS-XCA_3.1_01":    checkCompressed,
		"MS-XCA_3.1_02":    checkCompressed,
	}})
}

// checkExOrgInfo reads the auxiliary buffer of a Connect.
func checkExOrgInfo(t *testing.T, v vectors.Vector) {
	blocks, err := AuxBlocks(v.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if len(blocks) != 1 || blocks[0].Version != 1 || blocks[0].Type != AuxTypeExOrgInfo ||
		!bytes.Equal(blocks[0].Data, []byte{1, 0, 0, 0}) {
		t.Errorf("blocks %+v", blocks)
	}
	again, err := AppendAux(nil, blocks)
	if err != nil || !bytes.Equal(again, v.Bytes) {
		t.Errorf("written again %x (%v), want %x", again, err, v.Bytes)
	}
}

// headerOf checks a header whose page prints the RopSize behind it and leaves
// the ROPs out: the sizes must agree with those of the handle table.
func headerOf(want Header, ropSize, handles int) func(*testing.T, vectors.Vector) {
	return func(t *testing.T, v vectors.Vector) {
		var got Header
		c := wire.NewDecoder(v.Bytes)
		got.Layout(c)
		var size uint16
		c.Uint16(&size)
		if c.End(); c.Err() != nil || got != want || int(size) != ropSize {
			t.Fatalf("got %+v, RopSize 0x%X (%v), want %+v, 0x%X", got, size, c.Err(), want, ropSize)
		}
		if int(got.SizeActual) != ropSize+handles {
			t.Errorf("SizeActual 0x%X is not RopSize and handles", got.SizeActual)
		}
		// The same header in front of a payload of that size.
		payload := make([]byte, got.Size)
		copy(payload, v.Bytes[HeaderSize:])
		whole, err := AppendPayload(nil, payload, want.Flags)
		if err != nil || !bytes.HasPrefix(whole, v.Bytes) || len(whole) != HeaderSize+int(got.Size) {
			t.Errorf("written %x… of %d bytes (%v), want %x…", whole[:len(v.Bytes)], len(whole), err, v.Bytes)
		}
	}
}

func checkCompressed(t *testing.T, v vectors.Vector) {
	plain, err := Decompress(v.Bytes, len(v.Plain))
	if err != nil || !bytes.Equal(plain, v.Plain) {
		t.Errorf("decompressed %q (%v), want %q", plain, err, v.Plain)
	}
	if got := Compress(v.Plain); !bytes.Equal(got, v.Bytes) {
		t.Errorf("compressed %x, want %x", got, v.Bytes)
	}
}
