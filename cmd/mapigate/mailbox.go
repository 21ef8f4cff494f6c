package main

type mailboxCommand struct {
	Ls     mailboxLsCommand     `cmd:"" help:"List folders, or the messages of one."`
	Get    mailboxGetCommand    `cmd:"" help:"Print one message as MIME or JSON."`
	Export mailboxExportCommand `cmd:"" help:"Write folders as Maildir, mbox or .eml, calendars as .ics, contacts as .vcf; again: what has changed."`
	Import mailboxImportCommand `cmd:"" help:"Put such files into a mailbox, with folders, times and states."`
}
