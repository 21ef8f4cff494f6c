// Package outbox is the source of mail that Exchange users leave for the
// gateway in a folder of their mailbox.
//
//  1. A [Watcher] is called when something may have changed in the watched folder; while it works
//     there it holds the lock of the mailbox, so that no two gateways do (watcher.go, [watch.Set]).
//  2. What is ready to go (ready.go) is claimed: it gets a claim GUID and is
//     moved to a hidden folder. Of all who may want it, the move lets exactly
//     one win (claim.go).
//  3. A claimed message is translated and put into the queue, which takes a
//     claim once only (enqueue.go).
//  4. When all its recipients are final it is settled: a new message stands
//     in Sent Items, and the claimed one is deleted (settle.go).
//
// Each step can be repeated: whoever comes after a crash finds what is in the
// hidden folder and goes on from there.
package outbox
