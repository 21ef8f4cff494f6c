package postgres

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"
)

// A text is a string that comes back as it was, whatever bytes it has: PostgreSQL takes neither NUL nor what is not UTF-8, and
// both occur in headers.
type text string

// escape begins what is not stored as it is.
const escape = "\x01base64:"

// TextValue implements [pgtype.TextValuer].
func (t text) TextValue() (pgtype.Text, error) {
	s := string(t)
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) || strings.HasPrefix(s, escape) {
		s = escape + base64.StdEncoding.EncodeToString([]byte(s))
	}
	return pgtype.Text{String: s, Valid: true}, nil
}

// ScanText implements [pgtype.TextScanner].
func (t *text) ScanText(v pgtype.Text) error {
	s := v.String
	if coded, odd := strings.CutPrefix(s, escape); odd {
		b, err := base64.StdEncoding.DecodeString(coded)
		if err != nil {
			return fmt.Errorf("stored text: %w", err)
		}
		s = string(b)
	}
	*t = text(s)
	return nil
}
