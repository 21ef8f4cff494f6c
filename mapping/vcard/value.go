package vcard

import (
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"net/url"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapping/charset"
	"github.com/mapigate/mapigate/mapping/contentline"
)

// plain gives a property's raw value in UTF-8, without the encodings of vCard 2.1.
func plain(p *contentline.Property) string {
	label := p.Param("CHARSET")
	if p.HasValue("ENCODING", "QUOTED-PRINTABLE") {
		b, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(p.Value)))
		if err != nil && len(b) == 0 {
			return p.Value
		}
		if label == "" {
			label = "utf-8"
		}
		s, _ := charset.Decode(b, label)
		return strings.ReplaceAll(s, "\r\n", "\n")
	}
	return p.Value
}

// text gives a text value.
func text(p *contentline.Property) string { return strings.TrimSpace(contentline.Text(plain(p))) }

// fields gives at least n fields of a structured value.
func fields(p *contentline.Property, n int) []string {
	f := contentline.Fields(plain(p))
	for len(f) < n {
		f = append(f, "")
	}
	return f
}

// binary gives the bytes of a value in base64 or of a data URI, and their
// media type; false when the value is somewhere else.
func binary(p *contentline.Property) (data []byte, mediaType string, ok bool) {
	v := strings.TrimSpace(p.Value)
	mediaType = strings.ToLower(p.Param("MEDIATYPE"))
	if mediaType == "" {
		mediaType = strings.ToLower(p.Param("TYPE"))
	}
	if rest, found := strings.CutPrefix(v, "data:"); found {
		head, body, found := strings.Cut(rest, ",")
		if !found {
			return nil, "", false
		}
		mediaType, _, _ = strings.Cut(strings.ToLower(head), ";")
		if !strings.HasSuffix(strings.ToLower(head), ";base64") {
			s, err := url.PathUnescape(body)
			return []byte(s), mediaType, err == nil
		}
		v = body
	} else if !p.HasValue("ENCODING", "B") && !p.HasValue("ENCODING", "BASE64") {
		return nil, "", false
	}
	v = strings.Map(func(c rune) rune {
		if c == ' ' || c == '\t' || c == '=' || c == '\\' {
			return -1
		}
		return c
	}, v)
	data, err := base64.RawStdEncoding.DecodeString(v)
	return data, mediaType, err == nil && len(data) > 0
}

// dateLayouts are the forms of complete dates. RFC 6350 4.3.1, RFC 2426 3.1.5
var dateLayouts = []string{"2006-01-02", "20060102", time.RFC3339, "20060102T150405Z", "2006-01-02T15:04:05", "20060102T150405", "2006-01-02T15:04Z"}

// date reads a complete date as midnight UTC.
func date(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			y, m, d := t.Date()
			return time.Date(y, m, d, 0, 0, 0, 0, time.UTC), y >= 1601 && y < 4500
		}
	}
	return time.Time{}, false
}

// kinds gives the TYPE values of a property in capitals; also those in one
// quoted list.
func kinds(p *contentline.Property) map[string]bool {
	m := map[string]bool{}
	for _, v := range p.ParamValues("TYPE") {
		for k := range strings.SplitSeq(v, ",") {
			m[strings.ToUpper(strings.TrimSpace(k))] = true
		}
	}
	if p.Param("PREF") != "" { // vCard 4.0
		m["PREF"] = true
	}
	return m
}

func cut(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "")
	}
	return s
}
