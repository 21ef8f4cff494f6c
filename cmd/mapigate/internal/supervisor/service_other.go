//go:build !windows

package supervisor

import "context"

// AsService runs work; only Windows has services that are told apart from other programs.
func AsService(ctx context.Context, work func(context.Context) error) error { return work(ctx) }
