package gateway

import (
	"errors"
	"slices"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/metrics"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/gateway/verdict"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// newMetrics makes the metrics for what a configuration names.
func newMetrics(version string, c *config.Config) *metrics.Metrics {
	return metrics.New(version, metricNames(c))
}

func metricNames(c *config.Config) metrics.Names {
	names := metrics.Names{Couriers: CourierNames(c), Routes: routeNames(c), Errors: errorNames()}
	for i := range c.Listeners {
		names.Listeners = append(names.Listeners, c.Listeners[i].Name)
	}
	for i := range c.Exchange {
		names.Exchanges = append(names.Exchanges, c.Exchange[i].Name)
	}
	for i := range c.Drop {
		names.Drops = append(names.Drops, c.Drop[i].Name)
	}
	for i := range c.Outbox {
		if group := groupOf(&c.Outbox[i]); !slices.Contains(names.Groups, group) {
			names.Groups = append(names.Groups, group)
		}
	}
	return names
}

// groupOf is what mailboxes are counted by that are watched: their organisation and how it is done.
func groupOf(o *config.Outbox) string { return o.Exchange + "/" + o.Mode }

// routeNames lists what legs of a configuration call their route.
func routeNames(c *config.Config) []string {
	names := []string{route.Internet, depositCourier}
	for i := range c.Exchange {
		names = append(names, route.Exchange+"/"+c.Exchange[i].Name)
	}
	for i := range c.Internet.Smarthosts {
		names = append(names, route.Smarthost+"/"+c.Internet.Smarthosts[i].Name)
	}
	return names
}

// errorNames lists the MAPI errors that the table of verdicts tells apart.
func errorNames() []string {
	var names []string
	for _, l := range verdict.Lines() {
		if name := mapi.ErrorCode(l.Code).String(); l.Kind == verdict.KindMAPI && l.Code != 0 && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// errorName gives the name of the MAPI error that an operation failed with; "" when it did not.
func errorName(err error) string {
	var code mapi.ErrorCode
	switch {
	case err == nil:
		return ""
	case errors.As(err, &code):
		return code.String()
	}
	return "other"
}

// CourierNames lists the couriers of a configuration.
func CourierNames(c *config.Config) []string {
	names := []string{route.InternetCourier, courier.RefuseName}
	for i := range c.Exchange {
		names = append(names, route.ExchangeCourier(c.Exchange[i].Name), depositCourier+"/"+c.Exchange[i].Name)
	}
	return names
}
