package main

type queueCommand struct {
	List    queueListCommand    `cmd:"" help:"List the mail in the queue."`
	Show    queueShowCommand    `cmd:"" help:"Show one mail with its recipients and attempts."`
	Retry   queueRetryCommand   `cmd:"" help:"Try mail again now."`
	Hold    queueHoldCommand    `cmd:"" help:"Keep mail from being tried."`
	Release queueReleaseCommand `cmd:"" help:"Release held mail."`
	Drop    queueDropCommand    `cmd:"" help:"Remove mail without delivering it."`
	Export  queueExportCommand  `cmd:"" help:"Write a mail to a file."`
}

// queueIDs are the arguments of the commands that change mail.
type queueIDs struct {
	IDs []string `arg:"" name:"id" help:"Queue ids."`
}

type queueRetryCommand struct{ queueIDs }

// Run says that there is nothing to run.
func (queueRetryCommand) Run() error { return notYet("queue retry") }

type queueHoldCommand struct{ queueIDs }

// Run says that there is nothing to run.
func (queueHoldCommand) Run() error { return notYet("queue hold") }

type queueReleaseCommand struct{ queueIDs }

// Run says that there is nothing to run.
func (queueReleaseCommand) Run() error { return notYet("queue release") }

type queueDropCommand struct{ queueIDs }

// Run says that there is nothing to run.
func (queueDropCommand) Run() error { return notYet("queue drop") }
