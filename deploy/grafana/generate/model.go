package main

// A board is a page of panels.
type board struct {
	Name, Title string
	Panels      []panel
}

// A panel shows some queries in one way.
type panel struct {
	Title string
	// Help is what somebody reads who sees it for the first time, at night.
	Help string
	// Kind is timeseries or stat.
	Kind string
	// Unit is one of Grafana's: short, s, bytes, ops, percentunit, dateTimeFromNow.
	Unit    string
	Queries []query
	// Bad is the value from which on it is red; 0 is never.
	Bad float64
}

// A query is PromQL, with the legend of its series.
type query struct{ Expr, Legend string }

// object is a piece of JSON whose shape is Grafana's.
type object = map[string]any

// datasource is chosen on the board, so that a board fits every installation.
var datasource = object{"type": "prometheus", "uid": "${datasource}"}

// The grid is 24 wide: a figure takes 4 by 4, a graph 12 by 8.
const gridWidth = 24

var size = map[string][2]int{"stat": {4, 4}, "timeseries": {12, 8}}

func (b board) model() object {
	var panels []object
	x, y, row := 0, 0, 0
	for i, p := range b.Panels {
		w, h := size[p.Kind][0], size[p.Kind][1]
		if x+w > gridWidth || (i > 0 && p.Kind != b.Panels[i-1].Kind) {
			x, y = 0, y+row
		}
		m := p.model()
		m["id"], m["gridPos"] = i+1, object{"x": x, "y": y, "w": w, "h": h}
		panels = append(panels, m)
		x, row = x+w, h
	}
	return object{
		"uid": "mapigate-" + b.Name, "title": "Mapigate: " + b.Title, "tags": []string{"mapigate"},
		"schemaVersion": 39, "editable": true, "refresh": "30s", "graphTooltip": 1,
		"time":  object{"from": "now-6h", "to": "now"},
		"links": []object{{"type": "dashboards", "tags": []string{"mapigate"}, "title": "Mapigate", "asDropdown": true}},
		"templating": object{"list": []object{
			{"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"},
			{
				"name": "instance", "type": "query", "label": "Gateway", "datasource": datasource,
				"query": "label_values(mapigate_build_info, instance)", "multi": true, "includeAll": true,
				"current": object{"text": "All", "value": "$__all"}, "refresh": 2,
			},
		}},
		"panels": panels,
	}
}

func (p panel) model() object {
	var targets []object
	for i, q := range p.Queries {
		targets = append(targets, object{
			"refId": string(rune('A' + i)), "datasource": datasource, "expr": q.Expr, "legendFormat": q.Legend, "range": p.Kind != "stat", "instant": p.Kind == "stat",
		})
	}
	defaults := object{"unit": p.Unit, "min": 0}
	steps := []object{{"color": "green", "value": nil}}
	if p.Bad > 0 {
		steps = append(steps, object{"color": "red", "value": p.Bad})
	}
	defaults["thresholds"] = object{"mode": "absolute", "steps": steps}
	m := object{
		"title": p.Title, "description": p.Help, "type": p.Kind, "datasource": datasource, "targets": targets,
		"fieldConfig": object{"defaults": defaults, "overrides": []object{}},
	}
	switch p.Kind {
	case "stat":
		m["options"] = object{"colorMode": "value", "graphMode": "area", "reduceOptions": object{"calcs": []string{"lastNotNull"}}}
	case "timeseries":
		defaults["custom"] = object{"fillOpacity": 10, "lineWidth": 1, "showPoints": "never"}
		m["options"] = object{
			"legend":  object{"displayMode": "table", "placement": "bottom", "calcs": []string{"mean", "max"}},
			"tooltip": object{"mode": "multi", "sort": "desc"},
		}
	}
	return m
}
