// Package mapping translates between MIME and MAPI, both ways. [MS-OXCMAIL]
//
//  1. [ToMAPI] reads a MIME message from a [Source] once, without holding
//     attachments in memory, and gives a [mapi.Message] whose attachments are
//     streams: each decodes its section of the source while it is read.
//  2. [ToMIME] writes a [mapi.Message] as MIME to a writer and encodes
//     attachments while it reads them.
//  3. [Envelope] gives the SMTP addresses a MAPI message is to be sent from
//     and to.
//
// The package is pure: no network, no clock, no state. What has no place on
// the other side is kept (transport headers, an attachment, a named property)
// or listed as a [Loss]. Damaged input is read as well as it can be.
//
// Formats within MIME and MAPI have rooms of their own: mime (RFC 5322 and RFC
// 2045 syntax), charset, rtf, tnef, ical, vcard, report.
package mapping
