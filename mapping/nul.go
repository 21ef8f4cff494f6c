package mapping

import (
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// dropNULs takes U+0000 out of the strings of a message and of those within
// it, and tells whether there was one: on the wire it would end the string.
// [MS-OXCDATA] 2.11.1
func dropNULs(msg *mapi.Message) bool {
	found := dropFrom(msg.Props)
	for i := range msg.Recipients {
		found = dropFrom(msg.Recipients[i].Props) || found
	}
	for i := range msg.Attachments {
		found = dropFrom(msg.Attachments[i].Props) || found
		if inner := msg.Attachments[i].Message; inner != nil {
			found = dropNULs(inner) || found
		}
	}
	return found
}

func dropFrom(props mapi.Props) (found bool) {
	for i := range props {
		switch v := props[i].Value.(type) {
		case string:
			if strings.IndexByte(v, 0) >= 0 {
				props[i].Value, found = strings.ReplaceAll(v, "\x00", ""), true
			}
		case []string:
			for n := range v {
				if strings.IndexByte(v[n], 0) >= 0 {
					v[n], found = strings.ReplaceAll(v[n], "\x00", ""), true
				}
			}
		}
	}
	return found
}
