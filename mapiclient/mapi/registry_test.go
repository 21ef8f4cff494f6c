package mapi

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// goTypes maps the Go types of values, as source spells them, to property types.
var goTypes = map[string]PropType{
	"int16": TypeOf(int16(0)), "int32": TypeOf(int32(0)), "int64": TypeOf(int64(0)),
	"float32": TypeOf(float32(0)), "float64": TypeOf(float64(0)), "Currency": TypeOf(Currency(0)),
	"AppTime": TypeOf(AppTime(0)), "bool": TypeOf(false), "string": TypeOf(""), "String8": TypeOf(String8("")),
	"time.Time": TypeOf(time.Time{}), "GUID": TypeOf(GUID{}), "ServerID": TypeOf(ServerID{}),
	"Object": TypeOf(Object{}), "RuleActions": TypeOf(RuleActions{}), "[]byte": TypeOf([]byte{}),
	"[]int16": TypeOf([]int16{}), "[]int32": TypeOf([]int32{}), "[]int64": TypeOf([]int64{}),
	"[]string": TypeOf([]string{}), "[]String8": TypeOf([]String8{}), "[]time.Time": TypeOf([]time.Time{}),
	"[]GUID": TypeOf([]GUID{}), "[][]byte": TypeOf([][]byte{}),
}

// declaredTags reads the constants of tags_*.go: names, values and the Go type of Tag[T].
func declaredTags(t *testing.T) map[string]struct {
	tag    PropTag
	goType string
} {
	t.Helper()
	out := make(map[string]struct {
		tag    PropTag
		goType string
	})
	files, err := filepath.Glob("tags_*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tags_*.go here: %v", err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				v := s.(*ast.ValueSpec)
				name := v.Names[0].Name
				n, err := strconv.ParseUint(v.Values[0].(*ast.BasicLit).Value, 0, 32)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				e := out[name]
				e.tag = PropTag(n)
				if ix, ok := v.Type.(*ast.IndexExpr); ok {
					e.goType = types.ExprString(ix.Index)
				}
				out[name] = e
			}
		}
	}
	return out
}

func TestTagsFitTheirGoTypes(t *testing.T) {
	for name, d := range declaredTags(t) {
		if d.goType == "" { // a restriction has no Go type that Tag could carry
			if d.tag.Type() != PtypRestriction {
				t.Errorf("%s is a bare PropTag", name)
			}
			continue
		}
		if want, ok := goTypes[d.goType]; !ok || want != d.tag.Type() {
			t.Errorf("%s is a Tag[%s], but its type is 0x%04X", name, d.goType, uint16(d.tag.Type()))
		}
	}
}

func TestRegistryHoldsEveryTag(t *testing.T) {
	declared := declaredTags(t)
	if len(declared) < 600 {
		t.Errorf("only %d tags", len(declared))
	}
	if len(declared) != len(knownTags()) {
		t.Errorf("%d tags are declared, %d registered: run go generate", len(declared), len(knownTags()))
	}
	byTag := make(map[PropTag]string)
	for name, d := range declared {
		if other := byTag[d.tag]; other != "" {
			t.Errorf("%s and %s are both 0x%08X", name, other, uint32(d.tag))
		}
		byTag[d.tag] = name
		if got, ok := LookupTag(name); !ok || got != d.tag {
			t.Errorf("LookupTag(%s) = 0x%08X, %v", name, uint32(got), ok)
		}
		if got := TagName(d.tag); got != name {
			t.Errorf("TagName(0x%08X) = %q, want %s", uint32(d.tag), got, name)
		}
	}
}

func TestRegistryHoldsEveryName(t *testing.T) {
	names := knownNames()
	if len(names) < 300 {
		t.Errorf("only %d named properties", len(names))
	}
	seen := make(map[PropertyName]string)
	for _, n := range names {
		key := n.prop.folded()
		if other := seen[key]; other != "" {
			t.Errorf("%s and %s are both %v", n.name, other, n.prop)
		}
		seen[key] = n.name
		if (n.prop.Name == "") != strings.HasPrefix(n.name, "PidLid") {
			t.Errorf("%s is %v", n.name, n.prop)
		}
		if got, typ, ok := LookupNamed(n.name); !ok || got != n.prop || typ != n.typ {
			t.Errorf("LookupNamed(%s) = %v, 0x%04X, %v", n.name, got, uint16(typ), ok)
		}
		if got := NameOf(n.prop); got != n.name {
			t.Errorf("NameOf(%v) = %q, want %s", n.prop, got, n.name)
		}
	}
	t.Logf("%d tags, %d named properties", len(knownTags()), len(names))
}

func TestNames(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{TagName(0x0037001F), "PidTagSubject"},
		{TagName(0x0037001E), "PidTagSubject"},
		{TagName(0x0037000A), ""},
		{TagName(0x800F101E), "PidTagAddressBookProxyAddresses"},
		{TagName(0x10130102), "PidTagHtml"},
		{TagName(0x1013001F), "PidTagBodyHtml"},
		{PropTag(0x12340003).String(), "0x12340003"},
		{PidTagSubject.String(), "PidTagSubject"},
		{NameOf(PropertyName{Set: PSETIDAppointment, LID: 0x820D}), "PidLidAppointmentStartWhole"},
		{NameOf(PropertyName{Set: PSInternetHeaders, Name: "content-CLASS"}), "PidNameContentClass"},
		{NameOf(PropertyName{Set: PSPublicStrings, Name: "keywords"}), ""},
		{NameOf(PropertyName{Set: PSPublicStrings, Name: "Keywords"}), "PidNameKeywords"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
}
