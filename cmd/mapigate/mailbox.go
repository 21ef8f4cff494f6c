package main

type mailboxCommand struct {
	Ls     mailboxLsCommand     `cmd:"" help:"List folders, or the messages of one."`
	Get    mailboxGetCommand    `cmd:"" help:"Print one message as MIME or JSON."`
	Export mailboxExportCommand `cmd:"" help:"Write a folder as .eml files or mbox."`
}
