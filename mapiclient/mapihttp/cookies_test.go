package mapihttp

import (
	"net/http"
	"testing"
)

func setting(values ...string) *http.Response {
	return &http.Response{Header: http.Header{"Set-Cookie": values}}
}

// The answer to a NotificationWait that was made before an Execute's and is read
// behind it does not turn the sequence back.
func TestOlderAnswerKeepsTheSequence(t *testing.T) {
	c := &cookies{}
	if err := c.save(setting("MapiContext=c", "MapiSequence=1")); err != nil {
		t.Fatal(err)
	}
	_, waiting := c.header()
	if err := c.save(setting("MapiContext=c", "MapiSequence=2")); err != nil {
		t.Fatal(err)
	}
	if err := c.saveBeside(setting("MapiContext=c", "MapiSequence=1", "Routing=r"), waiting); err != nil {
		t.Fatal(err)
	}
	if value, _ := c.header(); value != "MapiContext=c; MapiSequence=2; Routing=r" {
		t.Errorf("cookies are %q", value)
	}
	// Nobody else's answer came in between: it is the newest.
	_, waiting = c.header()
	if err := c.saveBeside(setting("MapiSequence=3"), waiting); err != nil {
		t.Fatal(err)
	}
	if value, _ := c.header(); value != "MapiContext=c; MapiSequence=3; Routing=r" {
		t.Errorf("cookies are %q", value)
	}
}
