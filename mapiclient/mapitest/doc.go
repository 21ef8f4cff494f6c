// Package mapitest is an Exchange server in the process, used like httptest.
//
//  1. [New] starts a [Server] on loopback over TLS with a certificate of its
//     own making; [Server.CertificatePEM] is what a client has to trust.
//  2. [Server.AddUser] makes a user with a mailbox: the folders of a logon,
//     Drafts, Calendar and the others, and an entry in the address book.
//  3. A client finds the server by Autodiscover, signs in by Basic or NTLM and
//     speaks MAPI over HTTP: Connect, Execute, NotificationWait, Disconnect,
//     PING, and the requests of the address book.
//  4. Tests look into mailboxes through [Mailbox], and make things go wrong
//     through [Faults].
//  5. What is submitted to local users lands in their Inboxes; the rest goes to
//     the [Transport] that the caller gives, since this package knows no MIME.
//
// The server is strict: a request that Exchange refuses is refused the way
// Exchange refuses it, and nothing is repaired.
package mapitest
