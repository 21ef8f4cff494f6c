package mapping

// special reads messages whose structure is a whole: signed and encrypted
// mail and reports. It gives false for all others.
func (r *reader) special() bool { return false }

// special gives the entity of messages whose structure is a whole; nil for all others.
func (w *writer) special() *node { return nil }
