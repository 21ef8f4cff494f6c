package mapi

// A Prop is one property with its value. Value has the Go type that belongs to
// the tag's type (see [Value]); a Prop of PtypErrorCode says that the property
// could not be given, and why.
type Prop struct {
	// Tag is the property tag. For a named property that no mailbox has
	// resolved yet the id half is 0.
	Tag PropTag
	// Name is set for named properties. It wins over the id in Tag, which
	// means something only in the mailbox it was read from.
	Name *PropertyName
	// Value is the value.
	Value any
}

// Props is an ordered bag of properties. A bag holds a property once; Set
// keeps it so.
type Props []Prop

// same tells whether p is the property that q is, whatever the type of its value.
func (p *Prop) same(q *Prop) bool {
	if p.Name != nil || q.Name != nil {
		return p.Name != nil && q.Name != nil && p.Name.Same(*q.Name)
	}
	return p.Tag.ID() == q.Tag.ID()
}

// Set adds p or replaces the property of the same id or name.
func (ps *Props) Set(p Prop) {
	for i := range *ps {
		if (*ps)[i].same(&p) {
			(*ps)[i] = p
			return
		}
	}
	*ps = append(*ps, p)
}

// SetDefault adds p unless the property is already there.
func (ps *Props) SetDefault(p Prop) {
	for i := range *ps {
		if (*ps)[i].same(&p) {
			return
		}
	}
	*ps = append(*ps, p)
}

// Has tells whether the bag has a value, not an error, for the tag's id.
func (ps Props) Has(t PropTag) bool {
	for i := range ps {
		if ps[i].Name == nil && ps[i].Tag.ID() == t.ID() {
			return ps[i].Tag.Type() != PtypErrorCode
		}
	}
	return false
}

// Delete removes the property of the tag's id.
func (ps *Props) Delete(t PropTag) {
	for i := range *ps {
		if (*ps)[i].Name == nil && (*ps)[i].Tag.ID() == t.ID() {
			*ps = append((*ps)[:i:i], (*ps)[i+1:]...)
			return
		}
	}
}

// Error gives the error code a server put in the property's place.
func (ps Props) Error(t PropTag) (ErrorCode, bool) {
	for i := range ps {
		if ps[i].Name == nil && ps[i].Tag == t.WithType(PtypErrorCode) {
			code, ok := ps[i].Value.(ErrorCode)
			return code, ok
		}
	}
	return 0, false
}
