// Package charset turns the charsets and code pages of mail into UTF-8 and
// back. Labels are those of the internet (MIME charset parameters, HTML) and
// numbers are Windows code pages (PidTagInternetCodepage, PidTagMessageCodepage).
package charset

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// UTF8 is the code page number of UTF-8.
const UTF8 = 65001

// Find gives the encoding of a label or of an "cp1252" kind of number; nil
// when it is not known. UTF-8 and US-ASCII are encoding.Nop.
func Find(label string) encoding.Encoding {
	label = canonical(label)
	switch label {
	case "":
		return nil
	case "utf-8", "us-ascii":
		return encoding.Nop
	case "utf-7":
		return utf7{}
	}
	if e, ok := byLabel[label]; ok {
		return e
	}
	if e, err := htmlindex.Get(label); err == nil && e != encoding.Replacement {
		return e
	}
	if e, err := ianaindex.MIME.Encoding(label); err == nil && e != nil {
		return e
	}
	if e, err := ianaindex.IANA.Encoding(label); err == nil && e != nil {
		return e
	}
	return nil
}

// canonical cleans a label: lower case, no quotes, the spellings of old
// programs replaced by the registered ones.
func canonical(label string) string {
	label = strings.ToLower(strings.Trim(label, " \t\r\n\"'`;,"))
	if c, ok := aliases[label]; ok {
		return c
	}
	for _, p := range []string{"x-", "cs", "charset="} {
		if rest, ok := strings.CutPrefix(label, p); ok && aliases[rest] != "" {
			return aliases[rest]
		}
	}
	if n, ok := strings.CutPrefix(label, "windows"); ok && len(n) == 4 && n[0] != '-' {
		return "windows-" + n
	}
	for _, p := range []string{"cp-", "cp", "x-cp", "ms", "win-", "win", "x-windows-"} {
		if n, ok := strings.CutPrefix(label, p); ok && len(n) == 4 && n[0] == '1' && n[1] == '2' {
			return "windows-" + n
		}
	}
	if n, ok := strings.CutPrefix(label, "iso8859"); ok {
		return "iso-8859-" + strings.TrimLeft(n, "-_")
	}
	if n, ok := strings.CutPrefix(label, "iso-8859"); ok {
		return "iso-8859-" + strings.TrimLeft(n, "-_")
	}
	return label
}

// aliases are spellings met in mail that no registry knows.
var aliases = map[string]string{
	"utf8": "utf-8", "utf_8": "utf-8", "unicode-1-1-utf-8": "utf-8", "utf-8-strict": "utf-8", "cp65001": "utf-8", "utf8mb4": "utf-8", "utf-8n": "utf-8",
	"ascii": "us-ascii", "ansi_x3.4-1968": "us-ascii", "iso646-us": "us-ascii", "646": "us-ascii", "7bit": "us-ascii", "iso-646": "us-ascii", "cp367": "us-ascii",
	"unicode-1-1-utf-7": "utf-7", "unicode-2-0-utf-7": "utf-7", "utf7": "utf-7", "x-unicode-2-0-utf-7": "utf-7", "cp65000": "utf-7",
	"latin1": "iso-8859-1", "latin-1": "iso-8859-1", "iso_8859-1:1987": "iso-8859-1", "8859-1": "iso-8859-1", "iso-latin-1": "iso-8859-1", "8bit": "iso-8859-1",
	"ansi": "windows-1252", "x-ansi": "windows-1252", "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8", "iso-8859-6-i": "iso-8859-6",
	"cp932": "shift_jis", "ms932": "shift_jis", "windows-31j": "shift_jis", "x-ms-cp932": "shift_jis", "sjis": "shift_jis", "ms_kanji": "shift_jis", "shift-jis": "shift_jis",
	"cp936": "gbk", "ms936": "gbk", "cp949": "euc-kr", "ms949": "euc-kr", "ks_c_5601-1987": "euc-kr", "ks_c_5601": "euc-kr", "ksc5601": "euc-kr", "ks-c-5601-1987": "euc-kr", "uhc": "euc-kr", "johab": "euc-kr",
	"cp950": "big5", "ms950": "big5", "big-5": "big5", "cn-big5": "big5", "gb2312_charset": "gbk", "cn-gb": "gbk", "hz": "hz-gb-2312", "gb_2312-80": "gbk", "gb2312-80": "gbk", "cp54936": "gb18030",
	"jis": "iso-2022-jp", "iso-2022-jp-1": "iso-2022-jp", "iso-2022-jp-2": "iso-2022-jp", "iso-2022-jp-3": "iso-2022-jp", "iso-2022-jp-ms": "iso-2022-jp", "cp50220": "iso-2022-jp", "cp50221": "iso-2022-jp", "cp50222": "iso-2022-jp",
	"eucjp": "euc-jp", "x-euc-jp": "euc-jp", "euc-jp-ms": "euc-jp", "eucjp-ms": "euc-jp", "cp51932": "euc-jp", "x-mac-roman": "macintosh", "mac": "macintosh", "macroman": "macintosh", "x-macroman": "macintosh", "mac-roman": "macintosh", "apple-roman": "macintosh",
	"tis620": "windows-874", "tis-620": "windows-874", "iso-8859-11": "windows-874", "cp874": "windows-874", "koi8": "koi8-r", "koi": "koi8-r", "cp878": "koi8-r", "cp1251": "windows-1251", "x-koi8-ru": "koi8-u", "koi8-ru": "koi8-u",
	"arabic": "iso-8859-6", "hebrew": "iso-8859-8", "greek": "iso-8859-7", "cyrillic": "iso-8859-5", "unicode": "utf-16le", "ucs-2": "utf-16be", "iso-10646-ucs-2": "utf-16be",
	"cp437": "ibm437", "437": "ibm437", "dos-437": "ibm437", "cp850": "ibm850", "850": "ibm850", "cp852": "ibm852", "852": "ibm852", "cp866": "ibm866", "866": "ibm866", "cp855": "ibm855", "cp858": "ibm00858", "cp862": "ibm862", "cp860": "ibm860", "cp863": "ibm863", "cp865": "ibm865",
}

// byLabel holds what the registries lack or read too strictly. The C1 control
// characters of ISO-8859-1 mean windows-1252 in all mail that has them.
var byLabel = map[string]encoding.Encoding{
	"iso-8859-1": charmap.Windows1252,
	"utf-16":     unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "utf-32": utf32.UTF32(utf32.BigEndian, utf32.UseBOM), "utf-32le": utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), "utf-32be": utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM),
	"iso-2022-kr": iso2022kr{},
	"ibm437":      charmap.CodePage437, "ibm850": charmap.CodePage850, "ibm852": charmap.CodePage852,
	"ibm855": charmap.CodePage855, "ibm858": charmap.CodePage858, "ibm00858": charmap.CodePage858, "ibm860": charmap.CodePage860,
	"ibm862": charmap.CodePage862, "ibm863": charmap.CodePage863, "ibm865": charmap.CodePage865, "ibm866": charmap.CodePage866,
	"ibm037": charmap.CodePage037, "ibm1047": charmap.CodePage1047, "ibm1140": charmap.CodePage1140,
}

// Decode turns b into UTF-8. Label "" or one that is not known, and bytes
// that contradict the label, are repaired by [Detect]; ok is false then.
func Decode(b []byte, label string) (s string, ok bool) {
	if ascii(b) && !stateful(label) {
		return string(b), true
	}
	e := Find(label)
	if e == nil {
		return Repair(b, ""), false
	}
	if e == encoding.Nop {
		if utf8.Valid(b) {
			return string(b), true
		}
		return Repair(b, label), false
	}
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return Repair(b, ""), false
	}
	return strings.TrimPrefix(string(out), "\ufeff"), true
}

// Encode turns UTF-8 into the charset; ok is false when a character has no
// place there (then nothing is given).
func Encode(s, label string) (b []byte, ok bool) {
	e := Find(label)
	switch {
	case e == nil:
		return nil, false
	case e == encoding.Nop:
		return []byte(s), canonical(label) == "utf-8" || ascii([]byte(s))
	}
	out, err := e.NewEncoder().String(s)
	return []byte(out), err == nil
}

// ascii tells whether b is 7-bit and without the escapes of ISO 2022.
func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 || c == 0x1B {
			return false
		}
	}
	return true
}

// stateful tells whether 7-bit bytes may mean something else than ASCII.
func stateful(label string) bool {
	switch l := canonical(label); {
	case l == "utf-7", strings.HasPrefix(l, "hz"), strings.HasPrefix(l, "utf-16"), strings.HasPrefix(l, "utf-32"), strings.HasPrefix(l, "iso-2022"):
		return true
	case strings.HasPrefix(l, "ibm") && (l == "ibm037" || l == "ibm1047" || l == "ibm1140"):
		return true
	}
	return false
}
