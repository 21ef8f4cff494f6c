// Package tracing sends OpenTelemetry traces, one for each mail, from its coming in on one side to its delivery on the other.
//
// The trace id and the id of the first span follow from the mail's id. So nothing of a trace needs to be kept: a retry days later,
// after a restart or from another gateway on the same queue, still belongs to the mail's trace, and so do the exemplars of the metrics.
package tracing

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/mail"
)

// Options say where traces go.
type Options struct {
	// Endpoint is the collector's URL for OTLP over HTTP: http://127.0.0.1:4318.
	Endpoint string
	// Percent of all mails are traced.
	Percent int
	// Hostname and Version name this gateway.
	Hostname, Version string
}

// A Tracer sends traces in the background. What the collector does not take is lost; mail never waits for it.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// New makes a tracer; nothing is sent yet.
func New(ctx context.Context, o Options) (*Tracer, error) {
	u, err := url.Parse(o.Endpoint)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("tracing: %q is no URL of a collector", o.Endpoint)
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/v1/traces"
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(u.String()))
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	provider := sdk.NewTracerProvider(
		sdk.WithBatcher(exporter), sdk.WithIDGenerator(ids{}), sdk.WithSampler(sdk.TraceIDRatioBased(float64(o.Percent)/100)),
		sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "mapigate"), attribute.String("service.version", o.Version), attribute.String("service.instance.id", o.Hostname),
		)),
	)
	return &Tracer{provider, provider.Tracer("github.com/mapigate/mapigate")}, nil
}

// Close sends what is left.
func (t *Tracer) Close(ctx context.Context) error {
	if err := t.provider.Shutdown(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("tracing: %w", err)
	}
	return nil
}

// Tried tells of an attempt on one recipient. The first attempt on the first recipient also tells where the mail came from, and how long it lay.
func (t *Tracer) Tried(try courier.Try) {
	if try.Mail == nil || try.Item == nil || try.Mail.ID == "" {
		return
	}
	received := try.Mail.Received
	if received.IsZero() {
		received = try.Began
	}
	end := try.Began.Add(try.Took)
	if try.Item.Index == 0 && try.Item.Attempt <= 1 {
		t.root(try.Mail, received, end)
		_, wait := t.tracer.Start(below(try.Mail.ID), "queue", trace.WithTimestamp(received))
		wait.End(trace.WithTimestamp(try.Began))
	}
	o := &try.Outcome
	_, span := t.tracer.Start(below(try.Mail.ID), "deliver", trace.WithTimestamp(try.Began), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("mapigate.courier", try.Courier), attribute.String("mapigate.route", try.Route), attribute.String("mapigate.recipient", try.Item.Address),
		attribute.Int("mapigate.attempt", try.Item.Attempt), attribute.String("mapigate.verdict", o.Verdict.String()), attribute.String("mapigate.status", o.Status()),
		attribute.String("mapigate.answer", o.Text), attribute.String("server.address", o.Remote), attribute.String("mapigate.remote_id", o.RemoteID),
	))
	if o.Verdict != mail.Delivered {
		span.SetStatus(codes.Error, o.Text)
	}
	span.End(trace.WithTimestamp(end))
}

// root tells of the mail itself.
func (t *Tracer) root(m *mail.Mail, received, end time.Time) {
	ctx := context.WithValue(context.Background(), idsKey{}, m.ID)
	_, span := t.tracer.Start(ctx, "mail", trace.WithNewRoot(), trace.WithTimestamp(received), trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("mapigate.msg", string(m.ID)), attribute.String("mapigate.message_id", m.MessageID), attribute.String("mapigate.source", m.Source.Kind),
		attribute.String("mapigate.source.name", m.Source.Name), attribute.String("client.address", m.Source.Client),
	))
	span.End(trace.WithTimestamp(end))
}

// below gives the context of spans below the mail's first.
func below(id mail.ID) context.Context {
	return trace.ContextWithRemoteSpanContext(context.Background(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: traceOf(id), SpanID: spanOf(id), TraceFlags: trace.FlagsSampled, Remote: true,
	}))
}

func traceOf(id mail.ID) trace.TraceID {
	t, _ := trace.TraceIDFromHex(id.TraceID()) // 32 hex digits by its contract
	return t
}

// spanOf gives the id of the mail's first span.
func spanOf(id mail.ID) (s trace.SpanID) {
	sum := sha256.Sum256([]byte(id))
	copy(s[:], sum[16:24])
	return s
}

type idsKey struct{}

// ids makes ids by chance, but for a mail's first span.
type ids struct{}

// NewIDs implements sdk.IDGenerator.
func (i ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	if id, ok := ctx.Value(idsKey{}).(mail.ID); ok {
		return traceOf(id), spanOf(id)
	}
	var t trace.TraceID
	rand.Read(t[:]) // never fails
	return t, i.NewSpanID(ctx, t)
}

// NewSpanID implements sdk.IDGenerator.
func (ids) NewSpanID(context.Context, trace.TraceID) (s trace.SpanID) {
	rand.Read(s[:]) // never fails
	return s
}
