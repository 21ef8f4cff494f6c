package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/alecthomas/kong"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
)

// version is the release, set by the linker: -ldflags '-X main.version=v1.2.3'.
var version string

type versionCommand struct {
	JSON bool `help:"Print JSON."`
}

// Run prints one line: name, version, commit, Go version and platform.
func (c versionCommand) Run(std cli.Streams) error {
	info := buildInfo()
	if c.JSON {
		return cli.PrintJSON(std, map[string]string{
			"version": versionOf(info), "commit": commitOf(info), "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH,
		})
	}
	_, err := fmt.Fprintf(std.Out, "mapigate %s (commit %s) %s %s/%s\n",
		versionOf(info), commitOf(info), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// versionFlag is what most programs have for that.
type versionFlag bool

// BeforeReset does it before a command is missed.
func (versionFlag) BeforeReset(app *kong.Kong, std cli.Streams) error {
	err := versionCommand{}.Run(std)
	app.Exit(cli.Fine)
	return err
}

// buildInfo is what the binary knows of its making, or nil.
func buildInfo() *debug.BuildInfo {
	info, _ := debug.ReadBuildInfo()
	return info
}

// versionOf gives the linker's word, else that of the module system.
func versionOf(info *debug.BuildInfo) string {
	switch {
	case version != "":
		return version
	case info != nil && info.Main.Version != "":
		return info.Main.Version
	}
	return "unknown"
}

// commitOf gives the commit that the binary was built from, with a mark when
// the checkout had changes.
func commitOf(info *debug.BuildInfo) string {
	if info == nil {
		return "unknown"
	}
	commit, modified := "unknown", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = ", modified"
		}
	}
	return commit + modified
}

// committed gives the time of that commit; it is zero where the build does not know it.
func committed(info *debug.BuildInfo) time.Time {
	if info == nil {
		return time.Time{}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			t, _ := time.Parse(time.RFC3339, s.Value)
			return t
		}
	}
	return time.Time{}
}
