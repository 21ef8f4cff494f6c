package oxocal

import (
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A SystemTime is the SYSTEMTIME of a rule: a month, the nth weekday in it and
// a time of day; or, when Year is not 0, a date. [MS-DTYP] 2.3.13
type SystemTime struct {
	Year, Month, DayOfWeek, Day, Hour, Minute, Second, Milliseconds uint16
}

// Layout codes the 16 bytes.
func (t *SystemTime) Layout(c *wire.Codec) {
	for _, f := range []*uint16{&t.Year, &t.Month, &t.DayOfWeek, &t.Day, &t.Hour, &t.Minute, &t.Second, &t.Milliseconds} {
		c.Uint16(f)
	}
}

// A TimeZoneStruct is PidLidTimeZoneStruct. Biases are minutes that are added
// to local time to give UTC. [MS-OXOCAL] 2.2.1.39
type TimeZoneStruct struct {
	Bias, StandardBias, DaylightBias int32
	StandardYear                     uint16
	Standard                         SystemTime
	DaylightYear                     uint16
	Daylight                         SystemTime
}

// Layout codes the 48 bytes.
func (z *TimeZoneStruct) Layout(c *wire.Codec) {
	c.Int32(&z.Bias)
	c.Int32(&z.StandardBias)
	c.Int32(&z.DaylightBias)
	c.Uint16(&z.StandardYear)
	z.Standard.Layout(c)
	c.Uint16(&z.DaylightYear)
	z.Daylight.Layout(c)
}

// Flags of a rule. [MS-OXOCAL] 2.2.1.41.1
const (
	// RuleRecurring marks the rule of PidLidAppointmentTimeZoneDefinitionRecur's series.
	RuleRecurring uint16 = 1
	// RuleEffective marks the rule that is in force.
	RuleEffective uint16 = 2
)

// A Rule is a TZRule: what holds from a year on. [MS-OXOCAL] 2.2.1.41.1
type Rule struct {
	Flags, Year                      uint16
	X                                [14]byte
	Bias, StandardBias, DaylightBias int32
	Standard, Daylight               SystemTime
}

// ruleSize is the length of what follows the field, which is fixed.
const ruleSize = 0x3E

// Layout codes the 66 bytes.
func (r *Rule) Layout(c *wire.Codec) {
	c.Const(2, "major version of a time zone rule")
	c.Const(1, "minor version of a time zone rule")
	size := uint16(ruleSize)
	c.Uint16(&size)
	c.Uint16(&r.Flags)
	c.Uint16(&r.Year)
	c.Fixed(r.X[:])
	c.Int32(&r.Bias)
	c.Int32(&r.StandardBias)
	c.Int32(&r.DaylightBias)
	r.Standard.Layout(c)
	r.Daylight.Layout(c)
}

// A TimeZoneDefinition is PidLidAppointmentTimeZoneDefinitionRecur,
// -StartDisplay and -EndDisplay: a zone by its name and its rules.
// [MS-OXOCAL] 2.2.1.41
type TimeZoneDefinition struct {
	// KeyName is the name of the zone in Windows, such as "Pacific Standard Time".
	KeyName string
	Rules   []Rule
}

// definitionHeader is the length of the header without the name, and
// definitionReserved what its reserved field has to be.
const (
	definitionHeader   = 6
	definitionReserved = 2
)

// Layout codes the structure.
func (z *TimeZoneDefinition) Layout(c *wire.Codec) {
	c.Const(2, "major version of a time zone definition")
	c.Const(1, "minor version of a time zone definition")
	name := wire.AppendUTF16(nil, z.KeyName)
	header, reserved := uint16(definitionHeader+len(name)), uint16(definitionReserved)
	c.Uint16(&header)
	c.Uint16(&reserved)
	c.Raw(&name, 2*c.Count16(len(name)/2))
	if c.Decoding() {
		z.KeyName = wire.UTF16(name)
	}
	wire.List16(c, &z.Rules, (*Rule).Layout)
}

// Effective is the rule in force, else the last one; nil when there is none.
func (z *TimeZoneDefinition) Effective() *Rule {
	for i := range z.Rules {
		if z.Rules[i].Flags&RuleEffective != 0 {
			return &z.Rules[i]
		}
	}
	if len(z.Rules) == 0 {
		return nil
	}
	return &z.Rules[len(z.Rules)-1]
}

// Struct gives a rule in the older form.
func (r *Rule) Struct() TimeZoneStruct {
	return TimeZoneStruct{Bias: r.Bias, StandardBias: r.StandardBias, DaylightBias: r.DaylightBias, Standard: r.Standard, Daylight: r.Daylight}
}
