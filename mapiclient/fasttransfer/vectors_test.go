package fasttransfer

import (
	"bytes"
	"encoding/hex"
	"io"
	"reflect"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/vectors"
)

func TestVectors(t *testing.T) {
	vectors.Test(t, vectors.Room{Name: "fasttransfer", Covered: map[string]func(*testing.T, vectors.Vector){
		"MS-OXCFXICS_2.2.4 (blog sample)_01": folderChange,
	}})
}

// folderChange is the beginning of a change of the Inbox in the stream of a
// hierarchy synchronisation.
func folderChange(t *testing.T, v vectors.Vector) {
	want := []Element{
		{Marker: IncrSyncChg},
		{Prop: mapi.PidTagParentSourceKey.Of([]byte{})},
		{Prop: mapi.PidTagSourceKey.Of(unhex("52f685ec7d432e4aa96034508853d90a0000000003f5"))},
		{Prop: mapi.PidTagLastModificationTime.Of(mapi.TimeOf(0x01D08581A89ED000))},
		{Prop: mapi.PidTagChangeKey.Of(unhex("52f685ec7d432e4aa96034508853d90a00000000207c"))},
		{Prop: mapi.PidTagPredecessorChangeList.Of(unhex("1652f685ec7d432e4aa96034508853d90a00000000207c"))},
		{Prop: mapi.PidTagDisplayName.Of("INBOX")},
		{Prop: mapi.PidTagParentFolderId.Of(-0x0BFCFFFFFFFFFFFF)}, // 0xF403000000000001
		{Prop: mapi.Prop{Tag: 0x66390003, Value: int32(0x3FB)}},
		{Prop: mapi.PidTagCreationTime.Of(mapi.TimeOf(0x01D08581A8063980))},
		{Prop: mapi.Prop{Tag: 0x10F4000B, Value: false}},
	}
	if got := mapi.TimeOf(0x01D08581A89ED000); got.Year() != 2015 || got.Month() != time.May {
		t.Errorf("the time of the example is %v", got)
	}
	got, err := elements(NewReader(bytes.NewReader(v.Bytes), 0))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %v, %v\nwant %v", got, err, want)
	}
	var out sink
	w := NewWriter(&out)
	for i := range want {
		if want[i].Marker != 0 {
			_ = w.Marker(want[i].Marker)
		} else {
			_ = w.Prop(want[i].Prop)
		}
	}
	if err := w.Flush(); err != nil || !bytes.Equal(out.all(), v.Bytes) {
		t.Errorf("written %x, %v\nwant    %x", out.all(), err, v.Bytes)
	}
	for n := range v.Bytes {
		whole, err := elements(NewReader(bytes.NewReader(v.Bytes[:n]), 0))
		if len(whole) >= len(want) {
			t.Errorf("the first %d bytes give %d elements, %v", n, len(whole), err)
		}
	}
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// elements reads a stream to its end.
func elements(r *Reader) ([]Element, error) {
	var list []Element
	for {
		e, err := r.Next()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		if e.Large != nil {
			b, err := io.ReadAll(e.Large)
			if err != nil {
				return list, err
			}
			if e.Prop.Value, err = valueOf(e.Prop.Tag.Type(), b); err != nil {
				return list, err
			}
			e.Large, e.Size = nil, 0
		}
		list = append(list, e)
	}
}

// A sink keeps the buffers of a stream.
type sink struct {
	room    int // 0 is a lot
	buffers [][]byte
}

func (s *sink) Room() int {
	if s.room == 0 {
		return 1 << 20
	}
	return s.room
}

func (s *sink) Put(b []byte) error {
	s.buffers = append(s.buffers, bytes.Clone(b))
	return nil
}

func (s *sink) all() []byte { return bytes.Join(s.buffers, nil) }
