// Package autodiscover finds the MAPI/HTTP endpoints of a mailbox.
// [MS-OXDISCO], [MS-OXDSCLI]
//
//  1. A [Finder] knows the places to ask for an address, in order, or one
//     place that the configuration names: those that a [Directory] publishes, the mail
//     domain, autodiscover below it, where plain HTTP redirects to, what DNS names, and
//     where version 2 of Autodiscover says that this version answers.
//  2. Each place is first asked without credentials. Only a host that the
//     configuration allows is then told who we are; hosts that a redirect or
//     DNS led to, and the bare mail domain, only in a way that gives no
//     password away. A host that is not allowed and that the mail domain did
//     not name is not asked at all.
//  3. An answer is settings, or an address or URL to ask instead, within limits.
//  4. A refused sign-in ends the search at once, so that asking many places
//     does not lock the account.
package autodiscover
