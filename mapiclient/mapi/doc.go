// Package mapi is the vocabulary that every room speaking MAPI shares: typed
// property tags, property bags, named properties, messages, ids, EntryIDs,
// restrictions and error codes, each with its layout on the wire.
//
//  1. A property is a [Prop]: a [PropTag] and a Go value. Well-known ones are
//     made and found by typed tags: PidTagSubject.Of("Hello"), PidTagSubject.From(props).
//
//  2. Properties stand in ordered bags, [Props].
//
//  3. A named property carries its [PropertyName]; only the mailbox that
//     resolved the name knows the id.
//
//  4. A [Message] is properties, recipients and attachments; large values are
//     a [Stream] that is opened when it is needed.
//
//  5. Messages can be written as JSON and read back, [EncodeJSON] and [DecodeJSON].
//
// The package opens nothing by itself and keeps no state.
package mapi
