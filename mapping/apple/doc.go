// Package apple reads and writes the two forms in which files of a Macintosh
// travel.
//
//  1. AppleDouble has the file in one part and in another what only a
//     Macintosh knows of it: [Entry] reads that header, [File.AppleDouble]
//     writes it. RFC 1740
//  2. MacBinary has everything in one file: [OpenMacBinary].
package apple
