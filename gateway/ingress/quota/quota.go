// Package quota counts what clients send and holds it against their limits. What has been counted is in memory only: a
// restart begins anew.
package quota

import (
	"sync"
	"time"
)

// Limits bound one client. A zero field is no limit.
type Limits struct {
	MailsPerMinute, MailsPerDay           int
	RecipientsPerMinute, RecipientsPerDay int
	Sessions                              int // at once
}

// maxClients bounds what is remembered; beyond, everybody begins anew.
const maxClients = 50000

// A Meter counts for many clients. It is safe for concurrent use.
type Meter struct {
	now func() time.Time

	mu      sync.Mutex
	clients map[string]*client
}

type client struct {
	sessions          int
	mails, recipients rate
}

// A rate counts within the current minute and within the last 24 hours, by the hour.
type rate struct {
	minute time.Time
	recent int
	hour   time.Time
	day    [24]int // the first is the current hour
}

// NewMeter makes a meter at zero.
func NewMeter(now func() time.Time) *Meter {
	return &Meter{now: now, clients: map[string]*client{}}
}

// Mail counts a mail and tells whether the limits allow it. What they do not allow is not counted.
func (m *Meter) Mail(who string, l Limits) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of(who).mails.count(m.now(), l.MailsPerMinute, l.MailsPerDay)
}

// Recipient counts a recipient and tells whether the limits allow it.
func (m *Meter) Recipient(who string, l Limits) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of(who).recipients.count(m.now(), l.RecipientsPerMinute, l.RecipientsPerDay)
}

// Open counts a session in, unless there are enough. Close it then.
func (m *Meter) Open(who string, l Limits) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.of(who)
	if l.Sessions > 0 && c.sessions >= l.Sessions {
		return false
	}
	c.sessions++
	return true
}

// Close counts a session out.
func (m *Meter) Close(who string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c := m.clients[who]; c != nil && c.sessions > 0 {
		c.sessions--
	}
}

// of gives the record of a client. Called with mu held.
func (m *Meter) of(who string) *client {
	c := m.clients[who]
	if c == nil {
		if len(m.clients) >= maxClients {
			m.forget()
		}
		c = &client{}
		m.clients[who] = c
	}
	return c
}

// forget drops those who have no session.
func (m *Meter) forget() {
	for who, c := range m.clients {
		if c.sessions == 0 {
			delete(m.clients, who)
		}
	}
}

// count adds one if neither limit is reached.
func (r *rate) count(now time.Time, perMinute, perDay int) bool {
	if minute := now.Truncate(time.Minute); !minute.Equal(r.minute) {
		r.minute, r.recent = minute, 0
	}
	r.turn(now.Truncate(time.Hour))
	total := 0
	for _, n := range r.day {
		total += n
	}
	if perMinute > 0 && r.recent >= perMinute || perDay > 0 && total >= perDay {
		return false
	}
	r.recent++
	r.day[0]++
	return true
}

// turn moves on to the hour.
func (r *rate) turn(hour time.Time) {
	passed := int(hour.Sub(r.hour) / time.Hour)
	switch {
	case passed <= 0:
		return
	case passed >= len(r.day):
		r.day = [24]int{}
	default:
		copy(r.day[passed:], r.day[:len(r.day)-passed])
		clear(r.day[:passed])
	}
	r.hour = hour
}
