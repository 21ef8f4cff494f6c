package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// SynchronizationOpenCollectorRequest begins an upload of changes to a folder.
// [MS-OXCROPS] 2.2.13.7.1, [MS-OXCFXICS] 2.2.3.2.4.1.1
type SynchronizationOpenCollectorRequest struct{ IsContentsCollector bool }

// ROP implements [Request].
func (*SynchronizationOpenCollectorRequest) ROP() ID { return SynchronizationOpenCollector }

// NewResponse implements [RequestOf].
func (*SynchronizationOpenCollectorRequest) NewResponse() *SynchronizationOpenCollectorResponse {
	return new(SynchronizationOpenCollectorResponse)
}

// Layout implements [wire.Coder].
func (r *SynchronizationOpenCollectorRequest) Layout(c *wire.Codec) { c.Bool(&r.IsContentsCollector) }

// SynchronizationOpenCollectorResponse is the response. [MS-OXCROPS]
// 2.2.13.7.2
type SynchronizationOpenCollectorResponse struct{ empty }

// ROP implements [Response].
func (*SynchronizationOpenCollectorResponse) ROP() ID { return SynchronizationOpenCollector }
