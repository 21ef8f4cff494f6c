// Package textform reads the forms of text that mail has beside plain text and
// HTML.
//
//  1. [Unflow] joins the lines of format=flowed. RFC 3676
//  2. [EnrichedHTML] and [EnrichedText] read text/enriched. RFC 1896
//  3. [CRLF] gives every line the line end of mail.
package textform
