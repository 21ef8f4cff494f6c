package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// configMetrics tell whether the configuration that is in force is the one in the file.
type configMetrics struct {
	successful prometheus.Gauge
	at         prometheus.Gauge
	reloads    *prometheus.CounterVec
}

func newConfigMetrics(f factory) configMetrics {
	c := configMetrics{
		successful: f.gauge("config_last_reload_successful", "Whether the configuration was taken when it was read last; 0 means that an older one is in force."),
		at:         f.gauge("config_last_reload_success_timestamp_seconds", "When the configuration that is in force was taken."),
		reloads:    f.counterVec("config_reloads_total", "Reloads of the configuration, by result: taken, refused.", "result"),
	}
	c.reloads.WithLabelValues("taken")
	c.reloads.WithLabelValues("refused")
	return c
}

// Started notes the configuration that the gateway has begun with.
func (m *Metrics) Started(now time.Time) {
	m.config.successful.Set(1)
	m.config.at.Set(float64(now.Unix()))
}

// Reloaded counts a reload.
func (m *Metrics) Reloaded(now time.Time, err error) {
	if err != nil {
		m.config.reloads.WithLabelValues("refused").Inc()
		m.config.successful.Set(0)
		return
	}
	m.config.reloads.WithLabelValues("taken").Inc()
	m.Started(now)
}
