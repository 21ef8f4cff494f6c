package mapiclient

import (
	"context"
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A pipeline sends ROPs in order in as few requests as they fit into. The
// first failure sticks: nothing is sent after it, and what it gives back is
// the error of the first ROP that failed.
//
// ROPs that share a request with a failed one and stand behind it have run
// nevertheless ([MS-OXCROPS] 3.2.5.1), so a step that must not run after a
// failure is preceded by flush.
type pipeline struct {
	ctx     context.Context
	session *Session
	logon   *object
	batch   *rop.Batch
	checks  []func() error
	err     error
}

// An object is a server object: one with a known handle, or one that a ROP of
// the batch under construction will create.
type object struct {
	handle uint32
	slot   rop.Slot
	batch  *rop.Batch // set while the object's creation is in this batch
	name   string
}

func (o *object) exists() bool { return o != nil && o.batch == nil && o.handle != rop.NoHandle }

func (s *Session) pipeline(ctx context.Context) *pipeline {
	return &pipeline{ctx: ctx, session: s, logon: s.logon, batch: s.newBatch()}
}

// slot gives the object's place in the current batch.
func (p *pipeline) slot(o *object) rop.Slot {
	if o.batch == p.batch {
		return o.slot
	}
	return p.batch.Use(o.handle)
}

// room flushes when q does not fit behind what is there.
func (p *pipeline) room(q rop.Request) bool {
	if p.err == nil && p.batch.Len() > 0 && !p.batch.Fits(q) {
		p.flush()
	}
	return p.err == nil
}

// add queues a ROP on an object. done, which may be nil, gets the response
// when the ROP has succeeded; its error counts as the ROP's.
func add[R rop.Response](p *pipeline, o *object, q rop.RequestOf[R], done func(R) error) {
	if !p.room(q) {
		return
	}
	call := rop.Add(p.batch, p.slot(o), q)
	p.checks = append(p.checks, func() error {
		r, err := call.Result()
		if err != nil || done == nil {
			return err
		}
		return done(r)
	})
}

// create queues a ROP that makes an object. The object may be used at once.
func create[R rop.Response](p *pipeline, o *object, q rop.RequestOf[R], done func(R) error) *object {
	made := &object{handle: rop.NoHandle, name: q.ROP().String()}
	if !p.room(q) {
		return made
	}
	call := rop.Add(p.batch, p.slot(o), q)
	made.slot, made.batch = call.Out, p.batch
	p.checks = append(p.checks, func() error {
		r, err := call.Result()
		made.batch, made.handle = nil, call.Handle()
		if err != nil || done == nil {
			return err
		}
		return done(r)
	})
	return made
}

// addTo queues a ROP that names two objects. done gets the response of a failed
// ROP as well, which may be nil.
func addTo[R rop.Response](p *pipeline, from, to *object, q rop.RequestOf[R], done func(R) error) {
	if !p.room(q) {
		return
	}
	call := rop.AddTo(p.batch, p.slot(from), p.slot(to), q)
	p.checks = append(p.checks, func() error {
		r, err := call.Result()
		if done == nil {
			return err
		}
		return errors.Join(err, done(r))
	})
}

// release queues the release of objects, inner ones first.
func (p *pipeline) release(objects ...*object) {
	for _, o := range objects {
		if p.err != nil || !p.room(&rop.ReleaseRequest{}) {
			p.session.discard(o)
			continue
		}
		p.batch.Release(p.slot(o))
	}
}

// left is how many bytes of a request's own data still fit into the current
// batch behind a request of the given fixed size.
func (p *pipeline) left(fixed int) int { return rop.MaxPayload - p.batch.Size() - fixed }

// flush sends what is queued and checks every answer.
func (p *pipeline) flush() error { return p.send(p.session.execute) }

// flushChained is flush, but the server may append more answers of the last ROP.
func (p *pipeline) flushChained() error { return p.send(p.session.executeChained) }

func (p *pipeline) send(execute func(context.Context, *rop.Batch) error) error {
	if p.err != nil || p.batch.Len() == 0 {
		return p.err
	}
	batch, checks := p.batch, p.checks
	p.batch, p.checks = p.session.newBatch(), nil
	if err := execute(p.ctx, batch); err != nil {
		p.fail(err)
		return p.err
	}
	// Every check runs even behind a failure: it settles the handles that must be released.
	for _, check := range checks {
		if err := check(); err != nil {
			p.fail(err)
		}
	}
	return p.err
}

// fail makes the pipeline stop with the first error.
func (p *pipeline) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// A ProblemsError says that the server took a request to set properties but
// not all of the properties. [MS-OXCDATA] 2.7
type ProblemsError struct {
	// Op is the operation.
	Op string
	// Problems is what it refused.
	Problems []Problem
}

// A Problem is a property that could not be set, and why.
type Problem struct {
	Prop mapi.Prop
	Code mapi.ErrorCode
}

// Error implements error.
func (e *ProblemsError) Error() string {
	first := e.Problems[0]
	name := first.Prop.Tag.String()
	if first.Prop.Name != nil {
		name = first.Prop.Name.String()
	}
	return fmt.Sprintf("%s: the server refused %d of the properties, the first is %s: %v", e.Op, len(e.Problems), name, first.Code)
}

// Unwrap gives the code of the first problem.
func (e *ProblemsError) Unwrap() error { return e.Problems[0].Code }
