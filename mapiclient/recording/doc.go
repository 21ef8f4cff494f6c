// Package recording keeps conversations of the client with real servers and
// plays them back, for tests.
//
//  1. A [Recorder] stands between the client and a server: it passes requests
//     on and keeps them with their answers. The client talks to [Host] and
//     never learns where the server really is, nor its cookies; what is kept
//     has no credentials in it.
//  2. [Write] and [Read] keep a conversation in a file that people can read.
//  3. A [Player] is the server of a kept conversation. It knows no protocol: a
//     request that equals a kept one, byte for byte, gets that one's answer.
//
// A recorder must be used with Basic authentication: the other schemes never
// say the same thing twice.
package recording

// Host is the name of the server in every conversation.
const Host = "mail.example.test"

// An Exchange is one request with its answer.
type Exchange struct {
	Request Message
	// Answer is empty when none came before the connection ended.
	Answer Message
}

// A Message is an HTTP/1.1 request or answer.
type Message struct {
	// Head is the first line and the header lines, without line ends.
	Head []string
	// Body has no transfer coding.
	Body []byte
}

func (m *Message) empty() bool { return len(m.Head) == 0 }
