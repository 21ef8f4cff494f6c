package smtptest

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

// maxAliases bounds how far a Zone follows aliases.
const maxAliases = 10

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
		opt := q.IsEdns0()
		answer.AuthenticatedData = z.resolve(answer, question) && (q.AuthenticatedData || opt != nil && opt.Do())
	}
	z.mu.Unlock()
	w.WriteMsg(answer)
}

// resolve answers a question, along aliases where there are some. It tells whether all of that is authentic. Called with mu held.
func (z *Zone) resolve(answer *dns.Msg, q dns.Question) bool {
	name, authentic := strings.ToLower(q.Name), true
	for range maxAliases {
		if z.failing[name] {
			answer.Rcode, answer.Answer = dns.RcodeServerFailure, nil
			return false
		}
		authentic = authentic && slices.ContainsFunc(z.signed, func(domain string) bool { return dns.IsSubDomain(domain, name) })
		answer.Answer = append(answer.Answer, z.records[zoneKey(name, q.Qtype)]...)
		alias := z.records[zoneKey(name, dns.TypeCNAME)]
		if len(alias) == 0 || q.Qtype == dns.TypeCNAME {
			break
		}
		answer.Answer = append(answer.Answer, alias[0])
		name = strings.ToLower(alias[0].(*dns.CNAME).Target)
	}
	return authentic
}

// Close stops the server.
func (z *Zone) Close() {
	for _, s := range z.servers {
		s.Shutdown()
	}
	z.running.Wait()
}
