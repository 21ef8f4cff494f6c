// Package msg reads .msg files, in which Outlook keeps single messages.
// [MS-OXMSG]
//
//  1. The file is a compound file: storages with streams in them. [MS-CFB]
//  2. [Read] walks the storage of the message and those of its recipients and
//     attachments and gives the [mapi.Message] that they are.
//  3. Attachments stay where they are: their streams read the file when they
//     are opened.
package msg
