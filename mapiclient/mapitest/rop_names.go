package mapitest

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// getPropertyIDsFromNames gives names their ids, new ones if asked for. No
// name at all asks for all of them. [MS-OXCPRPT] 3.2.5.10
func (x *execution) getPropertyIDsFromNames(obj *object, q *rop.GetPropertyIDsFromNamesRequest) (rop.Response, mapi.ErrorCode) {
	names := obj.logon.box().Names
	resp := &rop.GetPropertyIDsFromNamesResponse{}
	if len(q.Names) == 0 {
		names.All(mapi.GUID{}, func(id mapi.PropID, _ mapi.PropertyName) { resp.IDs = append(resp.IDs, id) })
		return resp, 0
	}
	var code mapi.ErrorCode
	for _, name := range q.Names {
		id, ok := names.ID(name)
		if !ok && q.Flags&rop.NamesCreate != 0 && (obj.logon.full || !x.request.server.has(QuirkGuestsGetNoNames)) {
			id, ok = names.Register(name)
		}
		if !ok {
			id, code = 0, mapi.WarnWithErrors
		}
		resp.IDs = append(resp.IDs, id)
	}
	if x.request.server.has(QuirkNamesWithoutWarning) {
		code = 0
	}
	return resp, code
}

// getNamesFromPropertyIDs gives ids their names. [MS-OXCPRPT] 3.2.5.9
func (x *execution) getNamesFromPropertyIDs(obj *object, q *rop.GetNamesFromPropertyIDsRequest) (rop.Response, mapi.ErrorCode) {
	resp := &rop.GetNamesFromPropertyIDsResponse{}
	for _, id := range q.IDs {
		name, _ := obj.logon.box().Names.Name(id) // the zero name has no kind
		resp.Names = append(resp.Names, name)
	}
	return resp, 0
}

// queryNamedProperties lists the named properties of an object. [MS-OXCPRPT] 3.2.5.11
func (x *execution) queryNamedProperties(obj *object, q *rop.QueryNamedPropertiesRequest) (rop.Response, mapi.ErrorCode) {
	o := obj.properties()
	if o == nil {
		return nil, mapi.ErrNotSupported
	}
	resp := &rop.QueryNamedPropertiesResponse{}
	for _, p := range o.Kept() {
		name, ok := o.Mailbox().Names.Name(p.Tag.ID())
		if p.Tag.ID().IsNamed() && ok && (q.Set == nil || *q.Set == name.Set) {
			resp.IDs, resp.Names = append(resp.IDs, p.Tag.ID()), append(resp.Names, name)
		}
	}
	return resp, 0
}
