// Package rtf reads and writes the rich text that MAPI messages carry.
//
//  1. PidTagRtfCompressed is unpacked by [NewReader] or [Decompress] and packed
//     by [Compress]. [MS-OXRTFCP]
//  2. RTF that was made of HTML or of text gives the original back: [ToHTML],
//     [ToText]. [MS-OXRTFEX]
//  3. RTF that was written as such is rendered by the same functions: as
//     readable HTML, or as text.
//  4. [FromHTML] and [FromText] wrap a body into RTF, so that the originals come
//     back from it. [MS-OXRTFEX]
//
// Damage never hides what is readable: every function gives what it could read
// together with an error or a list of losses.
package rtf
