package mapping

// orDefault gives n, or the default when n is zero.
func orDefault[T int | int64](n, def T) T {
	if n > 0 {
		return n
	}
	return def
}

// withDefaults fills what is zero.
func (l Limits) withDefaults() Limits {
	return Limits{
		Depth:         orDefault(l.Depth, 32),
		Parts:         orDefault(l.Parts, 2000),
		HeaderBytes:   orDefault(l.HeaderBytes, 1<<20),
		BodyBytes:     orDefault(l.BodyBytes, 32<<20),
		InflatedBytes: orDefault(l.InflatedBytes, 64<<20),
		Recipients:    orDefault(l.Recipients, 50000),
	}
}
