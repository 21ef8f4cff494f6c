package contentline

import "strings"

// A Param is one parameter of a property. Name is in capitals.
type Param struct {
	Name   string
	Values []string
}

// A Property is one content line. Name is in capitals, Value raw: still escaped.
type Property struct {
	// Group is what stands before a dot in vCards.
	Group  string
	Name   string
	Params []Param
	Value  string
	// Line is the number of its first line in the stream, from 1.
	Line int
}

// Param gives the first value of a parameter, or "".
func (p *Property) Param(name string) string {
	for i := range p.Params {
		if p.Params[i].Name == name && len(p.Params[i].Values) > 0 {
			return p.Params[i].Values[0]
		}
	}
	return ""
}

// ParamValues gives all values of all parameters of that name.
func (p *Property) ParamValues(name string) []string {
	var all []string
	for i := range p.Params {
		if p.Params[i].Name == name {
			all = append(all, p.Params[i].Values...)
		}
	}
	return all
}

// HasValue tells whether a parameter has a value, in any case.
func (p *Property) HasValue(name, value string) bool {
	for _, v := range p.ParamValues(name) {
		if strings.EqualFold(v, value) {
			return true
		}
	}
	return false
}

// Text is the value without its escapes.
func (p *Property) Text() string { return Text(p.Value) }

// A Component is what stands between BEGIN and END. Name is in capitals.
type Component struct {
	Name       string
	Properties []Property
	Components []*Component
	Line       int
}

// Get gives the first property of a name, or nil.
func (c *Component) Get(name string) *Property {
	for i := range c.Properties {
		if c.Properties[i].Name == name {
			return &c.Properties[i]
		}
	}
	return nil
}

// All gives the properties of a name.
func (c *Component) All(name string) []*Property {
	var all []*Property
	for i := range c.Properties {
		if c.Properties[i].Name == name {
			all = append(all, &c.Properties[i])
		}
	}
	return all
}

// Text gives the first property's value without its escapes, or "".
func (c *Component) Text(name string) string {
	if p := c.Get(name); p != nil {
		return p.Text()
	}
	return ""
}

// Value gives the first property's raw value without the spaces around it, or "".
func (c *Component) Value(name string) string {
	if p := c.Get(name); p != nil {
		return strings.TrimSpace(p.Value)
	}
	return ""
}
