// Package web is the page that operators look at: plain files, embedded, without a build step. It asks the API for everything, so the
// files hold nothing that anybody must not see.
package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
)

//go:embed static
var embedded embed.FS

// pages are the addresses that the page knows; it finds its way by itself.
var pages = map[string]bool{"/": true}

// types are those of our files, whatever the system's table says.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8",
}

// A file is one that is served.
type file struct {
	content []byte
	kind    string
	tag     string
}

// Handler serves the page.
func Handler() http.Handler {
	files := map[string]file{}
	err := fs.WalkDir(embedded, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := embedded.ReadFile(name)
		if err != nil {
			return err
		}
		kind := types[path.Ext(name)]
		if kind == "" {
			kind = mime.TypeByExtension(path.Ext(name))
		}
		sum := sha256.Sum256(content)
		files[name[len("static"):]] = file{content, kind, `"` + hex.EncodeToString(sum[:12]) + `"`}
		return nil
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Path
		if pages[name] {
			name = "/index.html"
		}
		f, ok := files[name]
		if err != nil || !ok || r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", f.kind)
		h.Set("ETag", f.tag)
		h.Set("Cache-Control", "no-cache") // ask whether it has changed: a new version comes with new files
		if r.Header.Get("If-None-Match") == f.tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Write(f.content)
	})
}
