package main

import "fmt"

// notYet is the answer of a command that is announced but not built.
func notYet(command string) error {
	return fmt.Errorf("%s: not available yet in this version", command)
}
