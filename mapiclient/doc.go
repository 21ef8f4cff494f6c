// Package mapiclient reads and sends mail of an Exchange mailbox, or that of
// any server speaking MAPI over HTTP. [MS-OXCMAPIHTTP]
//
//  1. A [Client] knows one server and how to sign in. It finds the endpoints
//     by Autodiscover, or is told them; it looks for them again when they have gone.
//     Clients of many mailboxes share connections ([Options.Connections]) and a [Breaker].
//     Another's mailbox has a client of its own: by its address, with [Options.Admin], or as
//     [Client.Alternatives] names it. [Client.SendRight] and [Mailbox.ProbeSend] tell whether
//     mail may go in its name.
//  2. [Client.OpenMailbox] connects a [Session] and logs on to a [Mailbox].
//     A [Pool] keeps opened mailboxes for those who need one for a moment, within
//     the sessions that servers allow an account, and keeps them from expiring.
//  3. [Mailbox.Folder] and its kin give folders, [Folder.Messages] lists what is in one.
//  4. [Mailbox.Open] reads a message with its recipients and attachments; large
//     values are streams. [Mailbox.Submit] sends one, [Mailbox.Save], [Mailbox.Upload] and
//     [Mailbox.Deliver] store one.
//  5. [Mailbox.Download] reads several small messages with one request, and
//     [Mailbox.Sync] tells with one what has changed in a folder since a saved state.
//  6. [Mailbox.Watch] and [Mailbox.Wait] wait for changes, [Mailbox.FolderState] tells whether there
//     were any. Package watch does so for many mailboxes.
//  7. [Client.AddressBook] resolves names.
//
// Requests that belong together travel together: see pipeline.go. An answer
// that was lost is a *[mapihttp.UnknownOutcomeError]; the session is lost with
// it, and nothing is ever sent twice. What a server refuses is a *[mapi.Error]
// that names the operation and the code; one that wants to be left alone is, for as long as
// it says ([PausedError]). Package trace writes down what was said.
package mapiclient
