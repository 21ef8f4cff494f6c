package mapiclient

import (
	"errors"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/fasttransfer"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// Messages that nobody asked for are not passed on, and not for ever put up with.
func TestReceiverFlood(t *testing.T) {
	key := mapi.LongTermID{Replica: mapi.GUID{1}, Counter: [6]byte{5: 7}}
	other := mapi.LongTermID{Replica: mapi.GUID{2}}
	const id = mapi.MessageID(0x0700000000000001)
	taken := 0
	r := receiver{
		wanted:  map[mapi.LongTermID]mapi.MessageID{key: id, other: 5},
		pending: map[mapi.MessageID]bool{id: true, 5: true},
		take: func(d *Downloaded) error {
			if taken++; d.ID != id {
				t.Errorf("%v was taken", d.ID)
			}
			return nil
		},
	}
	var err error
	for n := 0; err == nil && n < 1000; n++ {
		err = r.item(&fasttransfer.Item{Message: &mapi.Message{}, ID: 99})
		if err == nil && n < 3 {
			err = r.item(&fasttransfer.Item{Message: &mapi.Message{}, SourceKey: key.SourceKey()})
		}
	}
	if !errors.Is(err, errFlood) || taken != 1 {
		t.Errorf("taken %d, %v", taken, err)
	}
}

// A state that claims to know what has yet to come is not believed.
func TestHumbleReads(t *testing.T) {
	g, h := mapi.GUID{1}, mapi.GUID{2}
	s := fasttransfer.State{
		Seen: fasttransfer.IDSet{{Replica: g, Set: fasttransfer.GlobSet{{Low: 1, High: 50}}}},
		Read: fasttransfer.IDSet{{Replica: g, Set: fasttransfer.GlobSet{{Low: 1, High: fasttransfer.MaxCounter}}},
			{Replica: h, Set: fasttransfer.GlobSet{{Low: 1, High: 9}}}},
	}
	humbleReads(&s)
	if r := s.Read.Of(g); len(r) != 1 || r[0].High != 50 {
		t.Errorf("reads %v", r)
	}
	if r := s.Read.Of(h); len(r) != 1 || r[0].High != 9 {
		t.Errorf("reads of another replica %v", r)
	}
}

// Strings of a download become Unicode where they are ASCII, and only there.
func TestFinish(t *testing.T) {
	msg := &mapi.Message{Props: mapi.Props{
		{Tag: mapi.PidTagMessageClass.Tag().WithType(mapi.PtypString8), Value: mapi.String8("IPM.Note")},
		{Tag: 0x1000001E, Value: mapi.String8("\xe4")},
		mapi.PidTagSubjectPrefix.Of("RE: "), mapi.PidTagNormalizedSubject.Of("x"),
	}}
	finish(msg)
	if mapi.PidTagMessageClass.Get(msg.Props) != "IPM.Note" || mapi.PidTagSubject.Get(msg.Props) != "RE: x" || msg.Props[1].Tag != 0x1000001E {
		t.Errorf("%v", msg.Props)
	}
}
