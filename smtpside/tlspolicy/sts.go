package tlspolicy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Bounds on what a policy may cost (RFC 8461 3.2, 3.3).
const (
	stsMaxAge     = 31557600 * time.Second // a year
	stsMaxSize    = 64 << 10
	stsFetchTime  = time.Minute
	stsMaxDomains = 10000
	stsRetry      = 5 * time.Minute // after a fetch that failed
	stsRenew      = 24 * time.Hour  // a policy is fetched anew at this age, or at half of what it has to live
	stsLook       = time.Hour       // how often those are looked for
	stsUnused     = 30 * 24 * time.Hour
)

// STSOptions say where policies come from. LookupTXT is needed.
type STSOptions struct {
	LookupTXT func(ctx context.Context, name string) ([]string, error)
	Client    *http.Client // default one that follows no redirects
	File      string       // keeps the policies over a restart; "" does not
	Logger    *slog.Logger
	Clock     func() time.Time
}

// STS knows the MTA-STS policies of domains (RFC 8461): it fetches them, and keeps them as long as they say.
type STS struct {
	opts STSOptions

	mu       sync.Mutex
	policies map[string]*Policy
	failed   map[string]time.Time // when a fetch failed
}

// A Policy is what a domain demands of those who send to it.
type Policy struct {
	ID      string    `json:"id"`
	Mode    string    `json:"mode"` // enforce, testing or none
	MX      []string  `json:"mx"`
	Expires time.Time `json:"expires"`
	Fetched time.Time `json:"fetched"`
	Used    time.Time `json:"used"` // when it was last asked for
}

// NewSTS makes one, with the policies that its file has. A file that cannot be read is logged and begun anew.
func NewSTS(opts STSOptions) (*STS, error) {
	if opts.LookupTXT == nil {
		return nil, errors.New("tlspolicy: MTA-STS needs LookupTXT")
	}
	if opts.Client == nil {
		opts.Client = &http.Client{}
	}
	client := *opts.Client // RFC 8461 3.3: redirects must not be followed
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	opts.Client = &client
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	s := &STS{opts: opts, policies: make(map[string]*Policy), failed: make(map[string]time.Time)}
	if opts.File != "" {
		s.read()
	}
	return s, nil
}

func (s *STS) read() {
	data, err := os.ReadFile(s.opts.File)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	if err == nil {
		err = json.Unmarshal(data, &s.policies)
	}
	if err != nil || s.policies == nil {
		s.opts.Logger.Warn("MTA-STS policies that were kept cannot be read", "file", s.opts.File, "error", err)
		s.policies = make(map[string]*Policy)
	}
}

// Policy returns what counts for a domain now, or nil. One that is there stays in force as long as it said, whatever becomes of the
// record and the host that it came from (RFC 8461 5.1).
func (s *STS) Policy(ctx context.Context, domain string) *Policy {
	domain = strings.ToLower(strings.TrimSuffix(domain, "."))
	now := s.opts.Clock()
	s.mu.Lock()
	known := s.policies[domain]
	if known != nil && now.After(known.Expires) {
		delete(s.policies, domain)
		known = nil
	}
	if known != nil {
		known.Used = now
	}
	wait := now.Sub(s.failed[domain]) < stsRetry
	s.mu.Unlock()
	id := s.lookup(ctx, domain)
	if id == "" || wait || known != nil && known.ID == id {
		return known
	}
	if fresh := s.refresh(ctx, domain, id, now); fresh != nil {
		return fresh
	}
	return known
}

// refresh fetches a policy; nil when it cannot be had.
func (s *STS) refresh(ctx context.Context, domain, id string, used time.Time) *Policy {
	fresh, err := s.fetch(ctx, domain)
	if err != nil {
		s.opts.Logger.Warn("MTA-STS policy not fetched", "domain", domain, "error", err)
		s.note(domain, s.opts.Clock())
		return nil
	}
	fresh.ID, fresh.Fetched, fresh.Used = id, s.opts.Clock(), used
	s.keep(domain, fresh)
	return fresh
}

// Keep renews policies until ctx ends: one that is in use must not run out because somebody keeps us from fetching it at the moment when
// it is needed (RFC 8461 3.3, 10.2).
func (s *STS) Keep(ctx context.Context) error {
	tick := time.NewTicker(stsLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			s.Renew(ctx)
		}
	}
}

// Renew fetches the policies anew that are old, and in use. Where that fails the one that is there stays.
func (s *STS) Renew(ctx context.Context) {
	now := s.opts.Clock()
	due := map[string]Policy{}
	s.mu.Lock()
	for domain, p := range s.policies {
		age := min(stsRenew, p.Expires.Sub(p.Fetched)/2)
		if now.Before(p.Expires) && now.Sub(p.Used) < stsUnused && now.Sub(p.Fetched) >= age && now.Sub(s.failed[domain]) >= stsRetry {
			due[domain] = *p
		}
	}
	s.mu.Unlock()
	for domain, p := range due {
		if ctx.Err() != nil {
			return
		}
		if id := s.lookup(ctx, domain); id != "" {
			s.refresh(ctx, domain, id, p.Used)
		}
	}
}

func (s *STS) note(domain string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.failed) >= stsMaxDomains {
		clear(s.failed)
	}
	s.failed[domain] = now
}

// lookup gives the id of a domain's policy; "" if it has none that can be told (RFC 8461 3.1).
func (s *STS) lookup(ctx context.Context, domain string) string {
	texts, err := s.opts.LookupTXT(ctx, "_mta-sts."+domain+".")
	if err != nil {
		return ""
	}
	id, records := "", 0
	for _, text := range texts {
		fields := strings.Split(text, ";")
		if strings.TrimSpace(fields[0]) != "v=STSv1" {
			continue
		}
		records++
		for _, f := range fields[1:] {
			if value, ok := strings.CutPrefix(strings.TrimSpace(f), "id="); ok {
				id = strings.TrimSpace(value)
			}
		}
	}
	if records != 1 {
		return ""
	}
	return id
}

// fetch gets a policy from where it must be.
func (s *STS) fetch(ctx context.Context, domain string) (*Policy, error) {
	ctx, cancel := context.WithTimeout(ctx, stsFetchTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://mta-sts."+domain+"/.well-known/mta-sts.txt", nil)
	if err != nil {
		return nil, err
	}
	response, err := s.opts.Client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); response.StatusCode != http.StatusOK || kind != "text/plain" {
		return nil, fmt.Errorf("answer %s, %q", response.Status, kind)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, stsMaxSize+1))
	if err != nil {
		return nil, err
	}
	if len(text) > stsMaxSize {
		return nil, errors.New("policy too large")
	}
	return parseSTS(string(text), s.opts.Clock())
}

// parseSTS reads a policy (RFC 8461 3.2).
func parseSTS(text string, now time.Time) (*Policy, error) {
	p := &Policy{}
	version := ""
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		switch key {
		case "version":
			version = value
		case "mode":
			p.Mode = value
		case "mx":
			p.MX = append(p.MX, strings.ToLower(strings.TrimSuffix(value, ".")))
		case "max_age":
			seconds, err := strconv.ParseUint(value, 10, 32)
			if err != nil {
				return nil, fmt.Errorf("max_age %q", value)
			}
			p.Expires = now.Add(min(time.Duration(seconds)*time.Second, stsMaxAge))
		}
	}
	switch {
	case version != "STSv1":
		return nil, fmt.Errorf("version %q", version)
	case p.Mode != "enforce" && p.Mode != "testing" && p.Mode != "none":
		return nil, fmt.Errorf("mode %q", p.Mode)
	case p.Expires.IsZero():
		return nil, errors.New("no max_age")
	case p.Mode != "none" && len(p.MX) == 0:
		return nil, errors.New("no mx")
	}
	return p, nil
}

// Allows tells whether a host is an MX of the policy (RFC 8461 4.1).
func (p *Policy) Allows(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, pattern := range p.MX {
		if parent, ok := strings.CutPrefix(pattern, "*."); ok {
			if _, rest, found := strings.Cut(host, "."); found && rest == parent {
				return true
			}
		}
		if pattern == host {
			return true
		}
	}
	return false
}

// Lines writes the policy as its domain has it, without the time that is left.
func (p *Policy) Lines() []string {
	lines := []string{"version: STSv1", "mode: " + p.Mode}
	for _, mx := range p.MX {
		lines = append(lines, "mx: "+mx)
	}
	return lines
}

// keep stores a policy, and all of them in the file.
func (s *STS) keep(domain string, p *Policy) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.policies) >= stsMaxDomains {
		for d, old := range s.policies {
			if s.opts.Clock().After(old.Expires) || len(s.policies) >= stsMaxDomains {
				delete(s.policies, d)
			}
		}
	}
	delete(s.failed, domain)
	s.policies[domain] = p
	if s.opts.File == "" {
		return
	}
	if err := s.write(); err != nil {
		s.opts.Logger.Error("MTA-STS policies not kept", "error", err)
	}
}

// write replaces the file as a whole. Called with mu held.
func (s *STS) write() error {
	data, err := json.Marshal(s.policies)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(s.opts.File), ".sts-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), s.opts.File)
}
