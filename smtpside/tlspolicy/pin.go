package tlspolicy

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"slices"
)

var errPin = errors.New("no certificate of the chain has a key that is pinned")

// Pinned holds that a verified chain has a certificate with one of the keys, each "sha256:" and the base64 of the SHA-256 of the
// SubjectPublicKeyInfo, as RFC 7469 2.4 has it.
func Pinned(state tls.ConnectionState, pins []string) error {
	for _, chain := range state.VerifiedChains {
		for _, c := range chain {
			sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
			if slices.Contains(pins, "sha256:"+base64.StdEncoding.EncodeToString(sum[:])) {
				return nil
			}
		}
	}
	return errPin
}
