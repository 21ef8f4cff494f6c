// Package faults tries every operation of the gateway on a mailbox against
// every fault that a server can show, and counts the copies of the mail: see
// its test, which make faults runs and prints as a table.
package faults
