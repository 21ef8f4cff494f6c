// Package loss is how the rooms of mapping say that something did not cross.
package loss

// A Loss is something that did not cross.
type Loss struct {
	// Where names the place: a part ("part 1.2"), a header field, a property, a recipient, a structure with its offset.
	Where string
	// What is what was lost, shortened.
	What string
	// Reason tells why.
	Reason string
}

// String gives the loss as one line.
func (l Loss) String() string { return l.Where + ": " + l.What + ": " + l.Reason }
