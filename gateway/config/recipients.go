package config

import "github.com/mapigate/mapigate/gateway/route"

// Recipients say which addresses are looked up in an address book before a client may write to them.
type Recipients struct {
	Domains  []route.Pattern `yaml:"domains"`
	Unlisted []route.Pattern `yaml:"unlisted"`
	WhenDown string          `yaml:"when_down"`
	Room     bool            `yaml:"room"`
}

// What is done about recipients while the address book does not answer.
const (
	DownRefuse = "refuse"
	DownAccept = "accept"
)

// recipients checks the lookups of an organisation.
func (v *validator) recipients(path string, e *Exchange) {
	v.oneOf(path+".recipients.when_down", e.Recipients.WhenDown, DownRefuse, DownAccept)
	v.check(len(e.Recipients.Domains) == 0 || e.Mailbox != "", path+".mailbox", "is needed with recipients: its address book is asked")
	v.check(len(e.Recipients.Domains) > 0 || len(e.Recipients.Unlisted) == 0, path+".recipients.domains", "is needed with unlisted")
}
