// Package milter asks content filters that speak the milter protocol of Sendmail and Postfix (rspamd, OpenDKIM, ClamAV): it is
// the mail server's side of that.
//
//  1. Begin connects for one mail and tells the filter about the client.
//  2. Mail and Rcpt ask about the envelope as it comes in.
//  3. Message gives the filter the mail, and gives back the header as the filter wants it.
//
// A filter may refuse a client, a sender, a recipient or the mail, now or for good, with words of its own; discard the mail;
// have it held; and add, change and remove header fields. It cannot change the envelope or the body: what the gateway has
// checked stays as it was checked.
package milter
