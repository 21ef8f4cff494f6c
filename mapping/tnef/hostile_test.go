//go:build unix

package tnef

import (
	"bytes"
	"context"
	"encoding/binary"
	"testing"
	"time"
)

// Many names, lists or attributes cost no more than their bytes.
func TestHostileStreamsAreFast(t *testing.T) {
	const slow = 2 * time.Second
	le := binary.LittleEndian
	named := le.AppendUint32(nil, 60000)
	for i := range uint32(60000) {
		named = le.AppendUint32(named, 0x80000003)
		named = append(named, make([]byte, 16)...)
		named = le.AppendUint32(le.AppendUint32(le.AppendUint32(named, nameIsID), i), 1)
	}
	long := stream(levelMessage, attMsgProps, named)
	single := stream(levelMessage, attMsgProps, append(le.AppendUint32(nil, 1), named[4:4+32]...))
	attachment := stream(levelAttachment, attAttachRenddata, make([]byte, 14))
	for name, in := range map[string][]byte{
		"one list of names":   long,
		"many lists":          append(bytes.Clone(long), bytes.Repeat(single[streamHeader:], 50000)...),
		"many attachments":    append(bytes.Clone(attachment), bytes.Repeat(attachment[streamHeader:], 100000)...),
		"many wrong levels":   append(bytes.Clone(attachment), bytes.Repeat(stream(levelMessage, 0x00061234, nil)[streamHeader:], 200000)...),
		"empty recipients":    stream(levelMessage, attRecipTable, append(le.AppendUint32(nil, 500000), make([]byte, 2000000)...)),
		"properties of nulls": stream(levelMessage, attMsgProps, append(le.AppendUint32(nil, 65536), make([]byte, 4*65536)...)),
	} {
		start := cpuTime(t)
		if _, err := Read(context.Background(), bytes.NewReader(in), Options{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if d := cpuTime(t) - start; d > slow {
			t.Errorf("%s: %d bytes take %v", name, len(in), d)
		}
	}
}
