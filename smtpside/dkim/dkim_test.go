package dkim

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenKey(t *testing.T) {
	dir := t.TempDir()
	old, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, young, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pkcs8 := func(k crypto.Signer) []byte {
		der, err := x509.MarshalPKCS8PrivateKey(k)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	for _, path := range []string{
		write("a", "PRIVATE KEY", pkcs8(old)), write("b", "PRIVATE KEY", pkcs8(young)),
		write("c", "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(old)),
	} {
		if k, err := OpenKey("bücher.example", "s", path); err != nil || k.Domain != "xn--bcher-kva.example" {
			t.Errorf("%s: %+v, %v", path, k, err)
		}
	}
	if _, err := OpenKey("x.example", "s", write("d", "PRIVATE KEY", []byte("x"))); err == nil || !strings.Contains(err.Error(), "/d") {
		t.Errorf("a broken key: %v", err)
	}
}
