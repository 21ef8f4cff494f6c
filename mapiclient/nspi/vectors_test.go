package nspi

import (
	"bytes"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/vectors"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

func TestVectors(t *testing.T) {
	asked := Stat{CodePage: 0x4E4, TemplateLocale: 0x409, SortLocale: 0x409}
	rows, answered := asked, asked
	rows.TotalRecs = 0xFFFFFFFF
	answered.CurrentRec, answered.NumPos, answered.TotalRecs = 0x1928, 2, 0x16
	vectors.Test(t, vectors.Room{Name: "nspi", Covered: map[string]func(*testing.T, vectors.Vector){
		"MS-OXNSPI_4_01": statOf(asked),
		"MS-OXNSPI_4_02": statOf(rows),
		"MS-OXNSPI_4_03": statOf(answered),
		"MS-OXNSPI_4_04": checkServerGUID,
	}})
}

func statOf(want Stat) func(*testing.T, vectors.Vector) {
	return func(t *testing.T, v vectors.Vector) {
		var got Stat
		if err := wire.Unmarshal(v.Bytes, &got); err != nil || got != want {
			t.Fatalf("read %+v (%v), want %+v", got, err, want)
		}
		if again, err := wire.Marshal(&want); err != nil || !bytes.Equal(again, v.Bytes) {
			t.Errorf("written %x (%v), want %x", again, err, v.Bytes)
		}
	}
}

func checkServerGUID(t *testing.T, v vectors.Vector) {
	want, err := mapi.ParseGUID(v.Fields[0].Value)
	if err != nil {
		t.Fatal(err)
	}
	// The page prints the GUID alone; around it is the answer to a Bind.
	body := append(append(make([]byte, 8), v.Bytes...), 0, 0, 0, 0)
	var got BindResponse
	if err := wire.Unmarshal(body, &got); err != nil || got.ServerGUID != want {
		t.Fatalf("read %v (%v), want %v", got.ServerGUID, err, want)
	}
	if again, err := wire.Marshal(&got); err != nil || !bytes.Equal(again, body) {
		t.Errorf("written %x (%v), want %x", again, err, body)
	}
}
