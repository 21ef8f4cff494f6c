package auth

import (
	"fmt"
	"log/slog"
)

// redacted stands where a secret would be printed.
const redacted = "[redacted]"

// A Secret is a password or token. However it is printed, logged or
// marshalled, it reads "[redacted]"; only [Secret.Reveal] gives it away.
type Secret struct {
	// A pointer, since printing a structure that holds a Secret in a field of
	// its own asks no methods and prints what it can reach.
	value *string
}

// NewSecret wraps a secret.
func NewSecret(value string) Secret { return Secret{value: &value} }

// Reveal gives the secret itself.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero tells whether the secret is empty.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

// String implements fmt.Stringer.
func (s Secret) String() string { return redacted }

// Format implements fmt.Formatter, so that no verb looks inside.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Secret) UnmarshalText(b []byte) error {
	*s = NewSecret(string(b))
	return nil
}

// Credentials are a login name and its password.
type Credentials struct {
	// User is name@domain or DOMAIN\name.
	User     string
	Password Secret
}
