package textform

import "testing"

// TestUnflow joins what was one paragraph and keeps what was not. RFC 3676 4
func TestUnflow(t *testing.T) {
	for in, want := range map[string]string{
		"one \ntwo\nthree\n":      "one two\nthree\n",
		"one \r\ntwo\r\n":         "one two\r\n",
		"> quoted \n> still\n":    "> quoted \n> still\n",
		"text \n> quoted\n":       "text \n> quoted\n",
		" From a stuffed line\n":  "From a stuffed line\n",
		"last \n-- \nsignature\n": "last \n-- \nsignature\n",
		"no break at the end ":    "no break at the end ",
		"ends in a soft one \n":   "ends in a soft one \n",
		"":                        "",
	} {
		if got := Unflow(in, false); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	if got := Unflow("あ \nい\n", true); got != "あい\n" {
		t.Errorf("with delsp: %q", got)
	}
}

// TestEnriched reads the commands, doubled brackets, parameters and line breaks. RFC 1896
func TestEnriched(t *testing.T) {
	const in = "<bold>Now</bold> is <<the>\ntime\n\n<color><param>red</param>for</color> <unknown>all</unknown>"
	if got, want := EnrichedText(in), "Now is <the> time\nfor all"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	if got, want := EnrichedHTML(in), "<html><body><b>Now</b> is &lt;the&gt; time<br>\nfor all</body></html>\r\n"; got != want {
		t.Errorf("HTML %q, want %q", got, want)
	}
}

// TestCRLF changes bare line feeds only.
func TestCRLF(t *testing.T) {
	for in, want := range map[string]string{"": "", "a": "a", "a\nb\r\n\n": "a\r\nb\r\n\r\n", "\n": "\r\n", "a\rb": "a\rb"} {
		if got := CRLF(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
