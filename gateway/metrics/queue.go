package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mapigate/mapigate/gateway/queue"
)

// statsTimeout bounds how long a scrape waits for the queue.
const statsTimeout = 5 * time.Second

// A queueCollector asks the queue at each scrape.
type queueCollector struct {
	stats    func(context.Context) (queue.Stats, error)
	couriers func() []string
	clock    func() time.Time

	recipients, oldest, free, up *prometheus.Desc
}

// Queue adds the figures of the queue. Couriers of the configuration that the queue has nothing of are there at zero.
func (m *Metrics) Queue(stats func(context.Context) (queue.Stats, error), clock func() time.Time) {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(namespace+"_"+name, help, labels, nil)
	}
	m.registry.MustRegister(&queueCollector{
		stats: stats, couriers: func() []string { return m.names.Load().Couriers }, clock: clock,
		recipients: desc("queue_recipients", "Recipients in the queue, by courier and state.", "courier", "state"),
		oldest:     desc("queue_oldest_seconds", "Age of the oldest mail that is not finished; 0 when there is none.", "courier"),
		free:       desc("queue_disk_free_bytes", "Room that is left on the disk of the queue."),
		up:         desc("queue_up", "Whether the queue could be asked."),
	})
}

// Describe implements prometheus.Collector.
func (c *queueCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.recipients, c.oldest, c.free, c.up} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *queueCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), statsTimeout)
	defer cancel()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	s, err := c.stats(ctx)
	if err != nil {
		gauge(c.up, 0)
		return
	}
	gauge(c.up, 1)
	if s.Free >= 0 {
		gauge(c.free, float64(s.Free))
	}
	counts := map[string]map[queue.State]int64{}
	for _, name := range c.couriers() {
		counts[name] = map[queue.State]int64{}
	}
	for _, d := range s.Depths {
		if counts[d.Courier] == nil { // from an older configuration
			counts[d.Courier] = map[queue.State]int64{}
		}
		counts[d.Courier][d.State] = d.Count
	}
	now := c.clock()
	for name, states := range counts {
		gauge(c.oldest, age(now, s.Oldest[name]), name)
		for _, state := range queue.States() {
			gauge(c.recipients, float64(states[state]), name, state.String())
		}
	}
}
