package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// ModifyRulesRequest changes the rules of a folder. [MS-OXCROPS] 2.2.11.1.1
type ModifyRulesRequest struct {
	Flags uint8
	Rules []RuleData
}

// ROP implements [Request].
func (*ModifyRulesRequest) ROP() ID { return ModifyRules }

// NewResponse implements [RequestOf].
func (*ModifyRulesRequest) NewResponse() *ModifyRulesResponse { return new(ModifyRulesResponse) }

// Layout implements [wire.Coder].
func (r *ModifyRulesRequest) Layout(c *wire.Codec) {
	c.Uint8(&r.Flags)
	wire.List16(c, &r.Rules, (*RuleData).Layout)
}

// ModifyRulesResponse is the response. [MS-OXCROPS] 2.2.11.1.2
type ModifyRulesResponse struct{ empty }

// ROP implements [Response].
func (*ModifyRulesResponse) ROP() ID { return ModifyRules }

// RuleData adds, changes or removes one rule. [MS-OXORULE] 2.2.1.3
type RuleData struct {
	// Flags are 1 to add, 2 to change, 4 to remove.
	Flags uint8
	Props mapi.Props
}

// Layout codes the flags and the properties.
func (r *RuleData) Layout(c *wire.Codec) {
	c.Uint8(&r.Flags)
	layoutProps(c, &r.Props)
}
