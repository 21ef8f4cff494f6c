package mapi

import "github.com/mapigate/mapigate/mapiclient/wire"

// layoutRuleActions codes a RuleAction, which has a count of actions but no
// size of its own: each action begins with its size. The value keeps the bytes
// of the whole, count included. [MS-OXORULE] 2.2.5
func (f Form) layoutRuleActions(c *wire.Codec, v *RuleActions) {
	if !c.Decoding() {
		c.Raw((*[]byte)(v), len(*v))
		return
	}
	out := wire.NewEncoder(nil)
	n := f.count(c, 0)
	f.count(out, n)
	for i := 0; i < n && c.Err() == nil; i++ {
		var action []byte
		f.bytes(c, &action)
		f.bytes(out, &action)
	}
	*v = out.Bytes()
}
