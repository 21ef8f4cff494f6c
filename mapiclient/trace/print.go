package trace

import (
	"bytes"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// Of what is long the beginning is enough.
const (
	maxText = 120 // characters of a string
	maxList = 50  // elements of a list
	maxDeep = 8   // structures within one another
)

// A printer collects lines.
type printer struct {
	bytes.Buffer
	prefix string
}

func (p *printer) line(deep int, format string, args ...any) {
	fmt.Fprintf(p, "%s%s%s\n", p.prefix, strings.Repeat("  ", deep), fmt.Sprintf(format, args...))
}

func (p *printer) indented(prefix string, f func()) {
	p.prefix += prefix
	f()
	p.prefix = strings.TrimSuffix(p.prefix, prefix)
}

// secret are properties of whose values only the size is told.
var secret = map[mapi.PropID]bool{
	mapi.PidTagBody.Tag().ID(): true, mapi.PidTagHtml.Tag().ID(): true, mapi.PidTagRtfCompressed.Tag().ID(): true,
	mapi.PidTagAttachDataBinary.Tag().ID(): true, mapi.PidTagTransportMessageHeaders.Tag().ID(): true,
}

// describe gives a structure in words: the names of its fields with their values.
func describe(v any) string {
	var b strings.Builder
	write(&b, reflect.ValueOf(v), 0)
	return strings.TrimSpace(b.String())
}

func write(b *strings.Builder, v reflect.Value, deep int) {
	if !v.IsValid() || deep > maxDeep {
		b.WriteString("…")
		return
	}
	if known(b, v, deep) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			b.WriteString("none")
			return
		}
		write(b, v.Elem(), deep)
	case reflect.Struct:
		writeStruct(b, v, deep)
	case reflect.Slice, reflect.Array:
		writeList(b, v, deep)
	case reflect.String:
		writeText(b, v.String())
	default:
		fmt.Fprint(b, v)
	}
}

// known writes values that have a form of their own.
func known(b *strings.Builder, v reflect.Value, deep int) bool {
	if !v.CanInterface() {
		return false
	}
	switch x := v.Interface().(type) {
	case mapi.Prop:
		writeProp(b, x, deep)
	case []byte:
		fmt.Fprintf(b, "(%d bytes)", len(x))
	case time.Time:
		b.WriteString(x.UTC().Format("2006-01-02T15:04:05.999Z"))
	case fmt.Stringer:
		if v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
			return false
		}
		b.WriteString(x.String())
	default:
		return false
	}
	return true
}

func writeStruct(b *strings.Builder, v reflect.Value, deep int) {
	if deep > 0 {
		b.WriteByte('{')
		defer b.WriteByte('}')
	}
	separator := ""
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || v.Field(i).IsZero() {
			continue // what is 0, false or empty says nothing
		}
		b.WriteString(separator)
		separator = " "
		if !f.Anonymous {
			b.WriteString(f.Name + "=")
		}
		write(b, v.Field(i), deep+1)
	}
}

func writeList(b *strings.Builder, v reflect.Value, deep int) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		fmt.Fprintf(b, "(%d bytes)", v.Len())
		return
	}
	b.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			b.WriteByte(' ')
		}
		if i == maxList {
			fmt.Fprintf(b, "… %d more", v.Len()-i)
			break
		}
		write(b, v.Index(i), deep+1)
	}
	b.WriteByte(']')
}

func writeText(b *strings.Builder, s string) {
	if r := []rune(s); len(r) > maxText {
		fmt.Fprintf(b, "%s… (%d characters)", strconv.Quote(string(r[:maxText])), len(r))
		return
	}
	b.WriteString(strconv.Quote(s))
}

func writeProp(b *strings.Builder, p mapi.Prop, deep int) {
	if p.Name != nil {
		b.WriteString(p.Name.String())
	} else {
		b.WriteString(p.Tag.String())
	}
	b.WriteByte('=')
	value := reflect.ValueOf(p.Value)
	if secret[p.Tag.ID()] && value.IsValid() && (value.Kind() == reflect.String || value.Kind() == reflect.Slice) {
		fmt.Fprintf(b, "(%d)", value.Len())
		return
	}
	write(b, value, deep+1)
}
