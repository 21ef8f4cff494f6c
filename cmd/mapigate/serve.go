package main

type serveCommand struct {
	Config string `short:"c" default:"mapigate.yaml" placeholder:"FILE" help:"Configuration file."`
}

// Run runs the gateway until it is told to stop.
func (serveCommand) Run() error { return notYet("serve") }
