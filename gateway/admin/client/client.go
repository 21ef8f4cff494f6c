// Package client asks a running gateway over its Unix socket, for the command line.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/mapigate/mapigate/gateway/admin/api"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/show"
)

// ErrNotRunning says that no gateway listens on the socket.
var ErrNotRunning = errors.New("the gateway is not running")

// A Client asks one gateway.
type Client struct {
	socket string
	http   *http.Client
}

// New makes a client; nothing is asked yet.
func New(socket string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "unix", socket)
	}
	return &Client{socket: socket, http: &http.Client{Transport: &http.Transport{DialContext: dial, MaxIdleConns: 1}}}
}

// Close ends the connection.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// An Error is what the gateway answered.
type Error struct {
	Status int
	Text   string
	// Count is how many mails there are now, when fewer were confirmed.
	Count int
}

// Error implements error.
func (e *Error) Error() string { return e.Text }

// Is makes a 404 the error of the queue.
func (e *Error) Is(target error) bool {
	return target == queue.ErrNotFound && e.Status == http.StatusNotFound
}

// do asks and gives the answer, whose body is to be closed; what is no success is an error.
func (c *Client) do(ctx context.Context, method, path string, body io.Reader, kind string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://mapigate/api/v1"+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.explain(err)
	}
	if resp.StatusCode < 300 || resp.StatusCode == http.StatusServiceUnavailable && path == "/health" {
		return resp, nil
	}
	defer resp.Body.Close()
	var said struct {
		Error string `json:"error"`
		Count int    `json:"count"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&said); err != nil || said.Error == "" {
		said.Error = "the gateway answers " + resp.Status
	}
	return nil, &Error{resp.StatusCode, said.Error, said.Count}
}

// explain says what to do when nobody listens.
func (c *Client) explain(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w: nothing listens on %s. Start it with: mapigate serve -c FILE", ErrNotRunning, c.socket)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: %w: be the user that the gateway runs as, or see admin.socket_mode and socket_group", c.socket, fs.ErrPermission)
	}
	return fmt.Errorf("%s: %w", c.socket, err)
}

func (c *Client) get(ctx context.Context, path string, into any) error {
	resp, err := c.do(ctx, http.MethodGet, path, nil, "")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return decode(resp.Body, into)
}

func (c *Client) post(ctx context.Context, path string, what, into any) error {
	b, err := json.Marshal(what)
	if err != nil {
		return err
	}
	resp, err := c.do(ctx, http.MethodPost, path, bytes.NewReader(b), "application/json")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return decode(resp.Body, into)
}

func decode(r io.Reader, into any) error {
	if err := json.NewDecoder(r).Decode(into); err != nil {
		return fmt.Errorf("the gateway's answer: %w", err)
	}
	return nil
}

// Running tells whether a gateway listens. Whoever may not ask it hears so.
func (c *Client) Running(ctx context.Context) error {
	if _, err := os.Stat(c.socket); err != nil {
		return c.explain(err)
	}
	return c.get(ctx, "/session", new(json.RawMessage))
}

// List gives one page of mails.
func (c *Client) List(ctx context.Context, f queue.Filter) (mails []show.Mail, next mail.ID, err error) {
	var page struct {
		Mails []show.Mail `json:"mails"`
		Next  mail.ID     `json:"next"`
	}
	err = c.get(ctx, "/mails?"+values(f).Encode(), &page)
	return page.Mails, page.Next, err
}

// values writes a filter as the API reads it.
func values(f queue.Filter) url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	if f.All {
		v.Set("all", "1")
	}
	for _, s := range f.States {
		v.Add("state", s.String())
	}
	set("sender", f.Sender)
	set("recipient", f.Recipient)
	set("courier", f.Courier)
	set("destination", f.Destination)
	set("message_id", f.MessageID)
	set("after", string(f.After))
	if !f.Before.IsZero() {
		v.Set("before", f.Before.UTC().Format(time.RFC3339Nano))
	}
	if !f.Since.IsZero() {
		v.Set("since", f.Since.UTC().Format(time.RFC3339Nano))
	}
	if f.Limit > 0 {
		v.Set("limit", strconv.Itoa(f.Limit))
	}
	return v
}

// Story gives one mail with its events.
func (c *Client) Story(ctx context.Context, id mail.ID) (show.Mail, error) {
	var m show.Mail
	err := c.get(ctx, "/mails/"+url.PathEscape(string(id)), &m)
	return m, err
}

// Trace gives the stories of the mails that a word names.
func (c *Client) Trace(ctx context.Context, what string, limit int) ([]show.Mail, error) {
	var found struct {
		Mails []show.Mail `json:"mails"`
	}
	err := c.get(ctx, "/trace?"+url.Values{"q": {what}, "limit": {strconv.Itoa(limit)}}.Encode(), &found)
	return found.Mails, err
}

// Open reads the MIME of a mail.
func (c *Client) Open(ctx context.Context, id mail.ID) (io.ReadCloser, error) {
	resp, err := c.do(ctx, http.MethodGet, "/mails/"+url.PathEscape(string(id))+"/content", nil, "")
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// Act changes one mail and tells how many recipients that were.
func (c *Client) Act(ctx context.Context, id mail.ID, action, reason string) (int, error) {
	var done struct {
		Recipients int `json:"recipients"`
	}
	err := c.post(ctx, "/mails/"+url.PathEscape(string(id))+"/"+url.PathEscape(action), map[string]string{"reason": reason}, &done)
	return done.Recipients, err
}

// A Result is what came of an order.
type Result struct {
	Done       bool       `json:"done"`
	Count      int        `json:"count"`
	Before     *time.Time `json:"before,omitempty"`
	Mails      int        `json:"mails"`
	Recipients int        `json:"recipients"`
	Unchanged  int        `json:"unchanged"`
}

// ActAll changes all mails that a filter selects. A negative count asks how many there are, and changes nothing; that count and
// Before then confirm.
func (c *Client) ActAll(ctx context.Context, f queue.Filter, action, reason string, count int) (Result, error) {
	selection := map[string]any{}
	for name, list := range values(f) {
		switch name {
		case "limit", "after", "all":
		case "state":
			selection["states"] = list
		default:
			selection[name] = list[0]
		}
	}
	order := map[string]any{"action": action, "filter": selection, "reason": reason}
	if count >= 0 {
		order["count"] = count
	}
	var r Result
	err := c.post(ctx, "/actions", order, &r)
	return r, err
}

// Reload makes the gateway read its configuration again.
func (c *Client) Reload(ctx context.Context) (done api.Reloaded, err error) {
	err = c.post(ctx, "/reload", struct{}{}, &done)
	return done, err
}

// Flush makes all that waits for a destination due now.
func (c *Client) Flush(ctx context.Context, courier, destination string) (int, error) {
	var done struct {
		Recipients int `json:"recipients"`
	}
	asked := map[string]string{"destination": destination}
	if courier != "" {
		asked["courier"] = courier
	}
	err := c.post(ctx, "/flush", asked, &done)
	return done.Recipients, err
}

// Export reads an archive of all mails that a filter selects.
func (c *Client) Export(ctx context.Context, f queue.Filter) (io.ReadCloser, error) {
	resp, err := c.do(ctx, http.MethodGet, "/archive?"+values(f).Encode(), nil, "")
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// Imported is what came of an import.
type Imported struct {
	Stored   int `json:"stored"`
	Repeated int `json:"repeated"`
}

// Import takes in the mails of an archive.
func (c *Client) Import(ctx context.Context, archive io.Reader, hold bool) (Imported, error) {
	path := "/archive"
	if hold {
		path += "?hold=1"
	}
	resp, err := c.do(ctx, http.MethodPost, path, archive, "application/x-tar")
	if err != nil {
		return Imported{}, err
	}
	defer resp.Body.Close()
	var done Imported
	return done, decode(resp.Body, &done)
}
