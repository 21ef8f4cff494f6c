package doctor

import (
	"context"

	"github.com/mapigate/mapigate/gateway"
	"github.com/mapigate/mapigate/gateway/orphan"
	"github.com/mapigate/mapigate/gateway/store"
)

// orphans tells of mail whose courier the configuration does not have. Where the queue cannot be read, or is not there yet, others say so.
func (d *doctor) orphans(ctx context.Context) {
	q, err := store.Read(ctx, d.config)
	if err != nil {
		return
	}
	defer q.Close()
	stats, err := q.Stats(ctx)
	if err != nil {
		return
	}
	list, _ := orphan.Find(stats, gateway.CourierNames(d.config))
	for _, o := range list {
		d.wrong("mail for "+o.Courier, o.String(), orphan.Remedy)
	}
}
