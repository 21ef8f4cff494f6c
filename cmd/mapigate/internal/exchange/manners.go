package exchange

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/demo"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// manners are the flags that say how the test Exchange behaves.
type manners struct {
	Profile    string      `enum:"exchange-se,exchange-2016,gromox" default:"exchange-se" placeholder:"NAME" help:"Which server to imitate: ${enum} (${default})."`
	Protection string      `enum:"off,allow,require" default:"off" placeholder:"DEGREE" help:"Extended Protection, whether sign-ins by NTLM or Kerberos are bound to the TLS connection: ${enum} (${default})."`
	Keytab     string      `placeholder:"FILE" help:"Take Kerberos tickets by the keys in this file."`
	Quota      config.Size `placeholder:"SIZE" help:"Size above which a mailbox takes nothing more (default: none)."`
	SendQuota  config.Size `placeholder:"SIZE" help:"Size from which a mailbox can't send (default: none)."`
	Message    config.Size `name:"max-message" placeholder:"SIZE" help:"Largest message that can be submitted (default: 35MB)."`
	Recipients int         `name:"max-recipients" placeholder:"N" help:"Recipients a submitted message may have (default: 500)."`
	Sessions   int         `name:"max-sessions" placeholder:"N" help:"Sessions a user may have at a time (default: 32)."`
	Budget     string      `placeholder:"N/TIME[:ANSWER]" help:"Requests a user may send (default: any number)."`
}

// apply puts the flags into the options.
func (m manners) apply(o *demo.ExchangeOptions) error {
	o.Profile, o.Keytab = mapitest.ProfileNamed(m.Profile), m.Keytab
	o.Protection = map[string]mapitest.ExtendedProtection{"allow": mapitest.ProtectionAllow, "require": mapitest.ProtectionRequire}[m.Protection]
	o.Limits = mapitest.Limits{
		MailboxBytes: int64(m.Quota), SendBytes: int64(m.SendQuota), MessageBytes: int64(m.Message),
		Recipients: m.Recipients, Sessions: m.Sessions,
	}
	if m.Budget == "" {
		return nil
	}
	var err error
	o.Limits.Budget, err = parseBudget(m.Budget)
	return err
}

// parseBudget reads N/TIME or N/TIME:ANSWER.
func parseBudget(s string) (mapitest.Budget, error) {
	budget, answer, some := strings.Cut(s, ":")
	n, per, _ := strings.Cut(budget, "/")
	requests, err := strconv.Atoi(n)
	duration, err2 := time.ParseDuration(per)
	if err != nil || err2 != nil || requests <= 0 || duration <= 0 {
		return mapitest.Budget{}, cli.Usagef("exchange: --budget is N/TIME or N/TIME:ANSWER, such as 100/1m:503, not %q", s)
	}
	b := mapitest.Budget{Requests: requests, Per: duration, Answer: mapitest.ThrottleAnswer(answer)}
	if !some {
		return b, nil
	}
	for _, known := range mapitest.ThrottleAnswers() {
		if b.Answer == known {
			return b, nil
		}
	}
	return b, cli.Usagef("exchange: the ANSWER of --budget is one of %v, not %q", mapitest.ThrottleAnswers(), answer)
}

// mailboxRights are the rights of --grant to a mailbox.
func mailboxRights() map[string]mapitest.Grant {
	return map[string]mapitest.Grant{"full-access": mapitest.FullAccess, "send-as": mapitest.SendAs, "send-on-behalf": mapitest.SendOnBehalf}
}

// folderRights are those to a folder.
func folderRights() map[string]mapitest.FolderRights {
	return map[string]mapitest.FolderRights{"reviewer": mapitest.RightsReviewer, "contributor": mapitest.RightsContributor,
		"editor": mapitest.RightsEditor, "owner": mapitest.RightsOwner}
}

// grant reads WHO:RIGHT:MAILBOX or WHO:RIGHT:MAILBOX/FOLDER and does it.
func grant(x *demo.Exchange, s string) error {
	parts := strings.SplitN(s, ":", 3)
	if len(parts) < 3 {
		return cli.Usagef("exchange: --grant is WHO:RIGHT:MAILBOX or WHO:RIGHT:MAILBOX/FOLDER, not %q", s)
	}
	who, right := parts[0], parts[1]
	name, folder, some := strings.Cut(parts[2], "/")
	box := x.Mailbox(name)
	if box == nil || x.Mailbox(who) == nil {
		return cli.Usagef("exchange: --grant %s: both have to be users", s)
	}
	var err error
	if whole, ok := mailboxRights()[right]; ok && !some {
		err = box.Grant(who, whole)
	} else if rights, ok := folderRights()[right]; ok && some {
		err = box.GrantFolder(folder, who, rights)
	} else {
		return cli.Usagef("exchange: --grant %s: the right is full-access, send-as or send-on-behalf to a mailbox; reviewer, contributor, editor or owner of a folder", s)
	}
	if err != nil {
		return fmt.Errorf("exchange: --grant %s: %w", s, err)
	}
	return nil
}
