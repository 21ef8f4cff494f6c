package fasttransfer

import (
	"bytes"
	"iter"
	"slices"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// An IDSet is a set of ids or change numbers in the form that holds in every
// logon: counters by the GUID of their replica. [MS-OXCFXICS] 2.2.2.4.2
type IDSet []ReplicaSet

// A ReplicaSet is the counters of one replica.
type ReplicaSet struct {
	Replica mapi.GUID
	Set     GlobSet
}

// Layout codes the pairs up to the end of what holds them, in ascending order
// of the GUIDs' bytes.
func (s *IDSet) Layout(c *wire.Codec) {
	one := func(r *ReplicaSet, c *wire.Codec) {
		r.Replica.Layout(c)
		r.Set.Layout(c)
	}
	if !c.Decoding() {
		sorted := slices.SortedFunc(slices.Values(*s), func(a, b ReplicaSet) int {
			return bytes.Compare(a.Replica[:], b.Replica[:])
		})
		wire.List(c, &sorted, len(sorted), one)
		return
	}
	*s = nil
	for guid, set := range pairs(c, func(g *mapi.GUID) { g.Layout(c) }) {
		*s = append(*s, ReplicaSet{guid, set})
	}
}

// maxReplicas bounds how many replicas one set may name. A mailbox has a handful.
const maxReplicas = 4096

// pairs decodes pairs of a replica and its counters up to the end of the
// input. A server that names a replica twice means both.
func pairs[K comparable](c *wire.Codec, layout func(*K)) iter.Seq2[K, GlobSet] {
	var order []K
	ranges := make(map[K][]Range)
	for c.Len() > 0 {
		var k K
		layout(&k)
		var set GlobSet
		set.Layout(c)
		if _, known := ranges[k]; !known {
			order = append(order, k)
		}
		ranges[k] = append(ranges[k], set...)
		if len(order) > maxReplicas {
			c.Failf("a set of ids names more than %d replicas", maxReplicas)
		}
	}
	return func(yield func(K, GlobSet) bool) {
		for _, k := range order {
			if !yield(k, normalise(ranges[k])) {
				return
			}
		}
	}
}

// Of gives the counters of a replica.
func (s IDSet) Of(replica mapi.GUID) GlobSet {
	for i := range s {
		if s[i].Replica == replica {
			return s[i].Set
		}
	}
	return nil
}

// Contains tells whether an id is in the set.
func (s IDSet) Contains(id mapi.LongTermID) bool {
	return s.Of(id.Replica).Contains(number(id.Counter))
}

// Add puts an id into the set.
func (s *IDSet) Add(id mapi.LongTermID) {
	n := number(id.Counter)
	for i := range *s {
		if (*s)[i].Replica == id.Replica {
			(*s)[i].Set.Add(n, n)
			return
		}
	}
	*s = append(*s, ReplicaSet{id.Replica, GlobSet{{n, n}}})
}

// Len is how many ids are in the set.
func (s IDSet) Len() uint64 {
	var n uint64
	for i := range s {
		n += s[i].Set.Len()
	}
	return n
}

// A ShortIDSet is a set of ids of one logon: counters by replica id.
// [MS-OXCFXICS] 2.2.2.4.1
type ShortIDSet []ShortReplicaSet

// A ShortReplicaSet is the counters of one replica.
type ShortReplicaSet struct {
	ReplID uint16
	Set    GlobSet
}

// Layout codes the pairs up to the end of what holds them, lowest replica first.
func (s *ShortIDSet) Layout(c *wire.Codec) {
	one := func(r *ShortReplicaSet, c *wire.Codec) {
		c.Uint16(&r.ReplID)
		r.Set.Layout(c)
	}
	if !c.Decoding() {
		sorted := slices.SortedFunc(slices.Values(*s), func(a, b ShortReplicaSet) int { return int(a.ReplID) - int(b.ReplID) })
		wire.List(c, &sorted, len(sorted), one)
		return
	}
	*s = nil
	for id, set := range pairs(c, func(u *uint16) { c.Uint16(u) }) {
		*s = append(*s, ShortReplicaSet{id, set})
	}
}

// Contains tells whether a message's id is in the set.
func (s ShortIDSet) Contains(id mapi.MessageID) bool {
	replica, counter := mapi.SplitID(uint64(id))
	for i := range s {
		if s[i].ReplID == replica && s[i].Set.Contains(counter) {
			return true
		}
	}
	return false
}

// Len is how many ids are in the set.
func (s ShortIDSet) Len() uint64 {
	var n uint64
	for i := range s {
		n += s[i].Set.Len()
	}
	return n
}

// All gives the ids. A server may say that there are 2^48 of them, so stop
// when there are more than there can be.
func (s ShortIDSet) All() iter.Seq[mapi.MessageID] {
	return func(yield func(mapi.MessageID) bool) {
		for i := range s {
			for n := range s[i].Set.All() {
				if !yield(mapi.MessageID(mapi.MakeID(s[i].ReplID, n))) {
					return
				}
			}
		}
	}
}

// Add puts a message's id into the set.
func (s *ShortIDSet) Add(id mapi.MessageID) {
	replica, n := mapi.SplitID(uint64(id))
	for i := range *s {
		if (*s)[i].ReplID == replica {
			(*s)[i].Set.Add(n, n)
			return
		}
	}
	*s = append(*s, ShortReplicaSet{replica, GlobSet{{n, n}}})
}
