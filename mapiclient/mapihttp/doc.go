// Package mapihttp carries MAPI requests over HTTP. [MS-OXCMAPIHTTP]
//
//  1. A [Client] is one endpoint URL, the mailbox one or the address book one,
//     with the credentials for it.
//  2. [Client.Connect] opens a session [Context] on the mailbox endpoint;
//     [Client.Open] one on the address book endpoint. Each has its own cookies
//     and sequence.
//  3. [Context.Execute] sends one payload of ROPs and gives the payloads of the
//     answer. One request at a time is under way in a context;
//     [Context.NotificationWait] may run beside it.
//  4. Requests travel on lanes. A [Lane] is one HTTP/1.1 connection, signed in
//     before any body travels on it; [Lanes] keeps the idle ones.
//  5. When the connection breaks before a request was sent whole, it is sent
//     again on a new one. When it breaks later, the answer is lost and with it
//     the context: an [UnknownOutcomeError], never a second sending.
//     [MS-OXCMAPIHTTP] 3.1.7
//
// Everything a server sends is bounded in size and time.
package mapihttp
