// Package store is the information store behind the test Exchange: mailboxes
// with folders, messages, attachments, named properties and tables, without
// any network.
//
//  1. A [Mailbox] is a lock: whoever calls a method of a mailbox, or of anything
//     in it, holds that lock, except where a method says that it locks by itself.
//  2. What is saved is immutable: a [Message] points at a [Content], and saving
//     swaps that pointer. Readers need no copy.
//  3. What is open is a working copy: a [Draft] of a message, an
//     [AttachmentDraft] of an attachment. Saving shows it to others.
//  4. A [Table] is a view over a folder or a draft that follows its changes.
//  5. Everything that changes raises an [Event].
package store
