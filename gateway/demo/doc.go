// Package demo runs everything in one process: an Exchange server in memory, an
// SMTP sink that stands for the internet, and the real gateway between them.
//
//  1. [NewExchange] is the embedded Exchange with a way out over SMTP; it also
//     serves alone.
//  2. A running demo leaves a [State] file, by which other processes of the
//     same user find it.
package demo
