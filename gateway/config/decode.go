package config

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// A decoder puts a parsed file into a struct. It is our own for the sake of its errors: all of them at once, each with its line, and
// for an unknown key the nearest one that exists.
type decoder struct {
	*where
	env  func(string) (string, bool)
	errs []error
}

func (d *decoder) fail(path string, format string, args ...any) {
	d.errs = append(d.errs, d.errorf(path, format, args...))
}

// decode puts a node into what v points to.
func (d *decoder) decode(n ast.Node, path string, v any) { d.value(n, path, reflect.ValueOf(v).Elem()) }

func (d *decoder) value(n ast.Node, path string, v reflect.Value) {
	if _, seen := d.lines[path]; !seen {
		d.lines[path] = n.GetToken().Position.Line
	}
	if _, null := n.(*ast.NullNode); null {
		return // "key:" without a value keeps the default
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if text, ok := d.scalar(n, path); ok {
			if err := u.UnmarshalText([]byte(text)); err != nil {
				d.fail(path, "%w", err)
			}
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, path, v)
	case reflect.Slice:
		d.list(n, path, v)
	default:
		d.basic(n, path, v)
	}
}

func (d *decoder) basic(n ast.Node, path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if text, ok := d.scalar(n, path); ok {
			v.SetString(text)
		}
	case reflect.Bool:
		if b, ok := n.(*ast.BoolNode); ok {
			v.SetBool(b.Value)
			return
		}
		d.fail(path, "want true or false, not %s", n.GetToken().Value)
	case reflect.Int:
		if i, ok := n.(*ast.IntegerNode); ok {
			if value, ok := i.Value.(uint64); ok && value <= math.MaxInt32 {
				v.SetInt(int64(value))
				return
			}
		}
		d.fail(path, "want a number, not %s", n.GetToken().Value)
	default:
		d.fail(path, "the program cannot read a %s here", v.Kind())
	}
}

// scalar gives the text of a node, with ${NAME} replaced from the environment.
func (d *decoder) scalar(n ast.Node, path string) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return d.expand(n.Value, path)
	case *ast.LiteralNode:
		return d.expand(n.Value.Value, path)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	d.fail(path, "want a single value, not %s", describe(n))
	return "", false
}

// expand replaces ${NAME} by the environment and $$ by $.
func (d *decoder) expand(text, path string) (string, bool) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "$")
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		switch {
		case strings.HasPrefix(after, "$"):
			b.WriteByte('$')
			text = after[1:]
		case strings.HasPrefix(after, "{"):
			name, rest, closed := strings.Cut(after[1:], "}")
			value, set := d.env(name)
			if !closed || !set {
				d.fail(path, "the environment has no variable %q", name)
				return "", false
			}
			b.WriteString(value)
			text = rest
		default:
			b.WriteByte('$')
			text = after
		}
	}
}

func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys with values"
	case *ast.SequenceNode:
		return "a list"
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		return "anchors, aliases or tags, which are not supported"
	}
	return "this"
}

func (d *decoder) list(n ast.Node, path string, v reflect.Value) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		if _, structs := n.(ast.MapNode); structs || v.Type().Elem().Kind() == reflect.Struct && !isText(v.Type().Elem()) {
			d.fail(path, "want a list: begin each entry with \"- \"")
			return
		}
		d.append(n, path+"[0]", v) // a single value stands for a list of one
		return
	}
	v.SetZero()
	for i, entry := range s.Values {
		d.append(entry, fmt.Sprintf("%s[%d]", path, i), v)
	}
}

func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

func (d *decoder) append(n ast.Node, path string, list reflect.Value) {
	entry := reflect.New(list.Type().Elem())
	if with, ok := entry.Interface().(defaulter); ok {
		with.setDefaults()
	}
	d.value(n, path, entry.Elem())
	list.Set(reflect.Append(list, entry.Elem()))
}

func (d *decoder) structure(n ast.Node, path string, v reflect.Value) {
	var entries []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		entries = m.Values
	case *ast.MappingValueNode:
		entries = []*ast.MappingValueNode{m}
	default:
		d.fail(path, "want keys with values, not %s", describe(n))
		return
	}
	fields := fieldsOf(v.Type())
	for _, e := range entries {
		key := e.Key.GetToken().Value
		at := join(path, key)
		d.lines[at] = e.Key.GetToken().Position.Line
		field, known := fields[key]
		if !known {
			d.fail(at, "unknown key%s", suggestion(key, fields))
			continue
		}
		d.value(e.Value, at, v.FieldByIndex(field.Index))
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// fieldsOf are the fields of a struct by their keys.
func fieldsOf(t reflect.Type) map[string]reflect.StructField {
	fields := map[string]reflect.StructField{}
	for i := range t.NumField() {
		if key := t.Field(i).Tag.Get("yaml"); key != "" {
			fields[key] = t.Field(i)
		}
	}
	return fields
}

// suggestion names the known key that is nearest to an unknown one.
func suggestion(key string, fields map[string]reflect.StructField) string {
	best, least := "", len(key)
	for known := range fields {
		n := distance(key, known)
		if n < least || n == least && known < best {
			best, least = known, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// distance is the number of letters to add, remove, change or swap with their neighbour to make b of a.
func distance(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
