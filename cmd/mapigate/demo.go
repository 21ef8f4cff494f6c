package main

type demoCommand struct {
	Once  bool   `help:"Send both ways, print the tally, and exit 0 only if everything arrived."`
	SMTP  string `placeholder:"ADDR" help:"Where to take mail over SMTP (default: a free port)."`
	Admin string `placeholder:"ADDR" help:"Where the dashboard and the metrics listen (default: a free port)."`
}

// Run runs the demo.
func (demoCommand) Run() error { return notYet("demo") }
