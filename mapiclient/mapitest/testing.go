package mapitest

// TB is what NewServer needs of a *testing.T, so that programs that embed the
// server need not link package testing.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// NewServer starts a server for one test, which closes it at its end. At most
// one Options may be given.
func NewServer(t TB, opts ...Options) *Server {
	t.Helper()
	var o Options
	if len(opts) > 0 {
		o = opts[0]
	}
	s, err := New(o)
	if err != nil {
		t.Fatalf("starting the test Exchange: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
