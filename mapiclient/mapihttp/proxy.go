package mapihttp

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/proxy"

	"github.com/mapigate/mapigate/mapiclient/auth"
)

// A Proxy is what connections to a server go through.
type Proxy struct {
	// URL is http://host:port or https://host:port for a proxy that does
	// CONNECT, socks5://host:port for a SOCKS proxy, which also resolves the name.
	URL *url.URL
	// User and Password sign in to the proxy, by Basic or RFC 1929; none when User is empty.
	User     string
	Password auth.Secret
	// TLS is for https proxies.
	TLS *tls.Config
}

// connectTimeout limits what a proxy takes for one connection when the caller has no limit.
const connectTimeout = 30 * time.Second

// Dialer gives a function for [LaneConfig.Dial].
func (p Proxy) Dialer() (func(ctx context.Context, network, addr string) (net.Conn, error), error) {
	if p.URL == nil || p.URL.Hostname() == "" {
		return nil, errors.New("proxy: want scheme://host:port")
	}
	switch p.URL.Scheme {
	case "http", "https":
		return p.connect, nil
	case "socks5", "socks5h":
		var who *proxy.Auth
		if p.User != "" {
			who = &proxy.Auth{User: p.User, Password: p.Password.Reveal()}
		}
		d, err := proxy.SOCKS5("tcp", p.address("1080"), who, &net.Dialer{Timeout: connectTimeout})
		if err != nil {
			return nil, fmt.Errorf("proxy %s: %w", p.URL.Host, err)
		}
		return func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := d.(proxy.ContextDialer).DialContext(ctx, network, addr)
			if err != nil {
				return nil, fmt.Errorf("through the proxy %s: %w", p.URL.Host, err)
			}
			return conn, nil
		}, nil
	}
	return nil, fmt.Errorf("proxy: %q is none of http, https, socks5", p.URL.Scheme)
}

func (p Proxy) address(port string) string {
	if given := p.URL.Port(); given != "" {
		port = given
	}
	return net.JoinHostPort(p.URL.Hostname(), port)
}

// connect opens a tunnel. RFC 9110 9.3.6
func (p Proxy) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	port := "80"
	if p.URL.Scheme == "https" {
		port = "443"
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, p.address(port))
	if err != nil {
		return nil, fmt.Errorf("the proxy %s: %w", p.URL.Host, err)
	}
	stop := closeOnDone(ctx, conn)
	tunnel, err := p.tunnel(ctx, conn, addr)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("the proxy %s: %w", p.URL.Host, orCause(ctx, err))
	}
	return tunnel, nil
}

func (p Proxy) tunnel(ctx context.Context, conn net.Conn, addr string) (net.Conn, error) {
	if p.URL.Scheme == "https" {
		c := p.TLS.Clone()
		if c == nil {
			c = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		c.ServerName, c.NextProtos = p.URL.Hostname(), []string{"http/1.1"}
		tc := tls.Client(conn, c)
		if err := tc.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("TLS: %w", err)
		}
		conn = tc
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", addr, addr)
	if p.User != "" {
		pair := base64.StdEncoding.EncodeToString([]byte(p.User + ":" + p.Password.Reveal()))
		fmt.Fprintf(&b, "Proxy-Authorization: Basic %s\r\n", pair)
	}
	b.WriteString("\r\n")
	if _, err := conn.Write(b.Bytes()); err != nil {
		return nil, err
	}
	// The server speaks second in TLS, so that nothing can lie behind the answer.
	br := bufio.NewReader(io.LimitReader(conn, maxHeader))
	resp, err := http.ReadResponse(br, &http.Request{Method: http.MethodConnect})
	if err != nil {
		return nil, fmt.Errorf("its answer to CONNECT: %w", err)
	}
	_ = resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusProxyAuthRequired:
		return nil, errors.New("it wants a sign-in by Basic, or did not accept ours")
	case resp.StatusCode/100 != 2:
		return nil, fmt.Errorf("it answered HTTP %d to CONNECT %s", resp.StatusCode, addr)
	case br.Buffered() > 0:
		return nil, errors.New("it sent something before we did")
	}
	return conn, nil
}
