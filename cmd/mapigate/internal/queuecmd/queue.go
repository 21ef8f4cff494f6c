// Package queuecmd holds the subcommands that look into the queue and change what is in it.
package queuecmd

// Command is mapigate queue.
type Command struct {
	List    listCommand    `cmd:"" help:"List the mail in the queue."`
	Show    showCommand    `cmd:"" help:"Show one mail with its recipients and attempts."`
	Retry   retryCommand   `cmd:"" help:"Try mail again now, also what failed for good."`
	Hold    holdCommand    `cmd:"" help:"Keep mail from being tried."`
	Release releaseCommand `cmd:"" help:"Release held mail."`
	Drop    dropCommand    `cmd:"" help:"Give mail up; nobody hears of it."`
	Flush   flushCommand   `cmd:"" help:"Try all that waits for a destination now."`
	Export  exportCommand  `cmd:"" help:"Write a mail as .eml, or many mails with all that the queue knows of them as a tar file."`
	Import  importCommand  `cmd:"" help:"Take in the mails of such a tar file."`
}
