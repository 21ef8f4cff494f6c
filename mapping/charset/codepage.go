package charset

import "strconv"

// codepages pairs Windows code page numbers with the label that mail uses.
// The first label of a number is the preferred one. [MS-UCODEREF] 2.2.1
var codepages = []struct {
	number uint32
	label  string
}{
	{65001, "utf-8"}, {20127, "us-ascii"}, {28591, "iso-8859-1"}, {28592, "iso-8859-2"}, {28593, "iso-8859-3"}, {28594, "iso-8859-4"},
	{28595, "iso-8859-5"}, {28596, "iso-8859-6"}, {28597, "iso-8859-7"}, {28598, "iso-8859-8"}, {38598, "iso-8859-8-i"}, {28599, "iso-8859-9"},
	{28600, "iso-8859-10"}, {28603, "iso-8859-13"}, {28604, "iso-8859-14"}, {28605, "iso-8859-15"}, {28606, "iso-8859-16"},
	{1250, "windows-1250"}, {1251, "windows-1251"}, {1252, "windows-1252"}, {1253, "windows-1253"}, {1254, "windows-1254"}, {1255, "windows-1255"},
	{1256, "windows-1256"}, {1257, "windows-1257"}, {1258, "windows-1258"}, {874, "windows-874"}, {20866, "koi8-r"}, {21866, "koi8-u"},
	{932, "shift_jis"}, {50220, "iso-2022-jp"}, {50221, "csISO2022JP"}, {50222, "iso-2022-jp"}, {51932, "euc-jp"},
	{936, "gb2312"}, {936, "gbk"}, {54936, "gb18030"}, {52936, "hz-gb-2312"}, {950, "big5"}, {949, "ks_c_5601-1987"}, {51949, "euc-kr"}, {50225, "iso-2022-kr"},
	{65000, "utf-7"}, {1200, "utf-16le"}, {1201, "utf-16be"}, {10000, "macintosh"}, {10007, "x-mac-cyrillic"},
	{437, "ibm437"}, {850, "ibm850"}, {852, "ibm852"}, {855, "ibm855"}, {858, "ibm00858"}, {860, "ibm860"}, {862, "ibm862"}, {863, "ibm863"}, {865, "ibm865"}, {866, "ibm866"},
}

// CodePage gives the Windows code page of a charset label, or 0.
func CodePage(label string) uint32 {
	l := canonical(label)
	for _, c := range codepages {
		if c.label == l {
			return c.number
		}
	}
	if e := Find(l); e != nil {
		for _, c := range codepages {
			if Find(c.label) == e && c.number != 20127 {
				return c.number
			}
		}
	}
	return 0
}

// Label gives the charset label of a Windows code page, or "".
func Label(codepage uint32) string {
	for _, c := range codepages {
		if c.number == codepage {
			return c.label
		}
	}
	if label := "cp" + strconv.FormatUint(uint64(codepage), 10); Find(label) != nil {
		return label
	}
	return ""
}
