package mapitest

import (
	"slices"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

func encoder() *wire.Codec { return wire.NewEncoder(nil) }

// streamOnly is the size in bytes from which a value is read as a stream only.
const streamOnly = 16 << 10

// inAnswer gives a property as an answer holds it: one that is too large
// becomes the error that asks for a stream. [MS-OXCPRPT] 3.2.5.1
func inAnswer(p mapi.Prop, limit uint16) mapi.Prop {
	size := store.ValueSize(p.Value)
	blob, isBlob := p.Value.(*store.Blob)
	if limit > 0 && size > int64(limit) || size > streamOnly || p.Tag.Type() == mapi.PtypObject {
		return tooLarge(p.Tag)
	}
	if isBlob {
		b, err := blob.Bytes()
		if err != nil {
			return tooLarge(p.Tag)
		}
		p.Value = b
	}
	return p
}

func tooLarge(tag mapi.PropTag) mapi.Prop {
	return mapi.Prop{Tag: tag.WithType(mapi.PtypErrorCode), Value: mapi.ErrOutOfMemory}
}

// getPropertiesSpecific reads properties. What there is no room for, even in
// an answer of its own, has to be read as streams. [MS-OXCPRPT] 3.2.5.1
func (x *execution) getPropertiesSpecific(o store.Object, q *rop.GetPropertiesSpecificRequest) (rop.Response, mapi.ErrorCode) {
	resp := &rop.GetPropertiesSpecificResponse{Tags: q.Tags}
	for _, tag := range q.Tags {
		if tag.Type() == mapi.PtypUnspecified && !q.WantUnicode {
			if _, code := o.Get(tag.WithType(mapi.PtypString8)); code == 0 {
				tag = tag.WithType(mapi.PtypString8)
			}
		}
		p, code := o.Get(tag)
		if code != 0 {
			p = mapi.Prop{Tag: tag.WithType(mapi.PtypErrorCode), Value: code}
		} else {
			p = inAnswer(p, q.PropertySizeLimit)
		}
		resp.Row = append(resp.Row, p)
	}
	const head = 6
	shrink(resp.Row, rop.MaxPayload-512, func() int { return head + rowSize(q.Tags, resp.Row) })
	return resp, 0
}

// shrink takes out the largest values until the size is at most limit.
func shrink(row mapi.Props, limit int, size func() int) {
	for size() > limit {
		largest := 0
		for i := range row {
			if store.ValueSize(row[i].Value) > store.ValueSize(row[largest].Value) {
				largest = i
			}
		}
		if row[largest].Tag.Type() == mapi.PtypErrorCode {
			return
		}
		row[largest] = tooLarge(row[largest].Tag)
	}
}

// getPropertiesAll reads what somebody has set. [MS-OXCPRPT] 3.2.5.2
func (x *execution) getPropertiesAll(o store.Object, q *rop.GetPropertiesAllRequest) (rop.Response, mapi.ErrorCode) {
	resp := &rop.GetPropertiesAllResponse{}
	for _, p := range o.Kept() {
		if p.Tag.Type() == mapi.PtypString && !q.WantUnicode {
			p, _ = o.Get(p.Tag.WithType(mapi.PtypString8))
		}
		resp.Props = append(resp.Props, inAnswer(p, q.PropertySizeLimit))
	}
	size := func() int {
		c := encoder()
		resp.Layout(c)
		return len(c.Bytes())
	}
	if x.request.server.has(QuirkPropsAllFails) && size() > rop.MaxPayload {
		x.broken = mapi.ErrServerMemory
	}
	shrink(resp.Props, rop.MaxPayload-512, size)
	return resp, 0
}

func (x *execution) getPropertiesList(o store.Object, _ *rop.GetPropertiesListRequest) (rop.Response, mapi.ErrorCode) {
	resp := &rop.GetPropertiesListResponse{}
	for _, p := range o.Kept() {
		resp.Tags = append(resp.Tags, p.Tag)
	}
	resp.Tags = append(resp.Tags, o.Computed()...)
	return resp, 0
}

// setAll sets properties one by one and tells which could not be.
func setAll(o store.Object, props mapi.Props) []rop.PropertyProblem {
	var problems []rop.PropertyProblem
	for i, p := range props {
		if code := o.Set(p); code != 0 {
			problems = append(problems, rop.PropertyProblem{Index: uint16(i), Tag: p.Tag, Code: code})
		}
	}
	return problems
}

// readOnly tells whether nothing of the object may be changed.
func readOnly(o store.Object) bool {
	switch o := o.(type) {
	case *store.Draft:
		return !o.Writable()
	case *store.AttachmentDraft:
		return !o.Writable()
	}
	return false
}

func (x *execution) setProperties(o store.Object, q *rop.SetPropertiesRequest) (rop.Response, mapi.ErrorCode) {
	if readOnly(o) {
		return nil, mapi.ErrAccessDenied
	}
	return &rop.SetPropertiesResponse{Problems: setAll(o, q.Props)}, 0
}

func (x *execution) setPropertiesNoReplicate(o store.Object, q *rop.SetPropertiesNoReplicateRequest) (rop.Response, mapi.ErrorCode) {
	if readOnly(o) {
		return nil, mapi.ErrAccessDenied
	}
	return &rop.SetPropertiesNoReplicateResponse{Problems: setAll(o, q.Props)}, 0
}

// deleteAllOf deletes properties one by one. One that is not there is no
// problem. [MS-OXCPRPT] 3.2.5.5
func deleteAllOf(o store.Object, tags []mapi.PropTag) []rop.PropertyProblem {
	var problems []rop.PropertyProblem
	for i, tag := range tags {
		if code := o.Remove(tag); code != 0 && code != mapi.ErrNotFound {
			problems = append(problems, rop.PropertyProblem{Index: uint16(i), Tag: tag, Code: code})
		}
	}
	return problems
}

func (x *execution) deleteProperties(o store.Object, q *rop.DeletePropertiesRequest) (rop.Response, mapi.ErrorCode) {
	if readOnly(o) {
		return nil, mapi.ErrAccessDenied
	}
	return &rop.DeletePropertiesResponse{Problems: deleteAllOf(o, q.Tags)}, 0
}

func (x *execution) deletePropertiesNoReplicate(o store.Object, q *rop.DeletePropertiesNoReplicateRequest) (rop.Response, mapi.ErrorCode) {
	if readOnly(o) {
		return nil, mapi.ErrAccessDenied
	}
	return &rop.DeletePropertiesNoReplicateResponse{Problems: deleteAllOf(o, q.Tags)}, 0
}

// problems answers a request that sets, deletes or copies properties with a
// problem for each of them, none of which is touched.
func (x *execution) problems(f *Fault, q *rop.Received) (done bool, failed mapi.ErrorCode, stop bool) {
	problem := func(i int, tag mapi.PropTag) rop.PropertyProblem {
		return rop.PropertyProblem{Index: uint16(i), Tag: tag, Code: f.Problems}
	}
	var resp rop.Response
	switch r := q.Request.(type) {
	case *rop.SetPropertiesRequest:
		v := &rop.SetPropertiesResponse{}
		for i, p := range r.Props {
			v.Problems = append(v.Problems, problem(i, p.Tag))
		}
		resp = v
	case *rop.DeletePropertiesRequest:
		v := &rop.DeletePropertiesResponse{}
		for i, tag := range r.Tags {
			v.Problems = append(v.Problems, problem(i, tag))
		}
		resp = v
	default:
		return false, 0, false
	}
	if err := x.answer.Respond(q, 0, resp); err != nil {
		return true, mapi.ErrBufferTooSmall, true
	}
	return true, 0, false
}

// tagIn tells whether one of the tags has the id.
func tagIn(tags []mapi.PropTag, id mapi.PropID) bool {
	return slices.ContainsFunc(tags, func(t mapi.PropTag) bool { return t.ID() == id })
}
