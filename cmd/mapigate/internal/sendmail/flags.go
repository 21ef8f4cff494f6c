package sendmail

import (
	"strings"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
)

// flags are the flags of sendmail(8) that programs use. Those that mean nothing here are taken and forgotten.
type flags struct {
	headers    bool   // -t: recipients stand in the header
	dots       bool   // -i, -oi: a line with a dot alone is text
	session    bool   // -bs: SMTP over stdin and stdout
	from       string // -f, -r
	null       bool   // -f "<>"
	name       string // -F
	notify     string // -N
	ret        string // -R
	envid      string // -V
	recipients []string
}

// withValue are the flags that have a value, in the same word or in the next; true are those that are used.
var withValue = map[byte]func(*flags) *string{
	'f': func(f *flags) *string { return &f.from }, 'r': func(f *flags) *string { return &f.from },
	'F': func(f *flags) *string { return &f.name }, 'N': func(f *flags) *string { return &f.notify },
	'R': func(f *flags) *string { return &f.ret }, 'V': func(f *flags) *string { return &f.envid },
	'B': nil, 'C': nil, 'L': nil, 'X': nil, 'h': nil, 'O': nil, 'p': nil,
}

// parseFlags reads a command line as sendmail does, which no other program's rules cover.
func parseFlags(args []string) (*flags, error) {
	f := &flags{}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			f.recipients = append(f.recipients, args[i+1:]...)
			break
		}
		if len(arg) < 2 || arg[0] != '-' {
			f.recipients = append(f.recipients, arg)
			continue
		}
		if field, ok := withValue[arg[1]]; ok {
			value := arg[2:]
			if value == "" {
				if i++; i == len(args) {
					return nil, cli.Usagef("sendmail: %s needs a value", arg)
				}
				value = args[i]
			}
			if field != nil {
				*field(f) = value
			}
			continue
		}
		if err := f.plain(arg); err != nil {
			return nil, err
		}
	}
	f.null = f.from == "<>"
	f.from = strings.TrimSuffix(strings.TrimPrefix(f.from, "<"), ">")
	return f, nil
}

// plain takes a flag without a value.
func (f *flags) plain(arg string) error {
	switch {
	case arg == "-bs":
		f.session = true
	case arg == "-bm": // deliver mail: what else
	case arg == "-i", arg == "-oi":
		f.dots = true
	case arg == "-t", arg == "-ti", arg == "-it":
		f.headers = true
		f.dots = f.dots || len(arg) > 2
	case arg[1] == 'o', arg[1] == 'e', arg[1] == 'd', arg[1] == 'q':
		// -oem, -odb, -ep: how errors are told and when the queue runs is not for us
	case arg == "-v", arg == "-n", arg == "-m", arg == "-U", arg == "-G", arg == "-s":
	default:
		return cli.Usagef("sendmail: %s is not supported", arg)
	}
	return nil
}
