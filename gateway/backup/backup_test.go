package backup

import (
	"path/filepath"
	"testing"
)

var formats = []Format{EML, Maildir, Mbox}

// What is exported, imported into another mailbox and exported there is the same.
func TestRoundTrip(t *testing.T) {
	for _, f := range formats {
		t.Run(string(f), func(t *testing.T) {
			r := newRig(t)
			n := r.fill()
			first, second := filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "second")
			if res := r.export(r.alice, first, f); res.Written != n || res.Unchanged != 0 {
				t.Errorf("%v, want %d written", res, n)
			}
			if res := r.restore(r.bob, first); res.Imported != n {
				t.Errorf("%v, want %d imported", res, n)
			}
			r.export(r.bob, second, f)
			compare(t, onDisk(t, second), onDisk(t, first))
			if res := r.restore(r.bob, first); res.Imported != 0 || res.There != n || res.Made != 0 {
				t.Errorf("again: %v, want nothing imported", res)
			}
			if res := r.export(r.alice, first, f); res.Written != 0 || res.Unchanged != n || res.Marked != 0 || res.Gone != 0 || res.Moved != 0 {
				t.Errorf("again: %v, want nothing written", res)
			}
		})
	}
}
