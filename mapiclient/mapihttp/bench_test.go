package mapihttp

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"crypto/tls"

	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/frame"
)

// BenchmarkExecute is a round trip of a 4 KiB request and an answer of 300
// bytes over loopback TLS, the server's share included.
func BenchmarkExecute(b *testing.B) {
	connect, execute := answerBody(&frame.ConnectResponse{}), answerBody(&frame.ExecuteResponse{RopBuffer: ropBuffer(make([]byte, 300))})
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		headers(w, r)
		if r.Header.Get("X-RequestType") == "Connect" {
			_, _ = w.Write(connect)
		} else {
			_, _ = w.Write(execute)
		}
	}))
	defer s.Close()
	roots := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	client, err := NewClient(Config{URL: s.URL + "/mapi/emsmdb/?MailboxId=1",
		Auth:       auth.NewBasic(auth.Credentials{User: "user", Password: auth.NewSecret("secret")}),
		LaneConfig: LaneConfig{TLS: &tls.Config{RootCAs: roots}}})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	x, err := client.Connect(context.Background(), "/o=A", ConnectOptions{})
	if err != nil {
		b.Fatal(err)
	}
	payload := []byte(strings.Repeat("0123456789abcdef", 256))
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.Execute(b.Context(), payload, ExecuteOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
