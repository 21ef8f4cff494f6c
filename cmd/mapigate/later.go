package main

import "fmt"

// notYet is the answer of a command that is announced but not built.
func notYet(command string) error {
	return fmt.Errorf("%s: not available yet in this version", command)
}

type sendmailCommand struct {
	Headers    bool     `short:"t" help:"Take the recipients from the message's header."`
	From       string   `short:"f" placeholder:"FROM" help:"Envelope sender."`
	Recipients []string `arg:"" optional:"" name:"rcpt" help:"Recipients."`
}

// Run says that there is nothing to run.
func (sendmailCommand) Run() error { return notYet("sendmail") }
