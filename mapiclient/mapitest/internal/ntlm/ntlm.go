// Package ntlm is the server's side of NTLM sign-in, as far as Exchange's HTTP
// endpoints need it: NTLMv2 only, with the integrity code and the channel
// binding checked. [MS-NLMP]
//
//  1. [NewChallenge] answers a NEGOTIATE_MESSAGE with a CHALLENGE_MESSAGE.
//  2. [Challenge.Verify] checks the AUTHENTICATE_MESSAGE that comes back on the
//     same connection.
package ntlm

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// Negotiate flags. [MS-NLMP] 2.2.2.5
const (
	flagUnicode          = 0x00000001
	flagRequestTarget    = 0x00000004
	flagNTLM             = 0x00000200
	flagTargetTypeDomain = 0x00010000
	flagTargetInfo       = 0x00800000
	flagVersion          = 0x02000000
	flagKeyExchange      = 0x40000000

	// echoed are the flags that a server grants when the client asks:
	// sign, seal, always sign, extended session security, 128 and 56 bit.
	echoed = 0x00000010 | 0x00000020 | 0x00008000 | 0x00080000 | 0x20000000 | 0x80000000 | flagKeyExchange | flagVersion
)

// AV pair ids. [MS-NLMP] 2.2.2.1
const (
	avEOL             = 0
	avNbComputerName  = 1
	avNbDomainName    = 2
	avDNSComputerName = 3
	avDNSDomainName   = 4
	avFlags           = 6
	avTimestamp       = 7
	avChannelBindings = 10
)

// avFlagMIC says that the AUTHENTICATE_MESSAGE has an integrity code.
const avFlagMIC = 2

var signature = []byte("NTLMSSP\x00")

// Errors of malformed messages and refused sign-ins.
var (
	ErrMessage  = errors.New("malformed NTLM message")
	ErrRefused  = errors.New("NTLM sign-in refused")
	ErrBindings = errors.New("NTLM sign-in without the channel binding of this connection")
)

// Type gives the message's type: 1, 2 or 3, or 0 when it is no NTLM message.
func Type(message []byte) uint32 {
	if len(message) < 12 || !bytes.HasPrefix(message, signature) {
		return 0
	}
	return binary.LittleEndian.Uint32(message[8:])
}

// A Challenge is one sign-in under way. It is good for one answer.
type Challenge struct {
	negotiate []byte
	message   []byte
	nonce     [8]byte
}

// Names are what the server tells of itself.
type Names struct {
	NetBIOSDomain, NetBIOSComputer, DNSDomain, DNSComputer string
}

// NewChallenge answers a NEGOTIATE_MESSAGE. [MS-NLMP] 2.2.1.2, 3.2.5.1.1
func NewChallenge(negotiate []byte, names Names, now time.Time) (*Challenge, error) {
	if Type(negotiate) != 1 || len(negotiate) < 16 {
		return nil, fmt.Errorf("%w: want a NEGOTIATE_MESSAGE", ErrMessage)
	}
	asked := binary.LittleEndian.Uint32(negotiate[12:])
	if asked&flagUnicode == 0 || asked&flagNTLM == 0 {
		return nil, fmt.Errorf("%w: the client offers flags 0x%08X without Unicode or NTLM", ErrMessage, asked)
	}
	ch := &Challenge{negotiate: bytes.Clone(negotiate)}
	rand.Read(ch.nonce[:])
	flags := asked&echoed | flagUnicode | flagRequestTarget | flagNTLM | flagTargetTypeDomain | flagTargetInfo

	target := wire.AppendUTF16(nil, names.NetBIOSDomain)
	info := appendPair(nil, avNbDomainName, wire.AppendUTF16(nil, names.NetBIOSDomain))
	info = appendPair(info, avNbComputerName, wire.AppendUTF16(nil, names.NetBIOSComputer))
	info = appendPair(info, avDNSDomainName, wire.AppendUTF16(nil, names.DNSDomain))
	info = appendPair(info, avDNSComputerName, wire.AppendUTF16(nil, names.DNSComputer))
	info = appendPair(info, avTimestamp, binary.LittleEndian.AppendUint64(nil, mapi.FileTime(now)))
	info = appendPair(info, avEOL, nil)

	const header = 56
	m := append([]byte(nil), signature...)
	m = binary.LittleEndian.AppendUint32(m, 2)
	m = appendField(m, len(target), header)
	m = binary.LittleEndian.AppendUint32(m, flags)
	m = append(m, ch.nonce[:]...)
	m = append(m, make([]byte, 8)...)
	m = appendField(m, len(info), header+len(target))
	m = append(m, 10, 0, 0x7C, 0x4F, 0, 0, 0, 15) // version 10.0.20348, revision 15. [MS-NLMP] 2.2.2.10
	m = append(m, target...)
	ch.message = append(m, info...)
	return ch, nil
}

// Message is the CHALLENGE_MESSAGE.
func (ch *Challenge) Message() []byte { return ch.message }

func appendPair(b []byte, id uint16, value []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, id)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return append(b, value...)
}

func appendField(b []byte, n, offset int) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(n))
	b = binary.LittleEndian.AppendUint16(b, uint16(n))
	return binary.LittleEndian.AppendUint32(b, uint32(offset))
}
