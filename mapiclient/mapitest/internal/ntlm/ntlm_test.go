package ntlm

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"github.com/Azure/go-ntlmssp"
)

var names = Names{NetBIOSDomain: "TEST", NetBIOSComputer: "EX1", DNSDomain: "example.test", DNSComputer: "ex1.example.test"}

func password(user, domain string) (string, bool) {
	return "Pässword", user == "anna"
}

// TestKey checks the key against the worked example of [MS-NLMP] 4.2.4.1.1.
func TestKey(t *testing.T) {
	got := hex.EncodeToString(ntowfv2("Password", "User", "Domain"))
	if want := "0c868a403bfd7a93a3001ef22ef02e3f"; got != want {
		t.Errorf("NTOWFv2 is %s, want %s", got, want)
	}
}

// exchange runs a sign-in with a client that is not ours.
func exchange(t *testing.T, user, pass string, tamper func(challenge, answer []byte)) (*Challenge, []byte) {
	t.Helper()
	hello, err := ntlmssp.NewNegotiateMessage("", "")
	if err != nil {
		t.Fatal(err)
	}
	ch, err := NewChallenge(hello, names, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := ntlmssp.NewAuthenticateMessage(ch.Message(), user, pass, nil)
	if err != nil {
		t.Fatal(err)
	}
	if tamper != nil {
		tamper(ch.Message(), answer)
	}
	return ch, answer
}

func TestSignIn(t *testing.T) {
	tests := []struct {
		name       string
		user, pass string
		tamper     func(challenge, answer []byte)
		protection Protection
		err        error
	}{
		{name: "good", user: "anna", pass: "Pässword"},
		{name: "with domain", user: `TEST\anna`, pass: "Pässword"},
		{name: "wrong password", user: "anna", pass: "Password", err: ErrRefused},
		{name: "unknown user", user: "otto", pass: "Pässword", err: ErrRefused},
		{name: "binding demanded", user: "anna", pass: "Pässword", protection: Require, err: ErrBindings},
		{name: "binding allowed", user: "anna", pass: "Pässword", protection: Allow},
		{name: "tampered", user: "anna", pass: "Pässword", err: ErrRefused, tamper: func(_, answer []byte) {
			response := binary.LittleEndian.Uint32(answer[24:])
			answer[response+3] ^= 1
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ch, answer := exchange(t, test.user, test.pass, test.tamper)
			user, err := ch.Verify(answer, password, test.protection, nil)
			if !errors.Is(err, test.err) {
				t.Fatalf("Verify: %v, want %v", err, test.err)
			}
			if err == nil && user != "anna" {
				t.Errorf("signed in as %q", user)
			}
		})
	}
}

// TestBindingPair has the client copy a binding that stands in the challenge,
// which is how go-ntlmssp can be made to send one.
func TestBindingPair(t *testing.T) {
	want := bytes.Repeat([]byte{7}, 16)
	for _, test := range []struct {
		sent []byte
		err  error
	}{{want, nil}, {bytes.Repeat([]byte{8}, 16), ErrBindings}, {make([]byte, 16), ErrBindings}} {
		hello, _ := ntlmssp.NewNegotiateMessage("", "")
		ch, err := NewChallenge(hello, names, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		m := bytes.TrimSuffix(ch.message, []byte{0, 0, 0, 0})
		ch.message = appendPair(appendPair(bytes.Clone(m), avChannelBindings, test.sent), avEOL, nil)
		n := binary.LittleEndian.Uint16(ch.message[40:]) + 20
		binary.LittleEndian.PutUint16(ch.message[40:], n)
		binary.LittleEndian.PutUint16(ch.message[42:], n)
		answer, err := ntlmssp.NewAuthenticateMessage(ch.Message(), "anna", "Pässword", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ch.Verify(answer, password, Require, want); !errors.Is(err, test.err) {
			t.Errorf("binding %x: %v, want %v", test.sent, err, test.err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	hello, _ := ntlmssp.NewNegotiateMessage("", "")
	ch, err := NewChallenge(hello, names, time.Now())
	if err != nil {
		f.Fatal(err)
	}
	answer, err := ntlmssp.NewAuthenticateMessage(ch.Message(), "anna", "Pässword", nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(hello, answer)
	f.Fuzz(func(t *testing.T, hello, answer []byte) {
		if _, err := NewChallenge(hello, names, time.Now()); err != nil && !errors.Is(err, ErrMessage) {
			t.Errorf("NewChallenge: %v", err)
		}
		_, _ = ch.Verify(answer, password, Require, make([]byte, 16))
	})
}
