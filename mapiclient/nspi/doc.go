// Package nspi is the bodies of the address book requests over MAPI/HTTP, in
// both directions. [MS-OXCMAPIHTTP] 2.2.5, [MS-OXNSPI]
//
//  1. Every request but the two for URLs carries a [Stat], the position in a
//     table of the address book, or none.
//  2. Entries are named by Minimal Entry IDs, [MID], good for one session.
//  3. Optional parts are pointers or nil slices and have a byte 0xFF or 0 in
//     front of them on the wire; tags and names that are absent differ from
//     empty ones.
//  4. Values and rows have the form mapi.FormNSPI.
package nspi
