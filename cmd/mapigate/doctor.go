package main

type doctorCommand struct {
	Config string `short:"c" default:"mapigate.yaml" placeholder:"FILE" help:"Configuration file."`
	SendTo string `placeholder:"ADDR" help:"Send a test mail there."`
}

// Run checks.
func (doctorCommand) Run() error { return notYet("doctor") }
