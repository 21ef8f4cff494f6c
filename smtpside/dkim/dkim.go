// Package dkim signs mail as it goes out (RFC 6376, RFC 8463).
package dkim

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"net/textproto"
	"os"
	"slices"
	"strings"

	msgauth "github.com/emersion/go-msgauth/dkim"
	"golang.org/x/net/idna"
)

// A Key signs mail whose From is in Domain or below it (RFC 6376). Several keys for a domain, as rsa beside ed25519
// (RFC 8463 3), all sign.
type Key struct {
	Domain   string // d=, in ASCII
	Selector string // s=
	Signer   crypto.Signer
}

// minRSA is the least length of a key that verifiers take (RFC 8301 3.2), in bits.
const minRSA = 1024

// OpenKey reads a private key, rsa or ed25519, from a PEM file.
func OpenKey(domain, selector, file string) (Key, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Key{}, fmt.Errorf("DKIM key: %w", err)
	}
	signer, err := parseSigner(data)
	if err != nil {
		return Key{}, fmt.Errorf("DKIM key %s: %w", file, err)
	}
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(domain, "."))
	if err != nil {
		return Key{}, fmt.Errorf("DKIM domain %q: %w", domain, err)
	}
	return Key{Domain: ascii, Selector: selector, Signer: signer}, nil
}

func parseSigner(data []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("no PEM block in it")
	}
	var key any
	var err error
	if block.Type == "RSA PRIVATE KEY" {
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	} else {
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if key.N.BitLen() < minRSA {
			return nil, fmt.Errorf("%d bits are too few: no verifier takes less than %d", key.N.BitLen(), minRSA)
		}
		return key, nil
	case ed25519.PrivateKey:
		return key, nil
	}
	if err == nil {
		err = fmt.Errorf("a %T is neither rsa nor ed25519", key)
	}
	return nil, err
}

// signedFields are what a signature covers. Those that may stand in a header once only are covered once more than they are there,
// so that none can be added (oversigning, RFC 6376 8.15).
var signedFields = []struct {
	name string
	once bool
}{
	{"From", true}, {"Sender", true}, {"Reply-To", true}, {"To", true}, {"Cc", true}, {"Subject", true}, {"Date", true},
	{"Message-ID", true}, {"In-Reply-To", true}, {"References", true}, {"MIME-Version", true}, {"Content-Type", true},
	{"Content-Transfer-Encoding", true}, {"Content-Disposition", true}, {"Content-ID", true}, {"Content-Description", true},
	{"Auto-Submitted", false}, {"List-Id", false}, {"List-Unsubscribe", false}, {"List-Unsubscribe-Post", false},
	{"Resent-From", false}, {"Resent-To", false}, {"Resent-Date", false}, {"Resent-Message-ID", false},
}

// maxSignedHeader bounds what is kept of a header while it is looked at, in octets.
const maxSignedHeader = 1 << 20

var errHeaderLong = errors.New("header too long")

// Sign reads a message as it will be sent and returns its DKIM-Signature fields; "" where no key is for it.
func Sign(keys []Key, message func(io.Writer) error) (string, error) {
	pr, pw := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := message(pw)
		pw.CloseWithError(err)
		done <- err
	}()
	fields, err := signReader(keys, pr)
	pr.CloseWithError(errNotRead)
	if failed := <-done; failed != nil && !errors.Is(failed, errNotRead) {
		return "", failed
	}
	return fields, err
}

var errNotRead = errors.New("not read to the end")

// signReader does the work of Sign.
func signReader(keys []Key, r io.Reader) (string, error) {
	br := bufio.NewReaderSize(r, 32<<10)
	head, err := readHead(br)
	if err != nil {
		return "", err
	}
	chosen, names := keysFor(keys, head)
	var signers []*msgauth.Signer
	var sinks []io.Writer
	for _, k := range chosen {
		s, err := msgauth.NewSigner(&msgauth.SignOptions{
			Domain: k.Domain, Selector: k.Selector, Signer: k.Signer, HeaderKeys: names,
			HeaderCanonicalization: msgauth.CanonicalizationRelaxed, BodyCanonicalization: msgauth.CanonicalizationRelaxed,
		})
		if err != nil {
			return "", err
		}
		defer s.Close()
		signers, sinks = append(signers, s), append(sinks, s)
	}
	if len(signers) == 0 {
		return "", nil
	}
	if _, err := io.Copy(io.MultiWriter(sinks...), io.MultiReader(bytes.NewReader(head), br)); err != nil {
		return "", err
	}
	var fields strings.Builder
	for _, s := range signers {
		if err := s.Close(); err != nil {
			return "", fmt.Errorf("DKIM: %w", err)
		}
		fields.WriteString(s.Signature())
	}
	return fields.String(), nil
}

// readHead reads up to and with the empty line.
func readHead(br *bufio.Reader) ([]byte, error) {
	var head []byte
	for {
		line, err := br.ReadSlice('\n')
		head = append(head, line...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil:
			return head, err
		case bytes.Equal(line, []byte("\r\n")) && (len(head) == 2 || head[len(head)-3] == '\n'):
			return head, nil
		}
		if len(head) > maxSignedHeader {
			return nil, errHeaderLong
		}
	}
}

// keysFor chooses the keys for the domain of From, the nearest domain that has some, and the fields to sign.
func keysFor(keys []Key, head []byte) (chosen []Key, names []string) {
	m, err := mail.ReadMessage(bytes.NewReader(head))
	if err != nil || len(m.Header["From"]) != 1 {
		return nil, nil // nobody could tell whom it is from
	}
	from, err := m.Header.AddressList("From")
	if err != nil || len(from) == 0 {
		return nil, nil
	}
	domain := from[0].Address[strings.LastIndexByte(from[0].Address, '@')+1:]
	if ascii, err := idna.Lookup.ToASCII(domain); err == nil {
		domain = ascii
	}
	for ; domain != "" && len(chosen) == 0; _, domain, _ = strings.Cut(domain, ".") {
		for _, k := range keys {
			if strings.EqualFold(k.Domain, domain) {
				chosen = append(chosen, k)
			}
		}
	}
	for _, f := range signedFields {
		n := len(m.Header[textproto.CanonicalMIMEHeaderKey(f.name)])
		if f.once {
			n++
		}
		names = append(names, slices.Repeat([]string{f.name}, n)...)
	}
	return chosen, names
}
