// Package backup carries mailboxes to files and back.
//
// Out, by [Export]:
//
//  1. The folders of the mailbox are compared with those of the last run, which
//     an index below .mapigate in the destination tells. A folder keeps its
//     place on disk by what names it on the server, so that one with another
//     name is moved and not read again.
//  2. Each folder is synchronised from the state of the last run: only what has
//     come, changed, gone or been read since is told. [MS-OXCFXICS] 3.3.5.5
//  3. What has come or changed is read, several messages with one request, and
//     written to a temporary file that takes its place when it is whole. A line
//     in the folder's manifest says so. What an earlier run has got that was
//     ended in between is not read again.
//  4. When all of a folder is there, the manifest is written anew, with the
//     state that the next run begins with.
//
// Back, by [Import]: the files are read by what they are (a Maildir, an mbox,
// mails, calendars and cards), those that the mailbox has already are left out,
// and the others are saved with the states and times that their names, their
// headers or the manifest tell.
//
// Nothing is held in memory but what the manifests say of the messages of one
// folder: the contents of messages pass through temporary files.
package backup
