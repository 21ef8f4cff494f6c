// Package advice says in plain words why mail is not delivered, and what an experienced operator would do.
package advice

import (
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
)

// Advice is what to tell people.
type Advice struct {
	// Problem is what is wrong; Remedy is what to do.
	Problem string `json:"problem"`
	Remedy  string `json:"remedy"`
}

// A row fits outcomes by enhanced status (the detail behind the class, "" being any), courier (its beginning) and words of the text,
// one of which must be there.
type row struct {
	detail, courier string
	words           []string
	advice          Advice
}

// rows are looked at in order: the first that fits is the advice.
var rows = []row{
	{words: []string{"is not in the configuration any more"}, advice: Advice{
		"Mail waits for a courier that the configuration does not have any more.", "Give the exchange its old name again and the mail goes, or give it up: mapigate queue drop --courier. No command moves mail to another route."}},
	{words: []string{"certificate has expired", "certificate is not yet valid"}, advice: Advice{
		"The certificate of the other side is not valid now.", "Whoever runs that server must renew its certificate. See that the clock of this machine is right, too."}},
	{words: []string{"x509:", "certificate"}, advice: Advice{
		"The certificate of the other side is not trusted, or belongs to another name.", "Use the name that stands in the certificate, or name its authority in ca_file if it is the right server."}},
	{courier: "exchange", words: []string{"rejected", "401", "unauthorized", "password", "sign in", "access token"}, advice: Advice{
		"Exchange does not let the gateway sign in.", "Check user and password (or token) of this exchange; a password may have expired, or the account been locked. mapigate doctor tries it."}},
	{courier: "exchange", words: []string{"loginperm", "accessdenied", "access denied", "logon_failed"}, advice: Advice{
		"The gateway's account has no right to this mailbox.", "Grant it full access: Add-MailboxPermission MAILBOX -User ACCOUNT -AccessRights FullAccess -AutoMapping $false. It takes a while until Exchange has noticed."}},
	{words: []string{"send as", "sendas", "no mailbox of this gateway may send"}, advice: Advice{
		"The gateway may not send in the name of this sender.", "Grant its account Send As for that address, or map the sender to a mailbox under identities."}},
	{words: []string{"no such host", "no mx", "name server", "nxdomain", "lookup", "server misbehaving"}, advice: Advice{
		"The name of the destination cannot be looked up.", "If the domain is spelled right, see to the name servers of this machine (internet.resolvers)."}},
	{words: []string{"connection refused"}, advice: Advice{
		"The server answers, but nothing listens on its port.", "See that the service runs there, and that the port in the configuration is right."}},
	{courier: "internet", words: []string{"i/o timeout", "deadline exceeded", "no host answered", "no route to host", "network is unreachable"}, advice: Advice{
		"The mail servers of this destination do not answer.", "Mail is kept and tried again. If it is so with all destinations, port 25 may be blocked on the way out: mapigate doctor tells; use a smarthost then."}},
	{courier: "exchange", words: []string{"i/o timeout", "deadline exceeded", "no route to host", "network is unreachable", " 502", " 503", " 504"}, advice: Advice{
		"Exchange does not answer.", "See to the server, its port 443 and the firewalls on the way. Mail waits here, and goes by itself when it is back."}},
	{words: []string{"starttls", "tls"}, detail: "7.", advice: Advice{
		"There is no encryption that satisfies the policy (DANE, MTA-STS, or ours).", "Mail is not sent in the clear by design. The owner of the domain must mend its certificate or policy; internet.tls and the smarthost's tls are ours."}},
	{words: []string{"greylist", "graylist", "try again later"}, advice: Advice{
		"The destination asks unknown senders to come back later.", "Nothing to do: the next try goes through."}},
	{words: []string{"blocklist", "blacklist", "spamhaus", "reputation", " listed "}, advice: Advice{
		"The destination does not trust our address.", "Look the address up at the list that the answer names, find out what was sent, and ask to be taken off. See that PTR, SPF and DKIM are right: mapigate doctor."}},
	{words: []string{"dropped by the operator"}, advice: Advice{
		"Somebody dropped this mail.", "The story of the mail says who and why."}},
	{detail: "7.", words: []string{"spf", "dmarc", "dkim"}, advice: Advice{
		"The destination refuses mail of this sender's domain from our address.", "Add this gateway to the domain's SPF record, and sign with DKIM (internet.dkim)."}},
	{detail: "4.1", courier: "exchange", advice: Advice{
		"Exchange does not answer.", "See to the server, its port 443 and the firewalls on the way. Mail waits here, and goes by itself when it is back."}},
	{detail: "4.", advice: Advice{
		"The destination cannot be reached.", "Mail is kept and tried again. If it lasts, see that the host is up and that nothing blocks the way out: mapigate doctor."}},
	{detail: "3.5", courier: "exchange", advice: Advice{
		"Exchange refuses the gateway's account.", "Grant it full access to the mailbox it goes through, and switch MAPI over HTTP on for both: mapigate doctor says what is missing."}},
	{detail: "3.5", advice: Advice{
		"The configuration does not fit this mail any more.", "The answer names what is missing: bring it back, or change the routes."}},
	{detail: "3.2", advice: Advice{
		"The server is busy, or going down.", "Nothing to do unless it lasts; then see to its load and its limits."}},
	{detail: "2.2", advice: Advice{
		"The mailbox is full.", "Its owner must make room, or its quota be raised. If it is the gateway's own mailbox, raise its quota."}},
	{detail: "2.1", advice: Advice{
		"The mailbox is switched off, or being moved.", "If it is being moved, the next try goes through. Otherwise its administrator must switch it on."}},
	{detail: "1.", advice: Advice{
		"The recipient's address does not exist there.", "The sender gets a report. Correct the address where it is kept."}},
	{detail: "3.4", advice: Advice{
		"The mail is too large for the destination.", "Send it smaller, or raise the limit there."}},
	{detail: "7.", advice: Advice{
		"The destination's policy refuses this mail.", "Its answer says why; the postmaster there can tell more."}},
	{detail: "6.", advice: Advice{
		"The destination cannot read this mail.", "Export it and look: the application that made it breaks the rules of MIME."}},
}

// On gives the advice on an outcome of a courier.
func On(courier string, o mail.Outcome) Advice {
	text := strings.ToLower(o.Text)
	if strings.HasPrefix(courier, "deposit/") {
		courier = "exchange/"
	}
	for _, r := range rows {
		if r.fits(courier, o.Detail, text) {
			return r.advice
		}
	}
	switch {
	case o.Verdict == mail.Unknown:
		return Advice{"The answer of the other side was lost: the mail may have arrived.", "The gateway looks for it before it tries again, where the other side lets it. Nothing to do."}
	case o.Alarm:
		return Advice{"The gateway cannot deliver because of something at our side.", "The answer says what; mapigate doctor checks everything and tells what to do."}
	case o.Verdict == mail.Failed:
		return Advice{"The destination refuses this mail for good.", "Its answer says why. The sender gets a report."}
	}
	return Advice{"The destination puts this mail off.", "It is tried again by itself. Its answer says why."}
}

func (r *row) fits(courier, detail, text string) bool {
	if r.courier != "" && !strings.HasPrefix(courier, r.courier) {
		return false
	}
	if r.detail != "" && detail != r.detail && !(strings.HasSuffix(r.detail, ".") && strings.HasPrefix(detail, r.detail)) {
		return false
	}
	if len(r.words) == 0 {
		return true
	}
	for _, w := range r.words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// checks give the advice on a check of the gateway that fails, by how its name begins.
var checks = []struct {
	name   string
	advice Advice
}{
	{"queue", Advice{"The queue cannot be asked.", "See to the disk (or the database) that it lies on; the log says what failed."}},
	{"listener ", Advice{"A listener does not take mail.", "The log says why; another program may have its port."}},
	{"exchange ", Advice{"An Exchange does not work.", "mapigate doctor says which step fails: finding it, TLS, signing in, or rights."}},
	{"watch ", Advice{"A mailbox is not watched: what its user sends waits there.", "It is opened again by itself. If it lasts, see the reason: rights on the mailbox, or the server."}},
	{"smarthost/", Advice{"A smarthost does not answer.", "See to it, and to the firewalls on the way. Mail waits here, and goes by itself when it is back."}},
	{"mail for ", Advice{"Mail waits for a courier that the configuration does not have any more.", "Give the exchange its old name again and the mail goes, or give it up: mapigate queue drop --courier. No command moves mail to another route."}},
	{"courier ", Advice{"A courier cannot deliver.", "The reason says why."}},
}

// OnCheck gives the advice on a check that fails; text is its reason.
func OnCheck(name, text string) Advice {
	for _, c := range checks {
		if !strings.HasPrefix(name, c.name) {
			continue
		}
		a := c.advice
		if strings.HasPrefix(name, "exchange ") || strings.HasPrefix(name, "watch ") {
			if more := On("exchange/", mail.Outcome{Text: text, Verdict: mail.Failed}); !strings.HasPrefix(more.Problem, "The destination") {
				a.Problem, a.Remedy = a.Problem+" "+more.Problem, more.Remedy
			}
		}
		return a
	}
	return Advice{"Something does not work.", "The reason and the log say what."}
}
