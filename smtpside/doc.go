// Package smtpside is the gateway's SMTP: Server is the way in, Sender the way out, Status what is said on both. It knows
// nothing of queues, routes between worlds, or MAPI.
//
// # The way in
//
//  1. Serve accepts a connection, counts it in (Limits), and does implicit TLS if the listener wants it.
//  2. The connection is given to github.com/emersion/go-smtp, which dispatches verbs and reads their parameters, behind a
//     guard that plays the connection. The guard reads every line first, strictly: CR LF, no NUL, bounded in length and
//     time. It words all replies, and answers itself what go-smtp shall not see.
//  3. STARTTLS is the guard's: after the handshake a fresh guard starts over with a fresh go-smtp connection, so nothing
//     that was said before can live on (RFC 3207 4.2).
//  4. The message of a DATA is read by the guard as well: one line end, CR LF, and one end, CR LF . CR LF. Anything else is
//     refused and ends the session, since it may be somebody's attempt to smuggle a second mail (CVE-2023-51764 and its kin).
//  5. The Backend's Session decides about AUTH, MAIL, RCPT and the message. Its errors go out as the Status that they are;
//     every other error is logged and goes out as 451, with a public text. A nil error of Data means: the mail is yours.
//  6. Shutdown stops listening, says 421 to idle clients, and lets transfers finish.
//
// What go-smtp alone would leave open, all of which is made good from outside and tested: bare LF and CR, timeouts within
// DATA and for TLS handshakes, clear text after a failed handshake, a broken connection taken for the end of a BDAT chunk,
// errors found only by type assertion, nested MAIL, AUTH inside a transaction, quotes lost from local parts.
//
// # The way out
//
//  1. Send takes a Job: a mail for recipients that share a Route. It waits for a place among the connections to that
//     destination and takes a kept connection if there is one.
//  2. Otherwise it goes through the hosts of the route: the MX in order, equals shuffled, null MX and ourselves minded, or
//     smarthosts as listed; each with its addresses; few in all.
//  3. A host gets EHLO, STARTTLS as the route's TLSPolicy says, AUTH if the route has credentials.
//  4. What the host lacks is made good (8-bit parts become quoted-printable, domains A-labels) or fails at once (SMTPUTF8).
//  5. MAIL, RCPT and DATA go out together where the host has PIPELINING. Each recipient's reply becomes its Outcome.
//  6. A connection that breaks before the final dot sends the mail to the next host. One that breaks between the final dot
//     and its answer leaves the outcome Unknown: the caller decides, knowing that it may have been delivered.
//
// The client's half of the protocol is written here instead of taken from go-smtp, whose client has no context, reads
// replies without bound, cannot pipeline, and does not tell whether the final dot had left.
package smtpside
