// Package ical translates between iCalendar and MAPI: appointments, meetings,
// tasks, journal entries and the iTIP messages about them. [MS-OXCICAL],
// RFC 5545, RFC 5546
//
//  1. [ToMAPI] reads an iCalendar stream and gives one [mapi.Message] for each
//     calendar item in it; an item is a component and all its overridden
//     instances. The method decides the message class: IPM.Schedule.Meeting.*
//     or IPM.Appointment, IPM.Task, IPM.Activity.
//  2. [FromMAPI] writes the iCalendar stream that says what a message says.
//
// The binary structures in between (recurrence patterns, time zones, global
// object ids) are in the room oxocal.
package ical
