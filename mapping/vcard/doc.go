// Package vcard translates between vCard and MAPI contacts and distribution
// lists. [MS-OXVCARD], RFC 6350, RFC 2426
//
//  1. [ToMAPI] reads vCards of version 2.1, 3.0 or 4.0 and gives one
//     IPM.Contact for each, or an IPM.DistList for a group.
//  2. [FromMAPI] writes a contact or distribution list as a vCard.
package vcard
