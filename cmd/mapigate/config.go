package main

type configCommand struct {
	Check    configCheckCommand    `cmd:"" help:"Validate a configuration file."`
	Describe configDescribeCommand `cmd:"" help:"Print the whole documented sample."`
}

type configCheckCommand struct {
	Config string `short:"c" default:"mapigate.yaml" placeholder:"FILE" help:"Configuration file."`
}

// Run validates the file.
func (configCheckCommand) Run() error { return notYet("config check") }

type configDescribeCommand struct{}

// Run prints the sample.
func (configDescribeCommand) Run() error { return notYet("config describe") }
