package frame

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/vectors"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

func TestVectors(t *testing.T) {
	vectors.Test(t, vectors.Room{Name: "frame", Covered: map[string]func(*testing.T, vectors.Vector){
		"MS-OXCRPC_4.1_01": publicFoldersEnabled,
		"MS-OXCRPC_4.2_01": payloadHeader(Header{Flags: Last, Size: 0x152, SizeActual: 0x152}, 0x142, 16),
		"MS-OXCRPC_4.2_02": payloadHeader(Header{Flags: Last, Size: 0x52, SizeActual: 0x52}, 0x42, 16),
		"MS-OXCRPC_4.3_01": payloadHeader(Header{Size: 0x7FFE, SizeActual: 0x7FFE}, 0x7FEE, 16),
		"MS-OXCRPC_4.3_02": payloadHeader(Header{Flags: Last, Size: 0x2008, SizeActual: 0x2008}, 0x1FF8, 16),
		"MS-XCA_3.1_01":    compressed,
		"MS-XCA_3.1_02":    compressed,
	}})
}

// publicFoldersEnabled checks an auxiliary buffer with one AUX_EXORGINFO.
func publicFoldersEnabled(t *testing.T, v vectors.Vector) {
	payloads, err := Payloads(v.Bytes, 1<<16)
	if err != nil || len(payloads) != 1 {
		t.Fatalf("%d payloads, %v", len(payloads), err)
	}
	blocks, err := AuxBlocks(v.Bytes)
	if err != nil || len(blocks) != 1 {
		t.Fatalf("%d blocks, %v", len(blocks), err)
	}
	if b := blocks[0]; b.Version != 1 || b.Type != 0x17 || !bytes.Equal(b.Data, []byte{1, 0, 0, 0}) {
		t.Errorf("block is %+v", b)
	}
	again, err := AppendAux(nil, blocks)
	if err != nil || !bytes.Equal(again, v.Bytes) {
		t.Errorf("encoded again: %x, %v; want %x", again, err, v.Bytes)
	}
	for n := 1; n < len(v.Bytes); n++ {
		if _, err := AuxBlocks(v.Bytes[:n]); err == nil {
			t.Errorf("the first %d bytes were taken for an auxiliary buffer", n)
		}
	}
}

// payloadHeader checks an RPC_HEADER_EXT that is followed by RopSize, which
// leaves room for the handle table.
func payloadHeader(want Header, ropSize, handleTable uint16) func(*testing.T, vectors.Vector) {
	return func(t *testing.T, v vectors.Vector) {
		var got Header
		if err := wire.Unmarshal(v.Bytes[:HeaderSize], &got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("header is %+v, want %+v", got, want)
		}
		if n := binary.LittleEndian.Uint16(v.Bytes[HeaderSize:]); n != ropSize || n+handleTable != got.Size {
			t.Errorf("RopSize is %#x, want %#x", n, ropSize)
		}
		again, err := wire.Marshal(&got)
		if err != nil || !bytes.Equal(again, v.Bytes[:HeaderSize]) {
			t.Errorf("encoded again: %x, %v; want %x", again, err, v.Bytes[:HeaderSize])
		}
		for n := range HeaderSize {
			if wire.Unmarshal(v.Bytes[:n], new(Header)) == nil {
				t.Errorf("the first %d bytes were taken for a header", n)
			}
		}
	}
}

// compressed checks plain LZ77 both ways.
func compressed(t *testing.T, v vectors.Vector) {
	plain, err := Decompress(v.Bytes, len(v.Plain))
	if err != nil || !bytes.Equal(plain, v.Plain) {
		t.Errorf("decompressed to %q, %v; want %q", plain, err, v.Plain)
	}
	if again := Compress(v.Plain); !bytes.Equal(again, v.Bytes) {
		t.Errorf("compressed to %x, want %x", again, v.Bytes)
	}
	for n := range v.Bytes {
		if got, err := Decompress(v.Bytes[:n], len(v.Plain)); err == nil {
			t.Errorf("the first %d bytes decompressed to %d", n, len(got))
		}
	}
}
