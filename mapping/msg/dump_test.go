package msg

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// dumped finds the properties in the dump that another program made of a .msg:
// id, encoding and value.
var dumped = regexp.MustCompile(`(?s)<PROPERTY name="[^"]*" propid="([0-9A-F]{8})"[^>]* encoding="([^"]*)"[^>]*>(.*?)</PROPERTY>`)

// plainOf writes a value as the dump does.
func plainOf(v any, encoding string) string {
	switch v := v.(type) {
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case time.Time:
		return fmt.Sprintf("%016X", mapi.FileTime(v))
	case bool:
		return strings.ToUpper(strconv.FormatBool(v)[:1]) + strconv.FormatBool(v)[1:]
	}
	return fmt.Sprint(v)
}

// TestDump compares messages with dumps that lie beside them, property by property.
func TestDump(t *testing.T) {
	tables, err := filepath.Glob(filepath.Join(corpus(t), "ruby-msg__*.xml"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("%d dumps, %v", len(tables), err)
	}
	properties, equal := 0, 0
	for _, table := range tables {
		text, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(strings.TrimSuffix(table, ".xml") + ".msg")
		if err != nil {
			t.Fatal(err)
		}
		res, err := Read(context.Background(), bytes.NewReader(raw), Options{})
		if err != nil {
			t.Fatal(err)
		}
		own, _, _ := strings.Cut(text16(text), "</PROPERTIES>") // those of the message itself
		for _, m := range dumped.FindAllStringSubmatch(own, -1) {
			id, err := strconv.ParseUint(m[1], 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			tag := mapi.PropTag(id)
			value := strings.TrimSuffix(strings.TrimPrefix(m[3], "<![CDATA["), "]]>")
			if tag.ID().IsNamed() || tag.Type() == mapi.PtypObject || value == "" || strings.HasPrefix(value, "<") {
				continue // ids of names are the dump's own
			}
			properties++
			found := false
			for _, p := range res.Message.Props {
				if p.Name == nil && p.Tag.ID() == tag.ID() {
					found = strings.Join(strings.Fields(plainOf(p.Value, m[2])), " ") == strings.Join(strings.Fields(value), " ")
				}
			}
			if found {
				equal++
			} else {
				t.Errorf("%s: %v is not %.60q", filepath.Base(table), tag, value)
			}
		}
	}
	fmt.Printf("expected, ruby-msg: %d dumps of .msg files, %d of %d properties as expected\n", len(tables), equal, properties)
}
