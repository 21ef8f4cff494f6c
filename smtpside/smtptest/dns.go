package smtptest

import (
	"fmt"
	"net"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

// A Zone is a DNS server on loopback for tests. It plays the part of a validating resolver: to those who ask for it (DO or AD), it
// says of names below its signed domains that the answer is authentic. What it does not know does not exist.
type Zone struct {
	Addr string // where it listens, UDP and TCP

	mu      sync.Mutex
	records map[string][]dns.RR // by name and type
	signed  []string
	failing map[string]bool
	servers []*dns.Server
	running sync.WaitGroup
}

// NewZone starts one; Close stops it.
func NewZone() (*Zone, error) {
	udp, tcp, err := samePort()
	if err != nil {
		return nil, fmt.Errorf("smtptest: %w", err)
	}
	z := &Zone{Addr: udp.LocalAddr().String(), records: make(map[string][]dns.RR), failing: make(map[string]bool)}
	z.servers = []*dns.Server{{PacketConn: udp, Handler: z}, {Listener: tcp, Handler: z}}
	var started sync.WaitGroup
	for _, s := range z.servers {
		started.Add(1)
		s.NotifyStartedFunc = started.Done
		z.running.Go(func() { s.ActivateAndServe() })
	}
	started.Wait()
	return z, nil
}

// samePort finds a port that is free for both.
func samePort() (net.PacketConn, net.Listener, error) {
	const tries = 50
	for n := 1; ; n++ {
		tcp, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, nil, err
		}
		udp, err := net.ListenPacket("udp", tcp.Addr().String())
		if err == nil {
			return udp, tcp, nil
		}
		tcp.Close()
		if n == tries {
			return nil, nil, err
		}
	}
}

// Add adds records, as a zone file has them.
func (z *Zone) Add(records ...string) error {
	z.mu.Lock()
	defer z.mu.Unlock()
	for _, text := range records {
		rr, err := dns.NewRR(text)
		if err != nil {
			return fmt.Errorf("smtptest: %s: %w", text, err)
		}
		key := zoneKey(rr.Header().Name, rr.Header().Rrtype)
		z.records[key] = append(z.records[key], rr)
	}
	return nil
}

// Remove takes the records of a name and type away.
func (z *Zone) Remove(name string, kind uint16) {
	z.mu.Lock()
	defer z.mu.Unlock()
	delete(z.records, zoneKey(dns.Fqdn(name), kind))
}

// Sign makes all below a domain authentic.
func (z *Zone) Sign(domain string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.signed = append(z.signed, dns.Fqdn(domain))
}

// Fail has a name answered with SERVFAIL, as a bogus signature is.
func (z *Zone) Fail(name string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.failing[dns.Fqdn(name)] = true
}

func zoneKey(name string, kind uint16) string {
	return strings.ToLower(name) + " " + dns.TypeToString[kind]
}

// ServeDNS implements dns.Handler.
func (z *Zone) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	answer := new(dns.Msg)
	answer.SetReply(q)
	answer.RecursionAvailable = true
	z.mu.Lock()
	for _, question := range q.Question {
		name := strings.ToLower(question.Name)
		if z.failing[name] {
			answer.Rcode = dns.RcodeServerFailure
		}
		answer.Answer = append(answer.Answer, z.records[zoneKey(name, question.Qtype)]...)
		for _, domain := range z.signed {
			if opt := q.IsEdns0(); dns.IsSubDomain(domain, name) && (q.AuthenticatedData || opt != nil && opt.Do()) {
				answer.AuthenticatedData = answer.Rcode == dns.RcodeSuccess
			}
		}
	}
	z.mu.Unlock()
	w.WriteMsg(answer)
}

// Close stops the server.
func (z *Zone) Close() {
	for _, s := range z.servers {
		s.Shutdown()
	}
	z.running.Wait()
}
