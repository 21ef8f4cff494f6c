//go:build !windows

package main

import "context"

// asService runs work; only Windows has services that are told apart from other programs.
func asService(ctx context.Context, work func(context.Context) error) error { return work(ctx) }
