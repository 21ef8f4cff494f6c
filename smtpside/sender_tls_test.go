package smtpside

import (
	"crypto/tls"
	"testing"

	"github.com/mapigate/mapigate/smtpside/smtptest"
)

func TestSendTLS(t *testing.T) {
	ca, err := testCA()
	if err != nil {
		t.Fatal(err)
	}
	good, err := ca.Server("mx.example", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := ca.Server("other.example")
	if err != nil {
		t.Fatal(err)
	}
	expired, err := ca.IssueExpired("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	old := &tls.Config{Certificates: []tls.Certificate{expired}}
	none := &tls.Config{Certificates: good.Certificates, CipherSuites: []uint16{}, MaxVersion: tls.VersionTLS12}
	user := &Credentials{Username: "u", Password: "p"}
	tests := []struct {
		name    string
		sink    smtptest.Options
		route   Route
		outcome string
		tls     bool
		dials   int
	}{
		{"opportunistic", smtptest.Options{TLS: good}, Route{}, "250", true, 1},
		{"opportunistic, wrong name", smtptest.Options{TLS: wrong}, Route{}, "250", true, 1},
		{"opportunistic, no common suite", smtptest.Options{TLS: none}, Route{}, "250", false, 2},
		{"opportunistic, not offered", smtptest.Options{}, Route{}, "250", false, 1},
		{"never", smtptest.Options{TLS: good}, Route{TLS: TLSNever}, "250", false, 1},
		{"required", smtptest.Options{TLS: good}, Route{TLS: TLSRequired, TLSConfig: ca.Client()}, "250", true, 1},
		{"required, wrong name", smtptest.Options{TLS: wrong}, Route{TLS: TLSRequired, TLSConfig: ca.Client()}, "451", false, 1},
		{"required, unknown CA", smtptest.Options{TLS: good}, Route{TLS: TLSRequired}, "451", false, 1},
		{"required, expired", smtptest.Options{TLS: old}, Route{TLS: TLSRequired, TLSConfig: ca.Client()}, "451", false, 1},
		{"required, not offered", smtptest.Options{}, Route{TLS: TLSRequired}, "451", false, 1},
		{"implicit", smtptest.Options{TLS: good, Implicit: true}, Route{TLS: TLSFromStart, TLSConfig: ca.Client()}, "250", true, 1},
		{"implicit, wrong name", smtptest.Options{TLS: wrong, Implicit: true}, Route{TLS: TLSFromStart, TLSConfig: ca.Client()}, "451", false, 1},
		{"password", smtptest.Options{TLS: good, Users: map[string]string{"u": "p"}}, Route{TLSConfig: ca.Client(), Auth: user}, "250", true, 1},
		{"password, LOGIN", smtptest.Options{TLS: good, Users: map[string]string{"u": "p"}},
			Route{TLSConfig: ca.Client(), Auth: &Credentials{Mechanism: "LOGIN", Username: "u", Password: "p"}}, "250", true, 1},
		{"password, never to a wrong name", smtptest.Options{TLS: wrong, Users: map[string]string{"u": "p"}}, Route{TLSConfig: ca.Client(), Auth: user}, "451", false, 1},
		{"password, never without TLS", smtptest.Options{Users: map[string]string{"u": "p"}}, Route{Auth: user}, "451", false, 1},
		{"password, plain allowed", smtptest.Options{Users: map[string]string{"u": "p"}}, Route{Auth: user, AuthPlain: true}, "250", false, 1},
		{"wrong password is no bounce", smtptest.Options{TLS: good, Users: map[string]string{"u": "q"}}, Route{TLSConfig: ca.Client(), Auth: user}, "451", false, 1},
		{"no AUTH offered", smtptest.Options{TLS: good}, Route{TLSConfig: ca.Client(), Auth: user}, "451", false, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sink := newSink(t, tt.sink)
			s := newTestSender(t, SenderOptions{})
			job := jobTo(sink.Addr, "a@y.example")
			tt.route.Hosts = job.Route.Hosts
			job.Route = tt.route
			got := mustSend(t, s, job)
			if codes(got) != tt.outcome || (got[0].TLS != "") != tt.tls {
				t.Errorf("outcome %+v, want %s, TLS %v", got[0], tt.outcome, tt.tls)
			}
			if got[0].Status.Success() && sink.Mails()[0].TLS != tt.tls {
				t.Errorf("the sink saw TLS: %v", !tt.tls)
			}
			if n := sink.Sessions(); n != tt.dials {
				t.Errorf("%d connections, want %d", n, tt.dials)
			}
		})
	}
}

func TestSendStartTLSRefused(t *testing.T) {
	sink := newSink(t, smtptest.Options{TLS: serverTLS(t)})
	for reply, want := range map[string]string{"454 4.7.0 not now": "250", "220 go\r\n250 injected": "451"} {
		sink.Heal()
		sink.Fail(smtptest.Fault{Verb: "STARTTLS", Reply: reply})
		s := newTestSender(t, SenderOptions{})
		if got := mustSend(t, s, jobTo(sink.Addr, "a@y.example")); codes(got) != want {
			t.Errorf("%q: %+v, want %s", reply, got, want)
		}
	}
}

func TestRequireTLS(t *testing.T) {
	sink := newSink(t, smtptest.Options{TLS: serverTLS(t)})
	job := jobTo(sink.Addr, "a@y.example")
	job.Params.RequireTLS = true
	if got := mustSend(t, newTestSender(t, SenderOptions{}), job); got[0].Status.Enhanced() != "5.7.30" || sink.Count() != 0 {
		t.Errorf("outcome %+v", got)
	}
}
