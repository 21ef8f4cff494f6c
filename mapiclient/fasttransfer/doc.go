// Package fasttransfer reads and writes FastTransfer streams, in which whole
// messages and the changes of a folder travel, and the sets of ids that tell a
// server what a client knows already. [MS-OXCFXICS] 2.2.2, 2.2.4
//
//  1. A stream is a sequence of [Element]s: a [Marker], or a property with its
//     value. A [Reader] gives them one by one from whatever brings the buffers;
//     a value too long to hold is read as it comes.
//  2. A [Writer] takes elements and cuts the stream into buffers where a stream
//     may be cut: between atoms, or within a value of variable size.
//  3. Above the elements stand the syntactical ones: [ReadMessageContent],
//     [ReadMessageList] and [ReadContentsSync] understand a stream's order,
//     and their counterparts write it.
//  4. A [GlobSet] is a set of counters, packed by the commands of its own little
//     language; an [IDSet] and a [ShortIDSet] put a replica before each.
//
// Streams come from outside. Nothing here believes a length or a count before
// the bytes are there, and memory stays below limits that the caller names. The
// package does no input or output of its own.
package fasttransfer
