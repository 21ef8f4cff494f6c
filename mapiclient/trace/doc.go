// Package trace writes down what a client and a server say to each other, so
// that a person can read it: each request and answer, ROP by ROP.
//
//  1. A [Writer] is told every request of a client ([mapihttp.Config.Observe])
//     and writes it with its answer. It remembers of each session context what
//     later answers cannot be read without, such as the columns of tables.
//  2. [Buffer] prints a single captured buffer.
//
// What is written has no credentials, no cookies and no bodies: of the text of
// messages, of attachments and of streams only the size is told. Subjects,
// addresses and names stand there: a trace is about mail of real people.
package trace
