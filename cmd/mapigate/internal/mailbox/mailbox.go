// Package mailbox holds the subcommands that look into a mailbox, write it to files and fill it from files.
package mailbox

// Command is mapigate mailbox.
type Command struct {
	Ls     lsCommand     `cmd:"" help:"List folders, or the messages of one."`
	Get    getCommand    `cmd:"" help:"Print one message as MIME or JSON."`
	Export exportCommand `cmd:"" help:"Write folders as Maildir, mbox or .eml, calendars as .ics, contacts as .vcf; again: what has changed."`
	Import importCommand `cmd:"" help:"Put such files into a mailbox, with folders, times and states."`
}
