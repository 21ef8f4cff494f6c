package verdict

import "math"

// Table gives all rows: those for one operation behind those for all.
func Table() []Row {
	var all []Row
	all = append(all, mapiRows...)
	all = append(all, mapiTrouble...)
	all = append(all, mapiExceptions...)
	all = append(all, httpRows...)
	all = append(all, markRows...)
	all = append(all, smtpRows...)
	return append(all, namedRows...)
}

type key struct {
	at    Operation
	cause Cause
}

// An index finds rows.
type index struct {
	exact  map[key]Reply
	ranges []Row // narrow ones first
}

var table = newIndex(Table())

func newIndex(rows []Row) index {
	x := index{exact: map[key]Reply{}}
	for _, r := range rows {
		if len(r.Codes) == 0 && len(r.Names) == 0 {
			if r.To == 0 {
				r.To = math.MaxUint32
			}
			x.ranges = append(x.ranges, r)
			continue
		}
		at := r.At
		if len(at) == 0 {
			at = []Operation{""}
		}
		for _, op := range at {
			for _, c := range r.Codes {
				x.exact[key{op, Cause{Kind: r.Kind, Code: c}}] = r.Reply
			}
			for _, n := range r.Names {
				x.exact[key{op, Cause{Kind: r.Kind, Name: n}}] = r.Reply
			}
		}
	}
	return x
}

// httpRows are for answers of Exchange's web server, or of a proxy before it. They say nothing about the mail.
var httpRows = []Row{
	{Kind: KindHTTP, From: 401, To: 401, Reply: Reply{451, "7.0", Schedule, true}, Why: "the sign-in is not accepted, or no longer"},
	{Kind: KindHTTP, From: 403, To: 403, Reply: Reply{451, "3.5", Schedule, true}, Why: "the account may not use MAPI over HTTP"},
	{Kind: KindHTTP, From: 407, To: 407, Reply: Reply{451, "3.5", Schedule, true}, Why: "a proxy wants a sign-in"},
	{Kind: KindHTTP, From: 404, To: 404, Reply: Reply{451, "2.1", Schedule, true}, Why: "no such endpoint: discovered again"},
	{Kind: KindHTTP, From: 429, To: 429, Reply: Reply{451, "3.2", Wait, false}, Why: "too many requests"},
	{Kind: KindHTTP, From: 300, To: 399, Reply: Reply{451, "2.1", Schedule, true}, Why: "the endpoint has moved: discovered again"},
	{Kind: KindHTTP, From: 500, To: 599, Reply: Reply{451, "4.1", Schedule, false}, Why: "the server is away or down"},
	{Kind: KindHTTP, Reply: Reply{451, "3.0", Schedule, true}, Why: "an answer that a server should not give"},
}

// markRows are for requests that the endpoint did not pass on.
var markRows = []Row{
	{Kind: KindMark, From: 8, To: 8, Reply: Reply{451, "7.0", Schedule, true}, Why: "anonymous access is not allowed"},
	{Kind: KindMark, From: 11, To: 11, Reply: Reply{451, "3.5", Schedule, true}, Why: "the account has no right to that mailbox"},
	{Kind: KindMark, From: 6, To: 6, Reply: Reply{451, "3.0", Anew, false}, Why: "the session is not known (any more)"},
	{Kind: KindMark, From: 10, To: 10, Reply: Reply{451, "3.0", Anew, false}, Why: "the session is not known (any more)"},
	{Kind: KindMark, From: 13, To: 13, Reply: Reply{451, "3.0", Anew, false}, Why: "the session is not known (any more)"},
	{Kind: KindMark, From: 16, To: 16, Reply: Reply{451, "3.2", Wait, false}, Why: "the endpoint is switched off"},
	{Kind: KindMark, From: 18, To: 18, Reply: Reply{451, "3.2", Wait, false}, Why: "the endpoint is shutting down"},
	{Kind: KindMark, From: 1, To: 1, Reply: Reply{451, "3.0", Schedule, false}, Why: "the endpoint does not say why"},
	{Kind: KindMark, Reply: Reply{451, "3.0", Schedule, true}, Why: "a request that we should not make"},
}

// smtpRows are for replies of SMTP hosts. RFC 5321 4.2, RFC 4954 6
var smtpRows = []Row{
	{Kind: KindSMTP, From: 530, To: 530, Reply: Reply{451, "7.0", Schedule, true}, Why: "the host wants us to sign in: our configuration, not the mail"},
	{Kind: KindSMTP, From: 534, To: 535, Reply: Reply{451, "7.0", Schedule, true}, Why: "our sign-in is refused: our configuration, not the mail"},
	{Kind: KindSMTP, From: 538, To: 538, Reply: Reply{451, "7.0", Schedule, true}, Why: "our sign-in needs TLS: our configuration, not the mail"},
	{Kind: KindSMTP, From: 200, To: 299, Reply: Reply{250, "0.0", Never, false}, Why: "the host has taken it"},
	{Kind: KindSMTP, From: 400, To: 499, Reply: Reply{451, "0.0", Schedule, false}, Why: "not now, says the host; its own code is kept"},
	{Kind: KindSMTP, From: 500, To: 599, Reply: Reply{550, "0.0", Never, false}, Why: "never, says the host; its own code is kept"},
	{Kind: KindSMTP, Reply: Reply{451, "5.0", Schedule, false}, Why: "no reply that SMTP knows"},
}

// namedRows are for causes without codes.
var namedRows = []Row{
	{Kind: KindDNS, Names: names(NameUnknown), Reply: Reply{451, "4.4", Schedule, true}, Why: "the server's name does not exist: configuration or DNS"},
	{Kind: KindDNS, Names: names(NameTemporary), Reply: Reply{451, "4.3", Schedule, false}, Why: "the DNS gives no answer"},
	{Kind: KindNet, Names: names(Refused, TimedOut, Broken), Reply: Reply{451, "4.1", Schedule, false}, Why: "the server cannot be reached"},
	{Kind: KindTLS, Names: names(Certificate), Reply: Reply{451, "7.5", Schedule, true}, Why: "the server's certificate is not trusted: expired, another name, or an unknown authority"},
	{Kind: KindTLS, Names: names(Handshake), Reply: Reply{451, "7.5", Schedule, false}, Why: "TLS could not be started"},
	{Kind: KindAuth, Names: names(Rejected), Reply: Reply{451, "7.0", Schedule, true}, Why: "wrong password, or the account is locked"},
	{Kind: KindAuth, Names: names(NoToken), Reply: Reply{451, "7.0", Schedule, true}, Why: "the authority gives no access token"},
	{Kind: KindFlow, Names: names(AnswerLost), Reply: Reply{451, "4.2", Look, false}, Why: "it may have arrived: looked for before the next attempt"},
	{Kind: KindFlow, Names: names(AnswerLost, NotSent, SessionLost), At: []Operation{Logon}, Reply: Reply{451, "4.1", Schedule, false}, Why: "nothing was sent yet"},
	{Kind: KindFlow, Names: names(NotSent, SessionLost), Reply: Reply{451, "3.0", Anew, false}, Why: "certainly not executed: tried again in a new session"},
	{Kind: KindFlow, Names: names(Torso), Reply: Reply{451, "3.0", Schedule, true}, Why: "the server sent a part of it, which happens only with submit_in_one_request: the whole follows"},
	{Kind: KindFlow, Names: names(LeftAlone), Reply: Reply{451, "4.1", Wait, false}, Why: "the server did not answer others either"},
	{Kind: KindFlow, Names: names(BackOff), Reply: Reply{451, "3.2", Wait, false}, Why: "the server asks to be left alone for a while"},
	{Kind: KindFlow, Names: names(Malformed), Reply: Reply{451, "3.0", Schedule, true}, Why: "no answer of the protocol: a proxy's page, or half of one"},
	{Kind: KindFlow, Names: names(NotFound), At: []Operation{Deposit}, Reply: Reply{550, "1.1", Never, false}, Why: "Autodiscover says that nobody has the recipient's address"},
	{Kind: KindFlow, Names: names(NotFound), Reply: Reply{451, "3.5", Schedule, true}, Why: "Autodiscover knows no such mailbox of ours"},
	{Kind: KindLocal, Names: names(TooLarge), Reply: Reply{552, "3.4", Never, false}, Why: "the mailbox says how large a message may be"},
	{Kind: KindLocal, Names: names(NoMailbox), Reply: Reply{550, "7.60", Never, false}, Why: "no mailbox of this gateway may send for this sender"},
	{Kind: KindLocal, Names: names(Unreadable, Untranslated, Internal), Reply: Reply{451, "3.0", Schedule, true}, Why: "a fault of this gateway"},
	{Kind: KindLocal, Names: names(Misconfigured), Reply: Reply{451, "3.5", Schedule, true}, Why: "the configuration does not fit"},
	{Kind: KindLocal, Names: names(Unclassified), Reply: unclassified, Why: "nothing is known: the mail is kept"},
}

func names(list ...Cause) []string {
	var all []string
	for _, c := range list {
		all = append(all, c.Name)
	}
	return all
}
