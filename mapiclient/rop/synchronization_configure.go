package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A SynchronizationType is what is synchronised. [MS-OXCFXICS] 2.2.3.2.1.1.1
type SynchronizationType uint8

// Synchronisation types.
const (
	SynchronizeContents  SynchronizationType = 1
	SynchronizeHierarchy SynchronizationType = 2
)

// SynchronizationFlags say what of a folder is synchronised.
// [MS-OXCFXICS] 2.2.3.2.1.1.1
type SynchronizationFlags uint16

// Synchronisation flags.
const (
	SyncUnicode                 SynchronizationFlags = 0x0001
	SyncNoDeletions             SynchronizationFlags = 0x0002
	SyncIgnoreNoLongerInScope   SynchronizationFlags = 0x0004
	SyncReadState               SynchronizationFlags = 0x0008
	SyncFAI                     SynchronizationFlags = 0x0010
	SyncNormal                  SynchronizationFlags = 0x0020
	SyncOnlySpecifiedProperties SynchronizationFlags = 0x0080
	SyncNoForeignIdentifiers    SynchronizationFlags = 0x0100
	SyncReserved                SynchronizationFlags = 0x1000
	SyncBestBody                SynchronizationFlags = 0x2000
	SyncIgnoreSpecifiedOnFAI    SynchronizationFlags = 0x4000
	SyncProgress                SynchronizationFlags = 0x8000
)

// SynchronizationExtraFlags say what comes with each change.
// [MS-OXCFXICS] 2.2.3.2.1.1.1
type SynchronizationExtraFlags uint32

// Extra flags.
const (
	SyncEid                 SynchronizationExtraFlags = 0x00000001
	SyncMessageSize         SynchronizationExtraFlags = 0x00000002
	SyncCN                  SynchronizationExtraFlags = 0x00000004
	SyncOrderByDeliveryTime SynchronizationExtraFlags = 0x00000008
)

// SynchronizationConfigureRequest begins a download of the changes in a
// folder. [MS-OXCROPS] 2.2.13.1.1, [MS-OXCFXICS] 2.2.3.2.1.1.1
type SynchronizationConfigureRequest struct {
	Type        SynchronizationType
	SendOptions SendOptions
	Flags       SynchronizationFlags
	Restriction mapi.Restriction
	ExtraFlags  SynchronizationExtraFlags
	Tags        []mapi.PropTag
}

// ROP implements [Request].
func (*SynchronizationConfigureRequest) ROP() ID { return SynchronizationConfigure }

// NewResponse implements [RequestOf].
func (*SynchronizationConfigureRequest) NewResponse() *SynchronizationConfigureResponse {
	return new(SynchronizationConfigureResponse)
}

// Layout implements [wire.Coder].
func (r *SynchronizationConfigureRequest) Layout(c *wire.Codec) {
	layoutFlags8(c, &r.Type)
	layoutFlags8(c, &r.SendOptions)
	wire.Uint16s(&r.Flags, c)
	layoutRestriction(c, &r.Restriction)
	wire.Uint32s(&r.ExtraFlags, c)
	layoutTags(c, &r.Tags)
}

// SynchronizationConfigureResponse is the response. [MS-OXCROPS] 2.2.13.1.2
type SynchronizationConfigureResponse struct{ empty }

// ROP implements [Response].
func (*SynchronizationConfigureResponse) ROP() ID { return SynchronizationConfigure }
