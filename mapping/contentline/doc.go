// Package contentline reads and writes the lines that iCalendar and vCard are
// made of: names, parameters, values, folding and the components between BEGIN
// and END. RFC 5545 3.1, RFC 6350 3.3, RFC 6868
package contentline
