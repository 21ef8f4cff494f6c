package cli

import "encoding/json"

// PrintJSON prints a value for programs, and for people who look at what programs get.
func PrintJSON(std Streams, v any) error {
	e := json.NewEncoder(std.Out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
