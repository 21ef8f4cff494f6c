package main

type mailboxCommand struct {
	Ls     mailboxLsCommand     `cmd:"" help:"List folders, or the messages of one."`
	Get    mailboxGetCommand    `cmd:"" help:"Print one message as MIME or JSON."`
	Export mailboxExportCommand `cmd:"" help:"Write a folder as .eml files or mbox."`
}

type mailboxLsCommand struct{}

// Run lists.
func (mailboxLsCommand) Run() error { return notYet("mailbox ls") }

type mailboxGetCommand struct{}

// Run prints.
func (mailboxGetCommand) Run() error { return notYet("mailbox get") }

type mailboxExportCommand struct{}

// Run exports.
func (mailboxExportCommand) Run() error { return notYet("mailbox export") }
