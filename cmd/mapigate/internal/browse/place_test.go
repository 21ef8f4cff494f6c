package browse

import (
	"slices"
	"strings"
	"testing"
)

func TestParsePlace(t *testing.T) {
	tests := []struct {
		in     string
		withID bool
		want   Place
	}{
		{"", false, Place{}},
		{"Inbox", false, Place{Folder: "Inbox"}},
		{"a@b/Inbox/Sub", false, Place{"a@b", "Inbox/Sub", ""}},
		{"a@b", false, Place{Mailbox: "a@b"}},
		{"internet", false, Place{Mailbox: "internet"}},
		{"1-2", true, Place{Folder: "Inbox", ID: "1-2"}},
		{"a@b/1-2", true, Place{"a@b", "Inbox", "1-2"}},
		{"a@b/Sent Items/1-2", true, Place{"a@b", "Sent Items", "1-2"}},
		{"Sent Items/Old/1-2", true, Place{"", "Sent Items/Old", "1-2"}},
	}
	for _, tt := range tests {
		if got := ParsePlace(tt.in, tt.withID); got != tt.want {
			t.Errorf("%q: %+v, want %+v", tt.in, got, tt.want)
		}
	}
}

// Folders may be called anything: what ls prints leads back to them.
func TestFolderPaths(t *testing.T) {
	for _, names := range [][]string{
		{"Inbox", "A/B"}, {"50% off"}, {"%2F"}, {"%", "/", "%%41"}, {"a@b", "c@d"}, {"internet"}, {"Ünï", "/"}, {"%252F"}, {"100%25"}, {"%4"},
	} {
		path := folderPath(names)
		if got := FolderNames(path); !slices.Equal(got, names) {
			t.Errorf("%q is %q, which is %q", names, path, got)
		}
		if p := ParsePlace(path+"/1-2", true); p.Mailbox != "" || p.Folder != path || p.ID != "1-2" {
			t.Errorf("%q reads as %+v", path, p)
		}
	}
	for path, want := range map[string]string{"Inbox/A%2FB": "Inbox|A/B", "50% off": "50% off", "%": "%", "a%": "a%", "%zz": "%zz", "": ""} {
		if got := strings.Join(FolderNames(path), "|"); got != want {
			t.Errorf("%q is %q, want %q", path, got, want)
		}
	}
}
