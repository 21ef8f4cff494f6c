package signin

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/smtpside"
)

// Hashes that were not made by us: crypt_blowfish's test vector for the password "U*U", and the argon2 reference implementation's
// for "password" with the salt "somesalt".
const (
	bcryptU      = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
	argonVector  = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	argonVector2 = "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"
)

func writeUsers(t *testing.T, lines string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUsers(t *testing.T) {
	own, err := HashPassword("geheim")
	if err != nil {
		t.Fatal(err)
	}
	y := strings.Replace(bcryptU, "$2a$", "$2y$", 1)
	b := strings.Replace(bcryptU, "$2a$", "$2b$", 1)
	users, err := OpenUsers(writeUsers(t, fmt.Sprintf(
		"# comment\n\nu:%s\ny:%s\nb:%s\nargon:%s\nargon2:%s\n own:with:colon:%s \n", bcryptU, y, b, argonVector, argonVector2, own)), nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, password string
		ok             bool
	}{
		{"u", "U*U", true}, {"y", "U*U", true}, {"b", "U*U", true}, {"u", "U*V", false}, {"u", "", false},
		{"argon", "password", true}, {"argon", "Password", false}, {"argon2", "password", true},
		{"own:with:colon", "geheim", true}, {"own:with:colon", "geheim ", false},
		{"nobody", "U*U", false}, {"nobody", "", false}, {"U", "U*U", false}, {"", "", false},
	}
	for _, tt := range tests {
		_, err := users.Check(context.Background(), nil, smtpside.Credentials{Username: tt.name, Password: tt.password})
		if (err == nil) != tt.ok || err != nil && err != error(smtpside.AuthFailed("")) {
			t.Errorf("Check(%q, %q) = %v, want ok %v", tt.name, tt.password, err, tt.ok)
		}
	}
}

func TestUsersErrors(t *testing.T) {
	tests := []struct{ line, want string }{
		{"nohash", ":2: a line is name:hash"},
		{":" + bcryptU, ":2: a line is name:hash"},
		{"a:secret", ":2: a hash starts with"},
		{"a:$1$md5", ":2: a hash starts with"},
		{"a:" + bcryptU[:50], ":2: "},
		{"a:" + strings.Replace(bcryptU, "$05$", "$31$", 1), ":2: a bcrypt cost of 31 is too much"},
		{"a:" + strings.Replace(argonVector, "m=256", "m=99999999", 1), ":2: an argon2id hash is"},
		{"a:" + strings.Replace(argonVector, "t=2", "t=0", 1), ":2: an argon2id hash is"},
		{"a:" + strings.Replace(argonVector, "v=19", "v=16", 1), ":2: an argon2id hash is"},
		{"a:" + strings.Replace(argonVector, "p=1$", "p=1x$", 1), ":2: an argon2id hash is"},
		{"a:" + argonVector[:50], ":2: an argon2id hash is"},
		{"first:" + bcryptU, ":2: user \"first\" stands here a second time"},
	}
	for _, tt := range tests {
		path := writeUsers(t, "first:"+bcryptU+"\n"+tt.line+"\n")
		if _, err := OpenUsers(path, nil); err == nil || !strings.Contains(err.Error(), path+tt.want) {
			t.Errorf("%s: error %v, want %s", tt.line, err, tt.want)
		}
	}
	if _, err := OpenUsers(filepath.Join(t.TempDir(), "none"), nil); err == nil {
		t.Error("a missing file is no error")
	}
}

func TestUsersReload(t *testing.T) {
	path := writeUsers(t, "a:"+bcryptU+"\n")
	users, err := OpenUsers(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string) bool {
		users.mu.Lock()
		users.checked = time.Time{}
		users.mu.Unlock()
		_, err := users.Check(context.Background(), nil, smtpside.Credentials{Username: name, Password: "U*U"})
		return err == nil
	}
	replace := func(lines string) {
		if err := os.WriteFile(path+".new", []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	if !check("a") || check("b") {
		t.Fatal("wrong from the start")
	}
	replace("b:" + bcryptU + "\n")
	if check("a") || !check("b") {
		t.Error("the new file is not in force")
	}
	replace("garbage\n")
	if !check("b") {
		t.Error("a broken file threw the old one out")
	}
	os.Remove(path)
	if !check("b") {
		t.Error("a missing file threw the old one out")
	}
	replace("c:" + bcryptU + "\n")
	if check("b") || !check("c") {
		t.Error("the repaired file is not in force")
	}
}

func TestUsersBounded(t *testing.T) {
	users, err := OpenUsers(writeUsers(t, "a:"+bcryptU+"\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for range cap(users.work) {
		users.work <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := users.Check(ctx, nil, smtpside.Credentials{Username: "a", Password: "U*U"}); err != context.DeadlineExceeded {
		t.Errorf("Check beside the bound: %v", err)
	}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if _, err := users.Check(context.Background(), nil, smtpside.Credentials{Username: "a", Password: "U*U"}); err != nil {
				t.Errorf("Check: %v", err)
			}
		})
	}
	for range cap(users.work) {
		<-users.work
	}
	wg.Wait()
}

func FuzzReadUsers(f *testing.F) {
	f.Add("a:" + bcryptU + "\n#x\nb:" + argonVector)
	f.Fuzz(func(t *testing.T, file string) {
		hashes, err := readUsers("f", strings.NewReader(file))
		if err != nil && !strings.HasPrefix(err.Error(), "f:") {
			t.Errorf("error without a place: %v", err)
		}
		for name, h := range hashes {
			if name == "" || h == nil {
				t.Error("a user without name or hash")
			}
		}
	})
}
