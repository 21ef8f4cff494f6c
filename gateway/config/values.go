package config

import (
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// A Duration is written like 90s, 5m, 4h or 5d, or 1d12h.
type Duration time.Duration

// UnmarshalText reads a duration; it cannot be negative.
func (d *Duration) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	days, rest, hasDays := strings.Cut(text, "d")
	var total time.Duration
	if hasDays {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return durationError(text)
		}
		total = time.Duration(n) * day
	} else {
		rest = text
	}
	if rest != "" || !hasDays {
		more, err := time.ParseDuration(rest)
		if err != nil || more < 0 || more > math.MaxInt64-total {
			return durationError(text)
		}
		total += more
	}
	*d = Duration(total)
	return nil
}

func durationError(text string) error {
	return fmt.Errorf("%q is no duration: write 90s, 5m, 4h or 5d", text)
}

// String gives the duration as it can be read again.
func (d Duration) String() string {
	days, rest := time.Duration(d)/day, time.Duration(d)%day
	switch {
	case days > 0 && rest == 0:
		return fmt.Sprintf("%dd", days)
	case days > 0:
		return fmt.Sprintf("%dd%s", days, rest)
	}
	return rest.String()
}

// A Size is a number of bytes, written like 512KiB, 50MiB or 1GiB. Units are powers of 1024; KB and K are the same.
type Size int64

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	digits := strings.TrimRight(text, "kKmMgGiIbB ")
	unit := strings.ToUpper(strings.TrimSpace(text[len(digits):]))
	factor, ok := map[string]int64{
		"": 1, "B": 1, "K": 1 << 10, "KB": 1 << 10, "KIB": 1 << 10,
		"M": 1 << 20, "MB": 1 << 20, "MIB": 1 << 20, "G": 1 << 30, "GB": 1 << 30, "GIB": 1 << 30,
	}[unit]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !ok || n < 0 || n > math.MaxInt64/max(factor, 1) {
		return fmt.Errorf("%q is no size: write 512KiB, 50MiB or 1GiB", text)
	}
	*s = Size(n * factor)
	return nil
}

// String gives the size as it can be read again.
func (s Size) String() string {
	for _, u := range []struct {
		name   string
		factor Size
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if s >= u.factor && s%u.factor == 0 {
			return fmt.Sprintf("%d%s", s/u.factor, u.name)
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// A FileMode is the permissions of a file, written in octal: "0660".
type FileMode uint16

// UnmarshalText reads a file mode.
func (m *FileMode) UnmarshalText(b []byte) error {
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.TrimSpace(string(b)), "0o"), 8, 16)
	if err != nil || n > 0o777 {
		return fmt.Errorf("%q is no file mode: write 0660", b)
	}
	*m = FileMode(n)
	return nil
}

// String gives the mode as it can be read again.
func (m FileMode) String() string { return fmt.Sprintf("%04o", uint16(m)) }

// A HeaderPattern matches a header field: "X-App: billing*", in which * stands for anything.
type HeaderPattern struct{ Name, Value string }

// UnmarshalText reads a pattern.
func (h *HeaderPattern) UnmarshalText(b []byte) error {
	name, value, ok := strings.Cut(string(b), ":")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok || name == "" || value == "" || strings.ContainsAny(name, " \t") {
		return fmt.Errorf("%q is no header pattern: write \"X-App: billing*\"", b)
	}
	*h = HeaderPattern{name, value}
	return nil
}

// String gives the pattern as it can be read again.
func (h HeaderPattern) String() string {
	if h == (HeaderPattern{}) {
		return ""
	}
	return h.Name + ": " + h.Value
}

// A Secret is a string that is not printed. Convert it to a string to use it.
type Secret string

const hidden = "(secret)"

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return strconv.Quote(s.String()) }

// LogValue hides the secret from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the secret from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
