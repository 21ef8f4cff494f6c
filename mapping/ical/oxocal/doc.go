// Package oxocal holds the binary structures of calendar items: recurrence
// patterns with their exceptions, time zone definitions and global object ids,
// each with one layout for both directions. [MS-OXOCAL] 2.2.1
//
// Decode with [wire.Unmarshal] and encode with [wire.Marshal].
package oxocal
