// Package exchange is the courier into Exchange, or any server that speaks
// MAPI over HTTP.
//
//  1. [Accounts] opens mailboxes and keeps a few sessions to each.
//  2. A [Submitter] sends a mail through a mailbox: the sender map says which
//     (identity.go), the mapping makes a MAPI message of it, the server's
//     transport takes it from there.
//  3. A [Depositor] writes a mail straight into the Inbox of its recipient,
//     which is how delivery reports reach the users of a watched mailbox.
//  4. When an answer was lost, the next attempt looks for the mail by its
//     X-Mapigate-Id before it sends again (unknown.go).
//  5. Every refusal becomes a verdict by one table (verdict.go).
//  6. Copies of submitted mail that no user wants to see lie in a ledger folder
//     for two days (ledger.go).
package exchange
