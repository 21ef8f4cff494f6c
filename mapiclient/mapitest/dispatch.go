package mapitest

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// An operation runs one kind of ROP. It gets the object that the request works
// on, or nil for a Logon; the mailboxes concerned are locked.
type operation func(x *execution, obj *object, q *rop.Received) (rop.Response, mapi.ErrorCode)

// on makes the operation of a method for objects whose value is a V. Other
// objects are refused with ecNotSupported.
func on[V any, Q any](f func(x *execution, obj *object, v V, q *Q) (rop.Response, mapi.ErrorCode)) operation {
	return func(x *execution, obj *object, q *rop.Received) (rop.Response, mapi.ErrorCode) {
		v, ok := obj.value.(V)
		if !ok {
			return nil, mapi.ErrNotSupported
		}
		return f(x, obj, v, q.Request.(any).(*Q))
	}
}

// onAny makes the operation of a method for objects of every sort.
func onAny[Q any](f func(x *execution, obj *object, q *Q) (rop.Response, mapi.ErrorCode)) operation {
	return func(x *execution, obj *object, q *rop.Received) (rop.Response, mapi.ErrorCode) {
		return f(x, obj, q.Request.(any).(*Q))
	}
}

// onProperties makes the operation of a method for objects with properties.
func onProperties[Q any](f func(x *execution, o store.Object, q *Q) (rop.Response, mapi.ErrorCode)) operation {
	return func(x *execution, obj *object, q *rop.Received) (rop.Response, mapi.ErrorCode) {
		o := obj.properties()
		if o == nil {
			return nil, mapi.ErrNotSupported
		}
		return f(x, o, q.Request.(any).(*Q))
	}
}

// making makes the operation of a method that opens something: the object it
// gives gets a handle.
func making[V any, Q any](f func(x *execution, obj *object, v V, q *Q) (rop.Response, any, mapi.ErrorCode)) operation {
	return func(x *execution, obj *object, q *rop.Received) (rop.Response, mapi.ErrorCode) {
		v, ok := obj.value.(V)
		if !ok {
			return nil, mapi.ErrNotSupported
		}
		resp, made, code := f(x, obj, v, q.Request.(any).(*Q))
		if made != nil {
			x.put(q, obj, made)
		}
		return resp, code
	}
}

// makingAny is making for objects of every sort.
func makingAny[Q any](f func(x *execution, obj *object, q *Q) (rop.Response, any, mapi.ErrorCode)) operation {
	return func(x *execution, obj *object, q *rop.Received) (rop.Response, mapi.ErrorCode) {
		resp, made, code := f(x, obj, q.Request.(any).(*Q))
		if made != nil {
			x.put(q, obj, made)
		}
		return resp, code
	}
}

// put gives a made object its handle.
func (x *execution) put(q *rop.Received, from *object, made any) *object {
	obj := &object{logon: from.logon, value: made}
	if owns(from.value, made) && !x.request.server.has(QuirkChildrenStay) {
		obj.owner = from
	}
	x.answer.Handles[q.Out] = x.objects.add(obj)
	return obj
}

// owns tells whether what was made lies in what it was made from.
func owns(from, made any) bool {
	switch made := made.(type) {
	case *stream, *attachment:
		return true
	case *message:
		return made.inside
	case *table:
		_, ofMessage := from.(*message)
		return ofMessage
	}
	return false
}

// dispatch runs a request.
func (x *execution) dispatch(q *rop.Received) (rop.Response, mapi.ErrorCode) {
	op := x.request.server.operations[q.ID]
	if op == nil {
		return nil, mapi.ErrNotImplemented
	}
	if q.ID == rop.Logon {
		return op(x, nil, q)
	}
	obj := x.objects.get(x.answer.Handles[q.In])
	if obj == nil {
		return nil, mapi.ErrNullObject
	}
	if x.logons[q.LogonID] != obj.logon {
		return nil, mapi.ErrInvalidParameter
	}
	if f, ok := obj.value.(*folder); ok && f.Gone() {
		return nil, mapi.ErrObjectDeleted
	}
	resp, code := x.locking(op, obj, q)
	if after := x.after; after != nil {
		x.after = nil
		code = after()
	}
	return resp, code
}

// locking runs an operation with the mailboxes that it is about locked.
func (x *execution) locking(op operation, obj *object, q *rop.Received) (rop.Response, mapi.ErrorCode) {
	unlock := lock(obj.logon.box(), x.destBox(q))
	defer unlock()
	if code := x.allowed(obj, q); code != 0 {
		return nil, code
	}
	return op(x, obj, q)
}

// destBox is the second mailbox that a request is about, if there is one.
func (x *execution) destBox(q *rop.Received) *store.Mailbox {
	switch q.ID {
	case rop.MoveCopyMessages, rop.MoveFolder, rop.CopyFolder, rop.CopyTo, rop.CopyProperties, rop.CopyToStream:
		if dest := x.dest(q); dest != nil {
			return dest.logon.box()
		}
	}
	return nil
}

// dest is the object that something is moved or copied to, or nil.
func (x *execution) dest(q *rop.Received) *object {
	if int(q.Out) >= len(x.answer.Handles) {
		return nil
	}
	return x.objects.get(x.answer.Handles[q.Out])
}

// lock locks one or two mailboxes, always in the same order.
func lock(a, b *store.Mailbox) (unlock func()) {
	if b == nil || a == b {
		a.Lock()
		return a.Unlock
	}
	if b.GUID.String() < a.GUID.String() {
		a, b = b, a
	}
	a.Lock()
	b.Lock()
	return func() {
		b.Unlock()
		a.Unlock()
	}
}

// release drops an object. [MS-OXCROPS] 2.2.15.3
func (x *execution) release(q *rop.Received) {
	obj := x.objects.get(x.answer.Handles[q.In])
	if obj == nil {
		return
	}
	x.locked(obj, func() { x.objects.release(obj) })
	x.answer.Handles[q.In] = rop.NoHandle
}

// locked runs f with the object's mailbox locked.
func (e *emsmdb) locked(obj *object, f func()) {
	box := obj.logon.box()
	box.Lock()
	defer box.Unlock()
	f()
}
