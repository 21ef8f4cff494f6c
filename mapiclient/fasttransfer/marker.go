package fasttransfer

import (
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// A Marker begins or ends a part of a stream. It has no value.
// [MS-OXCFXICS] 2.2.4.1.4
type Marker uint32

// Markers of folders.
const (
	StartTopFld Marker = 0x40090003
	EndFolder   Marker = 0x400B0003
	StartSubFld Marker = 0x400A0003
)

// Markers of messages and what lies within them.
const (
	StartMessage Marker = 0x400C0003
	EndMessage   Marker = 0x400D0003
	StartFAIMsg  Marker = 0x40100003
	StartEmbed   Marker = 0x40010003
	EndEmbed     Marker = 0x40020003
	StartRecip   Marker = 0x40030003
	EndToRecip   Marker = 0x40040003
	NewAttach    Marker = 0x40000003
	EndAttach    Marker = 0x400E0003
)

// Markers of a synchronisation.
const (
	IncrSyncChg            Marker = 0x40120003
	IncrSyncChgPartial     Marker = 0x407D0003
	IncrSyncDel            Marker = 0x40130003
	IncrSyncEnd            Marker = 0x40140003
	IncrSyncRead           Marker = 0x402F0003
	IncrSyncStateBegin     Marker = 0x403A0003
	IncrSyncStateEnd       Marker = 0x403B0003
	IncrSyncProgressMode   Marker = 0x4074000B
	IncrSyncProgressPerMsg Marker = 0x4075000B
	IncrSyncMessage        Marker = 0x40150003
	IncrSyncGroupInfo      Marker = 0x407B0102
)

// FXErrorInfo precedes what a server has to say about an error.
const FXErrorInfo Marker = 0x40180003

// Known tells whether m is a marker. Everything else is the tag of a property.
func (m Marker) Known() bool { return m.name() != "" }

// String gives the name of the specification.
func (m Marker) String() string {
	if n := m.name(); n != "" {
		return n
	}
	return fmt.Sprintf("marker 0x%08X", uint32(m))
}

func (m Marker) name() string {
	if n := m.syncName(); n != "" {
		return n
	}
	switch m {
	case StartTopFld:
		return "StartTopFld"
	case EndFolder:
		return "EndFolder"
	case StartSubFld:
		return "StartSubFld"
	case StartMessage:
		return "StartMessage"
	case EndMessage:
		return "EndMessage"
	case StartFAIMsg:
		return "StartFAIMsg"
	case StartEmbed:
		return "StartEmbed"
	case EndEmbed:
		return "EndEmbed"
	case StartRecip:
		return "StartRecip"
	case EndToRecip:
		return "EndToRecip"
	case NewAttach:
		return "NewAttach"
	case EndAttach:
		return "EndAttach"
	case FXErrorInfo:
		return "FXErrorInfo"
	}
	return ""
}

func (m Marker) syncName() string {
	switch m {
	case IncrSyncChg:
		return "IncrSyncChg"
	case IncrSyncChgPartial:
		return "IncrSyncChgPartial"
	case IncrSyncDel:
		return "IncrSyncDel"
	case IncrSyncEnd:
		return "IncrSyncEnd"
	case IncrSyncRead:
		return "IncrSyncRead"
	case IncrSyncStateBegin:
		return "IncrSyncStateBegin"
	case IncrSyncStateEnd:
		return "IncrSyncStateEnd"
	case IncrSyncProgressMode:
		return "IncrSyncProgressMode"
	case IncrSyncProgressPerMsg:
		return "IncrSyncProgressPerMsg"
	case IncrSyncMessage:
		return "IncrSyncMessage"
	case IncrSyncGroupInfo:
		return "IncrSyncGroupInfo"
	}
	return ""
}

// Meta-properties: they look like properties but say something about the
// stream. [MS-OXCFXICS] 2.2.4.1.5
const (
	MetaTagDnPrefix                      mapi.Tag[mapi.String8] = 0x4008001E
	MetaTagEcWarning                     mapi.Tag[int32]        = 0x400F0003
	MetaTagNewFXFolder                   mapi.Tag[[]byte]       = 0x40110102
	MetaTagFXDelProp                     mapi.Tag[int32]        = 0x40160003
	MetaTagIncrementalSyncMessagePartial mapi.Tag[int32]        = 0x407A0003
	MetaTagIncrSyncGroupID               mapi.Tag[int32]        = 0x407C0003
)

// isMeta tells whether a property in a message's list is none of the message's own.
func isMeta(t mapi.PropTag) bool {
	switch t {
	case MetaTagDnPrefix.Tag(), MetaTagEcWarning.Tag(), MetaTagNewFXFolder.Tag(), MetaTagFXDelProp.Tag(),
		MetaTagIncrementalSyncMessagePartial.Tag(), MetaTagIncrSyncGroupID.Tag():
		return true
	}
	return false
}
