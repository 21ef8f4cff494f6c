package main

type convertCommand struct {
	To   string `required:"" enum:"mapi,mime,tnef" help:"What to convert to: ${enum}."`
	File string `arg:"" optional:"" help:"File to read (default: standard input)."`
}

// Run converts.
func (convertCommand) Run() error { return notYet("convert") }
