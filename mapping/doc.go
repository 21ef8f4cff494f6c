// Package mapping translates between MIME and MAPI, both ways. [MS-OXCMAIL]
//
// From MIME:
//
//  1. [ToMAPI] lets the room mime find the parts of a message in a [Source],
//     once and without holding an attachment in memory.
//  2. The header fields become properties by a table, headerRules, that has both
//     ways of a field in one row; where several fields feed one property the
//     row that stands first wins. The whole block is kept as well.
//  3. A message that is a whole by its structure (signed, encrypted, a report, a
//     card) is read as that. In all others each part is either chosen as a
//     body, because it is the best text in its place, or it is an attachment: a
//     stream that decodes its section of the source while it is read.
//  4. What another format says is merged in: winmail.dat, a calendar.
//
// To MIME:
//
//  1. [ToMIME] decides the tree of parts from the properties: the forms of the
//     text, what the text shows, what is attached. Of the kept header it takes
//     only what no property carries; what was edited follows the properties.
//  2. It writes the tree, and encodes attachments while it reads them. Signed
//     entities alone are written as they came, byte for byte.
//
// [Envelope] gives the SMTP addresses that a MAPI message is to be sent from
// and to.
//
// The package is pure: no network, no clock, no state. What has no place on the
// other side is kept (transport headers, an attachment, a named property) or
// listed as a [Loss]. Damaged input is read as well as it can be, and [Limits]
// bound what it costs; where one is hit there is a Loss too.
//
// Formats have rooms of their own: mime (the syntax of mail), charset, htmltext
// and textform (texts), rtf, tnef, msg (Outlook's files), ical and vcard (both
// made of contentline), report (delivery and read), apple (files of a
// Macintosh).
package mapping
