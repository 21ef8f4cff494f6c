// Package frame is the bytes between HTTP and the ROPs, in both directions, for
// a client and for a server.
//
//  1. An answer's HTTP body begins with meta-tags, PROCESSING, PENDING and
//     DONE, and late headers: [ReadPreamble], [TagWriter].
//  2. Behind them, and in every request, stands the body of the request type:
//     [ConnectRequest], [ExecuteRequest] and so on, each with its Layout.
//  3. The RopBuffer of an Execute, and every auxiliary buffer, is one or more
//     payloads behind an RPC_HEADER_EXT: [AppendPayload], [Payloads].
//  4. A payload may be compressed ([Compress], [Decompress]) and obfuscated.
//
// The package does no input or output of its own and knows nothing of cookies,
// sign-in or sessions; mapihttp does.
package frame

// The limits of the protocol, which readers hold.
const (
	// MaxPayload is the most a request's payload may have, so that it and its
	// header are within 32 KiB. The size field has 16 bits, but servers stop
	// there: gromox 3.10 dies of more.
	MaxPayload = 32*1024 - HeaderSize
	// MaxPayloads is how many payloads one RopBuffer may have: the first and
	// at most 96 chained ones. [MS-OXCRPC] 3.1.4.2.1.2.2
	MaxPayloads = 97
	// MaxRopBuffer is the largest RopBuffer of a request and the largest
	// MaxRopOut. [MS-OXCRPC] 3.1.4.2
	MaxRopBuffer = 0x40000
	// MinRopOut is the smallest MaxRopOut.
	MinRopOut = 8
	// MaxAux is the largest auxiliary buffer. [MS-OXCRPC] 3.1.4.1
	MaxAux = 0x1008
)
