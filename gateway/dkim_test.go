package gateway_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Mail of clients that may send is signed, mail of strangers is not.
func TestSigning(t *testing.T) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "dkim.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	for who, listener := range map[string]string{"known": "networks: [127.0.0.0/8]", "stranger": "recipients: [y.test]"} {
		g, sink, _ := relay(t, `address: "127.0.0.1:0", mode: plain, `+listener,
			"dkim: [{domain: x.test, selector: s1, key_file: "+file+"}]")
		err := smtp.SendMail(g.Addresses()["in"].String(), nil, "a@x.test", []string{"b@y.test"}, []byte("From: a@x.test\r\nSubject: s\r\n\r\nx\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		mails, err := sink.WaitFor(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		if signed := strings.HasPrefix(string(mails[0].Raw), "DKIM-Signature: "); signed != (who == "known") {
			t.Errorf("%s: signed %v:\n%s", who, signed, mails[0].Raw)
		}
	}
}
