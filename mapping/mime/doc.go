// Package mime reads and writes the syntax of internet mail as it really
// looks: RFC 5322 header fields, RFC 2045 parts, RFC 2047 words, RFC 2231
// parameters, dates, addresses and transfer encodings, damaged or not.
//
//  1. [Parse] goes once over a message with random access and gives a tree of
//     [Part]s that know where in the source they lie.
//  2. [Part.Open] decodes a part's body while it is read.
//  3. [DecodeText], [ParseAddresses], [ParseDate] and [ParseParams] read field values,
//     [AppendField] and its kin write them.
//  4. [Encoder]s write bodies.
//
// Reading never fails for what the bytes say, only when the source fails.
package mime
