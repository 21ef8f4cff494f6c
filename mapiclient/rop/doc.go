// Package rop holds the remote operations of [MS-OXCROPS], one file each, and
// the payload that carries them in both directions.
//
//  1. A client collects requests in a [Batch]. [Batch.Use] gives the [Slot] of
//     an object the server already knows by its handle; [Add] puts a request in
//     and gives a [Call], whose Out is the slot of the object it will create.
//  2. [Batch.Encode] gives the payload, [Batch.Decode] takes the answer,
//     [Call.Result] tells what became of each request.
//  3. A server reads the payload with [DecodeRequests] and writes an [Answer].
//  4. The table in table.go knows each operation: its request, its response and
//     which handle indices stand in their headers. The headers themselves are
//     coded in header.go and nowhere else.
//
// The package does no input or output.
package rop
