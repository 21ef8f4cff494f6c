package outlets

import (
	"testing"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/internet"
	"github.com/mapigate/mapigate/smtpside"
)

// Fallbacks are those that the configuration names, and have none themselves.
func TestFallbacks(t *testing.T) {
	o := internet.Options{Smarthosts: map[string]smtpside.Route{"smarthost/a": {Hosts: []string{"a:25"}}, "smarthost/b": {Hosts: []string{"b:25"}}}}
	addFallbacks(&o, &config.Internet{Fallback: "a", Smarthosts: []config.Smarthost{{Name: "a", Fallback: "b"}, {Name: "b", Fallback: "a"}}})
	for way, want := range map[*smtpside.Route]string{
		o.Direct.Fallback: "a:25", o.Smarthosts["smarthost/a"].Fallback: "b:25", o.Smarthosts["smarthost/b"].Fallback: "a:25",
	} {
		if way == nil || way.Hosts[0] != want || way.Fallback != nil {
			t.Errorf("%+v, want %s", way, want)
		}
	}
	none := internet.Options{}
	if addFallbacks(&none, &config.Internet{}); none.Direct.Fallback != nil {
		t.Errorf("%+v out of nowhere", none.Direct.Fallback)
	}
}
