package main

type exchangeCommand struct {
	Listen    string   `default:"127.0.0.1:8443" placeholder:"ADDR" help:"Where to listen."`
	User      []string `placeholder:"NAME:PASSWORD" help:"A user with a mailbox; may be repeated."`
	Smarthost string   `placeholder:"ADDR" help:"Where mail to other domains goes over SMTP."`
	CA        string   `name:"ca" placeholder:"FILE" help:"Write the certificate to trust there."`
}

// Run runs the server.
func (exchangeCommand) Run() error { return notYet("exchange") }
