package tlspolicy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Session is one attempt to speak TLS with a host of a domain, of which the domain may want to hear (RFC 8460).
type Session struct {
	Domain string   // the policy's
	Policy string   // sts, tlsa or no-policy-found
	Text   []string // the policy, line by line
	MX     []string // the patterns of an MTA-STS policy
	Host   string   // the MX
	IP     string   // its address
	Result string   // "" for success, else a result type of RFC 8460 4.3
}

// NoPolicy is the Policy of domains that ask for nothing.
const NoPolicy = "no-policy-found"

// Bounds on what others can make us remember.
const (
	maxReportDomains = 10000
	maxReportDetails = 100 // of one domain
)

// A Ledger counts sessions by day (UTC) and domain, until they are reported. It is safe for concurrent use.
type Ledger struct {
	clock func() time.Time

	mu   sync.Mutex
	days map[string]map[string]*tally // by day as 2006-01-02, by domain and policy
}

// A tally is what the sessions of a day had with one policy.
type tally struct {
	Session Session        `json:"session"` // the policy
	Good    int            `json:"good"`
	Bad     int            `json:"bad"`
	Details map[string]int `json:"details"` // by host, address and result
}

// NewLedger makes one; clock nil is time.Now.
func NewLedger(clock func() time.Time) *Ledger {
	if clock == nil {
		clock = time.Now
	}
	return &Ledger{clock: clock, days: map[string]map[string]*tally{}}
}

// Count takes a session down.
func (l *Ledger) Count(s Session) {
	s.Domain = strings.ToLower(strings.TrimSuffix(s.Domain, "."))
	l.mu.Lock()
	defer l.mu.Unlock()
	day := l.clock().UTC().Format(time.DateOnly)
	domains := l.days[day]
	if domains == nil {
		domains = map[string]*tally{}
		l.days[day] = domains
	}
	key := s.Domain + " " + s.Policy
	t := domains[key]
	if t == nil {
		if len(domains) >= maxReportDomains {
			return
		}
		t = &tally{Session: Session{Domain: s.Domain, Policy: s.Policy, Text: s.Text, MX: s.MX}, Details: map[string]int{}}
		domains[key] = t
	}
	if s.Result == "" {
		t.Good++
		return
	}
	t.Bad++
	if detail := s.Host + " " + s.IP + " " + s.Result; t.Details[detail] > 0 || len(t.Details) < maxReportDetails {
		t.Details[detail]++
	}
}

// Save gives all that is not reported yet, and Load takes it again after a restart.
func (l *Ledger) Save() ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return json.Marshal(l.days)
}

// Load adds to an empty Ledger what Save has given.
func (l *Ledger) Load(saved []byte) error {
	days := map[string]map[string]*tally{}
	if err := json.Unmarshal(saved, &days); err != nil {
		return fmt.Errorf("kept TLS sessions: %w", err)
	}
	for _, domains := range days {
		for _, t := range domains {
			if t == nil || t.Details == nil {
				return fmt.Errorf("kept TLS sessions: malformed")
			}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.days = days
	return nil
}

// A Report is what one domain is told of one day. RFC 8460 4.4
type Report struct {
	Domain string `json:"-"`

	Organization string         `json:"organization-name"`
	Range        reportRange    `json:"date-range"`
	Contact      string         `json:"contact-info"`
	ID           string         `json:"report-id"`
	Policies     []reportPolicy `json:"policies"`
}

type reportRange struct {
	Start time.Time `json:"start-datetime"`
	End   time.Time `json:"end-datetime"`
}

type reportPolicy struct {
	Policy struct {
		Type   string   `json:"policy-type"`
		Text   []string `json:"policy-string,omitempty"`
		Domain string   `json:"policy-domain"`
		MX     []string `json:"mx-host,omitempty"`
	} `json:"policy"`
	Summary struct {
		Good int `json:"total-successful-session-count"`
		Bad  int `json:"total-failure-session-count"`
	} `json:"summary"`
	Failures []reportFailure `json:"failure-details,omitempty"`
}

type reportFailure struct {
	Result string `json:"result-type"`
	Host   string `json:"receiving-mx-hostname,omitempty"`
	IP     string `json:"receiving-ip,omitempty"`
	Count  int    `json:"failed-session-count"`
}

// Due takes the days that are over out of the Ledger, and gives a report for each of their domains, oldest first.
func (l *Ledger) Due(organization, contact string) (reports []Report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	today := l.clock().UTC().Format(time.DateOnly)
	for day, domains := range l.days {
		start, err := time.Parse(time.DateOnly, day)
		if day >= today && err == nil {
			continue
		}
		delete(l.days, day)
		if err == nil {
			reports = append(reports, reportsOf(start, domains, organization, contact)...)
		}
	}
	slices.SortFunc(reports, func(a, b Report) int { return cmp.Compare(a.ID, b.ID) })
	return reports
}

func reportsOf(start time.Time, domains map[string]*tally, organization, contact string) []Report {
	byDomain := map[string]*Report{}
	for _, t := range domains {
		r := byDomain[t.Session.Domain]
		if r == nil {
			r = &Report{Domain: t.Session.Domain, Organization: organization, Contact: contact,
				Range: reportRange{start, start.Add(24*time.Hour - time.Second)},
				ID:    start.Format(time.DateOnly) + "-" + t.Session.Domain}
			byDomain[t.Session.Domain] = r
		}
		r.Policies = append(r.Policies, t.report())
	}
	out := make([]Report, 0, len(byDomain))
	for _, r := range byDomain {
		slices.SortFunc(r.Policies, func(a, b reportPolicy) int { return cmp.Compare(a.Policy.Type, b.Policy.Type) })
		out = append(out, *r)
	}
	return out
}

func (t *tally) report() (p reportPolicy) {
	p.Policy.Type, p.Policy.Text, p.Policy.Domain, p.Policy.MX = t.Session.Policy, t.Session.Text, t.Session.Domain, t.Session.MX
	p.Summary.Good, p.Summary.Bad = t.Good, t.Bad
	for detail, n := range t.Details {
		words := strings.Split(detail, " ")
		if len(words) != 3 {
			continue
		}
		p.Failures = append(p.Failures, reportFailure{Host: words[0], IP: words[1], Result: words[2], Count: n})
	}
	slices.SortFunc(p.Failures, func(a, b reportFailure) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.IP, b.IP), cmp.Compare(a.Result, b.Result))
	})
	return p
}

// ReportTo reads the TXT records of _smtp._tls.DOMAIN: where a domain wants its reports, as mailto: and https: URIs; none where it
// wants none. RFC 8460 3
func ReportTo(texts []string) (uris []string) {
	records := 0
	for _, text := range texts {
		fields := strings.Split(text, ";")
		if strings.TrimSpace(fields[0]) != "v=TLSRPTv1" {
			continue
		}
		if records++; records > 1 {
			return nil // which of them counts nobody can tell
		}
		for _, f := range fields[1:] {
			list, ok := strings.CutPrefix(strings.TrimSpace(f), "rua=")
			if !ok {
				continue
			}
			for uri := range strings.SplitSeq(list, ",") {
				if uri = strings.TrimSpace(uri); strings.HasPrefix(uri, "mailto:") || strings.HasPrefix(uri, "https://") {
					uris = append(uris, uri)
				}
			}
		}
	}
	return uris
}
