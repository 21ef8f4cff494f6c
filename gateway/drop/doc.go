// Package drop takes mail that programs leave as files in a folder.
//
//  1. A program writes a file under another name, or elsewhere on the same disk, and renames it to NAME.eml.
//  2. The watcher claims it by renaming it into the folder "taken": of several watchers one wins. The new name holds the id that
//     the mail gets in the queue.
//  3. Sender and recipients are read from X-Sender and X-Receiver fields, which do not travel; without them from From (or
//     Sender) and from To, Cc and Bcc. What comes next is what SMTP clients get: routes, rules, filters, the header.
//  4. The file is removed when the mail is in the queue. After a crash in between, the id tells that it is there already.
//  5. What cannot be taken is moved to the folder "bad", with the reason beside it in NAME.eml.txt. What cannot be taken now
//     waits in its place.
package drop
