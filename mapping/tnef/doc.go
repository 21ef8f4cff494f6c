// Package tnef reads and writes winmail.dat, the Transport Neutral
// Encapsulation Format. [MS-OXTNEF]
//
//  1. [Read] walks the attributes of a TNEF stream and gives the
//     [mapi.Message] they describe. Large values stay where they are: an
//     attachment's stream reads its section of the source when it is opened.
//  2. [Write] writes a [mapi.Message] as TNEF while it reads the attachments.
//
// Damaged streams give what is readable, and a [loss.Loss] for each structure
// that is not, with its name and offset.
package tnef
