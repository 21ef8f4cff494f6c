package mapping

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapping/charset"
	"github.com/mapigate/mapigate/mapping/mime"
	"github.com/mapigate/mapigate/mapping/textform"
)

// A portrait is what of a mail must survive both ways.
type portrait struct {
	headers []string
	texts   []string // whitespace folded
	files   []string // name, type, bytes
	tnef    bool     // what is in winmail.dat comes out of it
	fields  bool     // delivery status stands in its text, which gets a part of its own
}

// portray takes a mail apart without the mapping's judgement of what is a
// body: every leaf counts.
func portray(t testing.TB, raw []byte) portrait {
	root, err := mime.Parse(bytes.NewReader(raw), int64(len(raw)), mime.Limits{Depth: 32, Parts: 2000, HeaderBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	var p portrait
	p.message(root)
	slices.Sort(p.texts)
	slices.Sort(p.files)
	return p
}

func (p *portrait) message(root *mime.Part) {
	if root.Header.Raw == "" && root.Body == root.End {
		return // a message/rfc822 of nothing
	}
	for _, name := range []string{"From", "To", "Cc", "Reply-To"} {
		var list []string
		for _, f := range root.Header.Fields {
			if !strings.EqualFold(f.Name, name) {
				continue
			}
			as, _ := mime.ParseAddresses(f.Raw, 100000)
			for _, a := range as {
				if n := strings.Trim(strings.Join(strings.Fields(a.Name), " "), "\"'"); a.Addr != "" || n != "" {
					if strings.EqualFold(n, a.Addr) {
						n = ""
					}
					list = append(list, n+"<"+a.Addr+">")
				}
			}
			if name == "From" || name == "Reply-To" {
				if name == "From" && len(list) > 1 {
					list = list[:1]
				}
				break
			}
		}
		p.headers = append(p.headers, name+": "+strings.Join(list, ","))
	}
	p.headers = append(p.headers, "Message-ID: "+strings.Trim(mime.DecodeText(root.Header.Get("Message-ID")), "<>"))
	for _, name := range []string{"Subject", "In-Reply-To", "References"} {
		p.headers = append(p.headers, name+": "+strings.Join(strings.Fields(strings.ReplaceAll(mime.DecodeText(root.Header.Get(name)), "><", "> <")), " "))
	}
	date := ""
	if d, ok := mime.ParseDate(root.Header.Get("Date")); ok {
		date = d.UTC().Format(time.RFC3339)
	}
	p.headers = append(p.headers, "Date: "+date)
	p.part(root, true)
}

func (p *portrait) part(x *mime.Part, root bool) {
	switch {
	case x.IsMultipart():
		for _, c := range x.Parts {
			p.part(c, false)
		}
	case x.IsMessage():
		p.message(x.Parts[0])
	case isTNEF(x):
		p.tnef = true
	default:
		b := new(bytes.Buffer)
		b.ReadFrom(x.Open())
		if inner, err := mime.Parse(bytes.NewReader(b.Bytes()), int64(b.Len()), mime.Limits{Depth: 100, Parts: 10000, HeaderBytes: 1 << 20}); err == nil && x.Type == "message/rfc822" && len(inner.Header.Fields) > 0 {
			p.message(inner) // in a transfer encoding
			return
		}
		name := cleanName(cmp.Or(x.DispositionParams.Get("filename"), x.Params.Get("name")))
		broken := x.Major() == "multipart" && root // its boundary never comes
		if x.Major() == "multipart" && !root {
			x.Type = "application/octet-stream"
		}
		if (x.Major() == "text" || broken) && name == "" {
			if broken {
				p.fields = x.Type == "multipart/report"
				x.Type = "text/plain"
			}
			s, _ := charset.Decode(b.Bytes(), x.Params.Get("charset"))
			if strings.EqualFold(x.Params.Get("format"), "flowed") {
				s = textform.Unflow(s, strings.EqualFold(x.Params.Get("delsp"), "yes"))
			}
			if isBinary(b.Bytes()) && !strings.Contains(strings.ToLower(x.Params.Get("charset")), "utf") {
				p.files = append(p.files, fmt.Sprintf("%x", b.Bytes()))
				return
			}
			s = strings.ReplaceAll(s, "\x00", "") // which no MAPI string can hold
			if s = strings.Join(strings.Fields(s), " "); s != "" {
				p.texts = append(p.texts, x.Type+" "+s)
			}
			return
		}
		if x.Major() == "text" || x.Major() == "message" { // no transfer encoding keeps their line ends
			n := strings.ReplaceAll(b.String(), "\r\n", "\n")
			if x.Type == "text/plain" && x.Disposition != "attachment" && !strings.Contains(n, "\x00") { // may be the body, which is Unicode
				n, _ = charset.Decode([]byte(n), x.Params.Get("charset"))
			}
			b.Reset()
			b.WriteString(n)
		}
		if b.Len() > 0 || name != "" {
			p.files = append(p.files, fmt.Sprintf("%s %s cid=%s %d bytes %x", name, x.Type, x.ContentID(), b.Len(), b.Bytes()))
		}
	}
}

// difference names the first thing that differs, or "".
func (p portrait) difference(q portrait) string {
	for i := range p.headers {
		if h := p.headers[i]; h == "Message-ID: " || h == "Date: " || h == "From: " {
			continue // a message must have them, so they are made. RFC 5322 3.6
		}
		if i >= len(q.headers) || p.headers[i] != q.headers[i] {
			return fmt.Sprintf("header %q", first(p.headers, i)) + " became " + fmt.Sprintf("%q", first(q.headers, i))
		}
	}
	if p.tnef {
		return ""
	}
	if p.fields {
		q.files = slices.DeleteFunc(slices.Clone(q.files), func(f string) bool { return strings.HasPrefix(f, " message/delivery-status ") })
	}
	for _, l := range [][2][]string{{p.files, q.files}, {p.texts, q.texts}} {
		for i := range max(len(l[0]), len(l[1])) {
			if first(l[0], i) != first(l[1], i) {
				return fmt.Sprintf("%.150q became %.150q", first(l[0], i), first(l[1], i))
			}
		}
	}
	return ""
}

// lost names the first thing that is not found again, or "". A field that the
// mail lacks and that RFC 5322 3.6 wants (From, Date, Message-ID) is no loss
// when it is made.
func (p portrait) lost(q portrait) string {
	for _, l := range [][2][]string{{p.headers, q.headers}, {p.files, q.files}, {p.texts, q.texts}} {
		have := map[string]int{}
		for _, s := range l[1] {
			have[s]++
		}
		for _, s := range l[0] {
			if have[s]--; have[s] < 0 && !strings.HasSuffix(s, ": ") {
				return s
			}
		}
	}
	return ""
}

func first(l []string, i int) string {
	if i < len(l) {
		return l[i]
	}
	return "(none)"
}
