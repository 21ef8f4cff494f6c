package sqlite

import (
	"slices"
	"sync"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// An order is a standing order of a courier.
type order struct {
	courier string
	want    func() queue.LeaseRequest
	take    func(queue.Batch)
}

// orders are those that stand.
type orders struct {
	mu  sync.Mutex // guards all; the writer holds it from asking to handing over
	all []*order
	// body gives a mail that is handed over its body.
	body   func(*mail.Mail)
	policy func() queue.Policy
}

// Order implements [queue.Orderer].
func (q *Queue) Order(courier string, want func() queue.LeaseRequest, take func(queue.Batch)) (cancel func()) {
	o, at := &order{courier, want, take}, &q.writer.orders
	at.mu.Lock()
	defer at.mu.Unlock()
	at.all = append(at.all, o)
	return func() {
		at.mu.Lock()
		defer at.mu.Unlock()
		at.all = slices.DeleteFunc(at.all, func(other *order) bool { return other == o })
	}
}

// A filling is what one transaction leases for standing orders.
type filling struct {
	*orders
	asked   []*order
	batches []queue.Batch
}

// fill leases for all orders that stand. Whoever calls it must call end, also when it fails.
func (w *writer) fill(b *effects) (*filling, error) {
	f := &filling{orders: &w.orders}
	f.mu.Lock()
	for _, o := range f.all {
		r := o.want()
		if r.Max <= 0 {
			continue
		}
		f.asked = append(f.asked, o)
		t := &tx{w: w, now: w.clock(), effects: newEffects()}
		batch, err := t.leaseDue(r, f.policy())
		if err != nil {
			return f, err
		}
		f.batches = append(f.batches, batch)
		b.add(t.effects)
		delete(b.topics, queue.CourierTopic(o.courier)) // it has been given what there is, and told of the rest
	}
	return f, nil
}

// leaseDue leases when anything is due.
func (t *tx) leaseDue(r queue.LeaseRequest, p queue.Policy) (queue.Batch, error) {
	now := life.Micros(t.now)
	if err := t.lapse(now, p); err != nil {
		return queue.Batch{}, err
	}
	next, err := t.nextDue(r.Courier)
	if err != nil || next.IsZero() || life.Micros(next) > now {
		return queue.Batch{Next: next}, err
	}
	return t.lease(r)
}

// end hands over what was leased, if that is on the disk.
func (f *filling) end(stored bool) {
	defer f.mu.Unlock()
	for i, o := range f.asked {
		if !stored {
			o.take(queue.Batch{})
			continue
		}
		for n := range f.batches[i].Groups {
			f.body(&f.batches[i].Groups[n].Mail)
		}
		o.take(f.batches[i])
	}
}
