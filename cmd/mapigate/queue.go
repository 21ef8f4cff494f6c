package main

type queueCommand struct {
	List    queueListCommand    `cmd:"" help:"List the mail in the queue."`
	Show    queueShowCommand    `cmd:"" help:"Show one mail with its recipients and attempts."`
	Retry   queueRetryCommand   `cmd:"" help:"Try mail again now, also what failed for good."`
	Hold    queueHoldCommand    `cmd:"" help:"Keep mail from being tried."`
	Release queueReleaseCommand `cmd:"" help:"Release held mail."`
	Drop    queueDropCommand    `cmd:"" help:"Give mail up; nobody hears of it."`
	Flush   queueFlushCommand   `cmd:"" help:"Try all that waits for a destination now."`
	Export  queueExportCommand  `cmd:"" help:"Write a mail as .eml, or many mails with all that the queue knows of them as a tar file."`
	Import  queueImportCommand  `cmd:"" help:"Take in the mails of such a tar file."`
}
