package verdict

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// errorCodes reads every constant of type ErrorCode out of the source of package mapi.
func errorCodes(t *testing.T) map[string]mapi.ErrorCode {
	t.Helper()
	files, err := filepath.Glob("../../mapiclient/mapi/*.go")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]mapi.ErrorCode{}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "ErrorCode" {
				return true
			}
			if value, err := strconv.ParseUint(spec.Values[0].(*ast.BasicLit).Value, 0, 32); err == nil {
				all[spec.Names[0].Name] = mapi.ErrorCode(value)
			}
			return true
		})
	}
	if len(all) < 300 {
		t.Fatalf("found %d error codes only", len(all))
	}
	return all
}

// Every error code that package mapi knows has exactly one row that is for all operations.
func TestEveryErrorCodeHasARow(t *testing.T) {
	rows := map[uint32]int{}
	for _, r := range Table() {
		if r.Kind == KindMAPI && len(r.At) == 0 {
			for _, c := range r.Codes {
				rows[c]++
			}
		}
	}
	all := errorCodes(t)
	for name, code := range all {
		if n := rows[uint32(code)]; n != 1 {
			t.Errorf("%s has %d rows, want 1", name, n)
		}
		delete(rows, uint32(code))
	}
	for code := range rows {
		t.Errorf("%v has a row and no name", mapi.ErrorCode(code))
	}
}

// What every row says must make sense by itself.
func TestRowsAreSound(t *testing.T) {
	seen := map[key]bool{}
	for _, r := range Table() {
		reply := r.Reply
		switch class := reply.Code / 100; {
		case r.Why == "" || reply.Detail == "":
			t.Errorf("%+v does not say why or how", r)
		case class != 2 && class != 4 && class != 5:
			t.Errorf("%s: %d is no final reply", r.Why, reply.Code)
		case (class == 4) == (reply.Retry == Never):
			t.Errorf("%s: %d with retry %s", r.Why, reply.Code, reply.Retry)
		case class == 5 && reply.Alarm:
			t.Errorf("%s: our fault is bounced to the sender", r.Why)
		}
		at := r.At
		if len(at) == 0 {
			at = []Operation{""}
		}
		for _, op := range at {
			for _, c := range r.Codes {
				k := key{op, Cause{Kind: r.Kind, Code: c}}
				if seen[k] {
					t.Errorf("%v has two rows at %q", mapi.ErrorCode(c), op)
				}
				seen[k] = true
			}
			for _, n := range r.Names {
				k := key{op, Cause{Kind: r.Kind, Name: n}}
				if seen[k] {
					t.Errorf("%s %q has two rows at %q", r.Kind, n, op)
				}
				seen[k] = true
			}
		}
	}
}

// At the logon nothing that anybody says may bounce a mail or make it pass for delivered, nor leave it in doubt.
func TestNoLogonFailureBounces(t *testing.T) {
	for name, code := range errorCodes(t) {
		if v := Of(Logon, MAPI(code)).Verdict(); v != mail.Retry {
			t.Errorf("%s at the logon gives %v", name, v)
		}
	}
	for status := range 1000 {
		if v := Of(Logon, HTTP(status)).Verdict(); v != mail.Retry {
			t.Errorf("HTTP %d at the logon gives %v", status, v)
		}
	}
	if r := Of(Logon, MAPI(0x8123_4567)); r.Code != 451 || !r.Alarm {
		t.Errorf("a code that nobody knows gives %+v at the logon", r)
	}
}

func TestOf(t *testing.T) {
	for _, c := range []struct {
		at    Operation
		cause Cause
		code  int
		want  mail.Verdict
		alarm bool
	}{
		{Submit, MAPI(mapi.ErrUnknownUser), 550, mail.Failed, false},
		{Logon, MAPI(mapi.ErrUnknownUser), 451, mail.Retry, true}, // our own DN
		{Submit, MAPI(mapi.ErrAccessDenied), 451, mail.Retry, true},
		{SubmitAs, MAPI(mapi.ErrAccessDenied), 550, mail.Failed, false},
		{Submit, MAPI(mapi.ErrQuotaExceeded), 452, mail.Retry, true},
		{Deposit, MAPI(mapi.ErrQuotaExceeded), 452, mail.Retry, false},
		{Deposit, MAPI(mapi.ErrMailboxDisabled), 550, mail.Failed, false},
		{Submit, MAPI(mapi.WarnCancelMessage), 451, mail.Unknown, true},
		{Submit, MAPI(mapi.WarnWithErrors), 250, mail.Delivered, true},
		{Submit, MAPI(mapi.WarnNoService), 451, mail.Retry, false},
		{Submit, MAPI(0x8123_4567), 451, mail.Retry, false},
		{Submit, HTTP(503), 451, mail.Retry, false},
		{Submit, HTTP(403), 451, mail.Retry, true},
		{Submit, HTTP(302), 451, mail.Retry, true},
		{Submit, HTTP(0), 451, mail.Retry, true},
		{Send, SMTP(250), 250, mail.Delivered, false},
		{Send, SMTP(421), 451, mail.Retry, false},
		{Send, SMTP(550), 550, mail.Failed, false},
		{Send, SMTP(535), 451, mail.Retry, true},
		{Send, SMTP(0), 451, mail.Retry, false},
		{Submit, AnswerLost, 451, mail.Unknown, false},
		{Submit, Cause{Kind: "never heard of"}, 451, mail.Retry, false},
	} {
		if r := Of(c.at, c.cause); r.Code != c.code || r.Verdict() != c.want || r.Alarm != c.alarm {
			t.Errorf("%v at %s: %+v, want %d %v alarm %v", c.cause, c.at, r, c.code, c.want, c.alarm)
		}
	}
}
