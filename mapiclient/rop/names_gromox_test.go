package rop

import (
	"bytes"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// Names that do not exist are read in both forms, whatever stands around them,
// and what follows is read as what it is.
func TestNamesWithoutNameInBothForms(t *testing.T) {
	set := mapi.PSInternetHeaders
	named, err := wire.Marshal(&mapi.PropertyName{Set: set, Name: "x-id"})
	if err != nil {
		t.Fatal(err)
	}
	short, long := []byte{0xFF}, append([]byte{0xFF}, make([]byte, 16)...)
	for name, none := range map[string][]byte{"the specification": short, "gromox": long} {
		for _, list := range []string{"-", "--", "-n", "n-", "n--n-", "nn"} {
			body := []byte{byte(len(list)), 0}
			for _, c := range list {
				body = append(body, map[rune][]byte{'-': none, 'n': named}[c]...)
			}
			for _, behind := range [][]byte{nil, {byte(Notify), 1, 0, 0, 0}} {
				c := wire.NewDecoder(append(bytes.Clone(body), behind...))
				var r GetNamesFromPropertyIDsResponse
				r.Layout(c)
				if c.Err() != nil || c.Len() != len(behind) || len(r.Names) != len(list) {
					t.Fatalf("%s, %s: %d names, %d bytes left of %d, %v", name, list, len(r.Names), c.Len(), len(behind), c.Err())
				}
				for i, kind := range list {
					if r.Names[i].IsZero() != (kind == '-') || kind == 'n' && r.Names[i].Name != "x-id" {
						t.Errorf("%s, %s: name %d is %v", name, list, i, r.Names[i])
					}
				}
			}
		}
	}
}
