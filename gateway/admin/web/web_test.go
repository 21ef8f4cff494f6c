package web

import (
	"io/fs"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
)

// references are what our files ask for: attributes of HTML, imports of JavaScript, urls of CSS.
var references = regexp.MustCompile(`(?:src|href)="(/[^"#]*)|from "(\.[^"]+)"|url\("([^"]+)"\)`)

// Everything that the page asks for is here, so that it works where there is no internet, and none of it is inline.
func TestWhole(t *testing.T) {
	files := 0
	err := fs.WalkDir(embedded, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		if types[path.Ext(name)] == "" {
			t.Errorf("%s: no type for such files", name)
		}
		if strings.Contains(name, "/vendor/") {
			return nil
		}
		content, err := embedded.ReadFile(name)
		for _, m := range references.FindAllStringSubmatch(string(content), -1) {
			target := m[1] + m[3]
			if m[2] != "" {
				target = strings.TrimPrefix(path.Join(path.Dir(name), m[2]), "static")
			}
			if strings.HasPrefix(target, "/api/") || target == "/metrics" || target == "/login" || target == "/" {
				continue
			}
			if _, err := fs.Stat(embedded, "static"+target); err != nil {
				t.Errorf("%s asks for %s: %v", name, target, err)
			}
		}
		for _, foreign := range regexp.MustCompile(`https?://[^"' )]+`).FindAllString(string(content), -1) {
			if foreign != "http://www.w3.org/2000/svg" && foreign != "http://page" {
				t.Errorf("%s names %s", name, foreign)
			}
		}
		if strings.HasSuffix(name, ".html") && regexp.MustCompile(`<script>|<style|style="| on[a-z]+="`).Match(content) {
			t.Errorf("%s has something inline, which the policy forbids", name)
		}
		if strings.HasSuffix(name, ".js") && strings.Contains(string(content), "innerHTML") {
			t.Errorf("%s makes markup of text", name)
		}
		return err
	})
	if err != nil || files < 15 {
		t.Fatalf("%d files, %v", files, err)
	}
	for _, vendored := range []string{"uPlot", "inter"} {
		if _, err := fs.Stat(embedded, "static/vendor/"+vendored+".LICENSE.txt"); err != nil {
			t.Errorf("the licence of %s: %v", vendored, err)
		}
	}
}

func TestHandler(t *testing.T) {
	h := Handler()
	ask := func(method, path, tag string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest(method, path, nil)
		r.Header.Set("If-None-Match", tag)
		h.ServeHTTP(w, r)
		return w
	}
	w := ask("GET", "/", "")
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" || w.Body.Len() == 0 {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if again := ask("GET", "/", w.Header().Get("ETag")); again.Code != 304 || again.Body.Len() != 0 {
		t.Errorf("asked again: %d", again.Code)
	}
	for path, kind := range map[string]string{"/app.js": "text/javascript; charset=utf-8", "/vendor/inter.woff2": "font/woff2"} {
		if w := ask("GET", path, ""); w.Code != 200 || w.Header().Get("Content-Type") != kind {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
	for _, c := range [][2]string{{"GET", "/nothing"}, {"GET", "/../web.go"}, {"GET", "/static/index.html"}, {"POST", "/"}} {
		if w := ask(c[0], c[1], ""); w.Code != 404 {
			t.Errorf("%v: %d", c, w.Code)
		}
	}
}
