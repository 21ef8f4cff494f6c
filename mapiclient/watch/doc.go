// Package watch tells what comes into a folder of each of many mailboxes, with
// the few sessions that a server allows one account.
//
//  1. A [Set] has the mailboxes that one account watches, and a budget of
//     sessions: servers allow a user about 32.
//  2. Every mailbox is opened, its [Handler] begins, and looks once at what lies
//     there already.
//  3. The mailboxes in which most happens keep their session and are told of
//     changes: RopRegisterNotification and NotificationWait. [MS-OXCNOTIF] 3.1.4
//     The folder's state is compared now and then as well, since a notification
//     may get lost, and the session would expire.
//  4. The others are polled: a session is opened, the state of the folder comes
//     with the logon, and the session is closed again. The one that is due
//     longest comes first; one in which something happened comes sooner again.
//  5. A polled mailbox that becomes busier than one that is told of changes takes
//     its place.
//  6. What fails is tried again after a pause that grows.
//
// A polled mailbox costs no goroutine, no session and no connection between
// two polls.
package watch
