package charset

import "testing"

// TestDecode reads every charset that mail uses.
func TestDecode(t *testing.T) {
	for _, c := range []struct{ label, in, want string }{
		{"utf-8", "\xc3\xbc", "ü"}, {"UTF8", "\xc3\xbc", "ü"}, {"iso-8859-1", "\xfc\x80", "ü€"}, {"ISO8859-15", "\xa4", "€"}, {"latin1", "\xfc", "ü"}, {"windows-1250", "\x9a", "š"}, {"cp1251", "\xff", "я"},
		{"windows-1252", "\x80", "€"}, {"koi8-r", "\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"}, {"KOI8-U", "\xa4", "є"}, {"iso-2022-jp", "\x1b$BF|K\\\x1b(B", "日本"}, {"shift_jis", "\x93\xfa\x96\x7b", "日本"},
		{"euc-jp", "\xc6\xfc\xcb\xdc", "日本"}, {"cp932", "\x93\xfa", "日"}, {"gb2312", "\xd6\xd0", "中"}, {"gbk", "\xd6\xd0", "中"}, {"GB18030", "\x81\x30\x81\x30", "\u0080"}, {"big5", "\xa4\xa4", "中"},
		{"euc-kr", "\xc7\xd1", "한"}, {"ks_c_5601-1987", "\xc7\xd1", "한"}, {"hz-gb-2312", "~{VP~}", "中"}, {"tis-620", "\xa1", "ก"}, {"windows-874", "\xa1", "ก"}, {"macintosh", "\x8a", "ä"}, {"x-mac-roman", "\x8a", "ä"},
		{"iso-2022-kr", "\x1b$)C\x0eGQ\x0f!", "한!"}, {"utf-7", "Hi +ZeVnLIqe- +- x", "Hi 日本語 + x"}, {"unicode-1-1-utf-7", "+2D3eAA-", "😀"}, {"us-ascii", "plain", "plain"}, {"ibm850", "\x81", "ü"}, {"cp437", "\x81", "ü"}, {"utf-16le", "a\x00", "a"}, {"utf-16", "\xfe\xff\x00a", "a"},
		{"iso-8859-8-i", "\xe0", "א"}, {"windows-1255", "\xe0", "א"}, {"windows-1256", "\xc7", "ا"}, {"iso-8859-7", "\xe1", "α"}, {"windows-1257", "\xe0", "ą"}, {"windows-1258", "\xd0", "Đ"}, {"iso-8859-2", "\xb1", "ą"},
	} {
		got, ok := Decode([]byte(c.in), c.label)
		if got != c.want || !ok {
			t.Errorf("%s %q gives %q (%v), want %q", c.label, c.in, got, ok, c.want)
		}
	}
	if got, ok := Decode([]byte("x\xfc"), "utf-8"); ok || got == "" {
		t.Errorf("contradicted UTF-8 gives %q, %v", got, ok)
	}
}

// TestDetect guesses unlabelled text.
func TestDetect(t *testing.T) {
	for _, c := range []struct{ label, text string }{
		{"windows-1252", "Viele Grüße aus München, wie geht es Dir? Schöne Straße."}, {"windows-1252", "Grüße"}, {"windows-1252", "Où est l'été? Ça va très bien à Genève."}, {"windows-1252", "señor, mañana"}, {"utf-8", "Grüße 日本"},
		{"koi8-r", "Привет, как дела? Это письмо написано по-русски."}, {"windows-1251", "Привет, как дела? Это письмо написано по-русски."}, {"iso-2022-jp", "日本語のメールです"},
		{"shift_jis", "これは日本語のメールです。よろしくお願いします。"}, {"euc-jp", "これは日本語のメールです。よろしくお願いします。"}, {"us-ascii", "plain"},
	} {
		b, ok := Encode(c.text, c.label)
		if !ok {
			t.Fatalf("%s can't hold %q", c.label, c.text)
		}
		if got := Detect(b); got != c.label {
			t.Errorf("%q in %s looks like %s", c.text, c.label, got)
		}
	}
}

// TestCodePages holds that numbers and labels belong together.
func TestCodePages(t *testing.T) {
	for label, cp := range map[string]uint32{"utf-8": 65001, "ISO-8859-1": 28591, "latin1": 28591, "windows-1252": 1252, "cp1251": 1251, "iso-2022-jp": 50220, "shift_jis": 932, "gb2312": 936, "big5": 950, "euc-kr": 51949, "us-ascii": 20127, "koi8-r": 20866, "nonsense": 0} {
		if got := CodePage(label); got != cp {
			t.Errorf("%s has code page %d, want %d", label, got, cp)
		}
	}
	for _, c := range codepages {
		if Find(c.label) == nil {
			t.Errorf("code page %d: nobody knows %s", c.number, c.label)
		}
		if l := Label(c.number); l == "" {
			t.Errorf("code page %d has no label", c.number)
		}
	}
	if Label(4711) != "" {
		t.Error("code page 4711 has a label")
	}
}

// FuzzDecode holds that nothing makes decoding fail.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("+2D3eAA-\xfc"), "utf-7")
	f.Fuzz(func(t *testing.T, b []byte, label string) { Decode(b, label) })
}
