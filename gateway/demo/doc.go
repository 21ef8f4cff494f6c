// Package demo runs everything in one process: an Exchange server in memory, an
// SMTP sink that stands for the internet, and the real gateway between them.
//
//  1. [NewExchange] is the embedded Exchange with a way out over SMTP; it also
//     serves alone.
//  2. [New] puts the three together; [Demo.Run] serves until its context ends.
//  3. [Demo.Tour] sends sample mails both ways, tells the way that each took,
//     and counts what arrived whole.
//  4. A running demo leaves a [State] file, by which other processes of the
//     same user find it, and keeps what reaches its internet as [Letter] files.
package demo
