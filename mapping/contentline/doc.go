// Package contentline reads and writes the lines that iCalendar and vCard are
// made of: names, parameters, values, folding and the components between BEGIN
// and END. RFC 5545 3.1, RFC 6350 3.3, RFC 6868
//
//  1. [Parse] reads a stream into components, tolerantly: damaged lines are
//     listed and left out, components that are not closed are closed.
//  2. [Text], [List] and [Fields] read values, [Escape] writes them.
//  3. A [Writer] writes lines, folded.
package contentline
