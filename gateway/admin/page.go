package admin

import (
	_ "embed" // for the page
	"html/template"
	"net/http"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/show"
)

//go:embed page.html
var pageText string

// parsePages reads the templates "queue" and "mail".
func parsePages() (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{
		"at":   func(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") },
		"next": func(t *time.Time) string { return t.Local().Format("15:04:05") },
	}).Parse(pageText)
}

// recent is how many mails the page shows.
const recent = 50

func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	list, err := s.opts.Queue.List(r.Context(), queue.Filter{All: true, Limit: recent})
	if err != nil {
		s.fail(w, err)
		return
	}
	checks, stats := s.checks(r.Context())
	s.render(w, "queue", map[string]any{
		"Version": s.opts.Version, "Now": s.opts.Clock(), "Checks": checks, "Depths": show.Depths(stats), "Down": s.down(), "Mails": show.Page(list),
	})
}

func (s *Server) mailPage(w http.ResponseWriter, r *http.Request) {
	m, err := s.story(r.Context(), mail.ID(r.PathValue("id")))
	if err != nil {
		s.fail(w, err)
		return
	}
	s.render(w, "mail", m)
}

func (s *Server) render(w http.ResponseWriter, name string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := s.pages.ExecuteTemplate(w, name, data); err != nil {
		s.opts.Logger.Error("the page cannot be shown", "page", name, "error", err)
	}
}
