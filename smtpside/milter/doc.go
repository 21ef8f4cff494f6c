// Package milter asks content filters that speak the milter protocol of Sendmail and Postfix (rspamd, OpenDKIM, ClamAV): it is
// the mail server's side of that.
//
//  1. Begin connects for one mail and tells the filter about the client.
//  2. Mail and Rcpt ask about the envelope as it comes in.
//  3. Message gives the filter the mail, and gives back what the filter wants of it.
//
// A filter may refuse a client, a sender, a recipient or the mail, now or for good, with words of its own; discard the mail;
// have it held; add, change and remove header fields; put another body in place of the one it got; and change the envelope's
// sender and recipients. The wire format is that of emersion/go-milter, but for the end of a message: there the changes are
// read here, so that a new body is never in memory as a whole.
package milter
