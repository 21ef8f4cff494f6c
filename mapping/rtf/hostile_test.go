//go:build unix

package rtf

import (
	"strings"
	"testing"
	"time"
)

// slow is how long any document of hostileSize may take.
const (
	slow        = 2 * time.Second
	hostileSize = 512 << 10
)

func TestHostileDocumentsAreFast(t *testing.T) {
	for name, piece := range map[string]string{
		"groups":     `{}`,
		"open":       `{`,
		"closed":     `}`,
		"Unicode":    `\u-10179?`,
		"fonts":      `{\fonttbl{\f7 Arial;}}\f7\'e4`,
		"colors":     `{\colortbl\red1;}`,
		"hyperlinks": `{\field{\*\fldinst HYPERLINK "http://x"}{\fldrslt y}}`,
		"lists":      `{\listtext 1.}\ls1\ilvl8 x\par\ilvl0{\listtext 1.} y\par `,
		"tables":     `\intbl\cell\row x\par\pard\par `,
		"formats":    `\b x\b0 y`,
		"spaces":     `  \tab  `,
		"fragments":  `{\*\htmltag <b>}\htmlrtf x\htmlrtf0 `,
		"binary":     `\bin1 x`,
		"overrides":  `{\*\listtable{\list{\listlevel\levelnfc23}\listid5}}{\*\listoverridetable{\listoverride\listid5\ls1}}`,
	} {
		for _, head := range []string{`{\rtf1 `, `{\rtf1\fromhtml1 `} {
			doc := []byte(head + strings.Repeat(piece, hostileSize/len(piece)) + `\x`)
			for _, show := range []func([]byte, Options) (*Body, error){ToHTML, ToText} {
				start := cpuTime(t)
				if _, err := show(doc, Options{Limit: 8 << 20}); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if d := cpuTime(t) - start; d > slow {
					t.Errorf("%s takes %v", name, d)
				}
			}
		}
	}
}
