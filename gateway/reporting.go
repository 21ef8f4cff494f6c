package gateway

import (
	"net/http"
	"path/filepath"
	"strings"

	"github.com/mapigate/mapigate/gateway/outlets"
	"github.com/mapigate/mapigate/gateway/parts"
	"github.com/mapigate/mapigate/gateway/reports"
	"github.com/mapigate/mapigate/gateway/store"
	"github.com/mapigate/mapigate/smtpside/tlspolicy"
)

func (g *generation) addReports() error {
	expire := store.Policy(g.config).Expire
	_, err := parts.Made(g.parts, "reports", []any{g.config.Hostname, expire}, nil, func(p *parts.Part) (*reports.Delivery, error) {
		r := &reports.Delivery{Queue: g.queue, Route: g.ways.report, Hostname: g.config.Hostname, Expire: expire, Now: g.clock, Reported: g.metrics.Reported, Log: g.log}
		p.Task(parts.Task{Name: "reports", Stage: parts.Keeping, Run: r.Run})
		return r, nil
	})
	return err
}

// addTLSReports sends reports if the configuration says from whom; nil if not.
func (g *generation) addTLSReports() (*reports.TLS, error) {
	n := &g.config.Internet
	if n.TLSReports.From == "" {
		return nil, nil
	}
	return parts.Made(g.parts, tlsReportsPart, []any{n.TLSReports, n.Resolvers, n.DNSSEC, g.config.Hostname}, nil, g.newTLSReports)
}

func (g *generation) newTLSReports(p *parts.Part) (*reports.TLS, error) {
	c := &g.config.Internet.TLSReports
	_, _, text, err := outlets.Lookups(g.config, g.log)
	if err != nil {
		return nil, err
	}
	r := &reports.TLS{
		Ledger: tlspolicy.NewLedger(g.clock), File: filepath.Join(g.config.Data, reports.TLSFile), From: c.From, Organization: c.Organization,
		Hostname: g.config.Hostname, Queue: g.queue, Legs: g.ways.legs, LookupTXT: text, Client: &http.Client{}, Now: g.clock, Log: g.log,
	}
	if r.Organization == "" {
		r.Organization = r.From[strings.LastIndexByte(r.From, '@')+1:]
	}
	p.Task(parts.Task{Name: tlsReportsPart, Stage: parts.Keeping, Run: r.Run})
	return r, nil
}
