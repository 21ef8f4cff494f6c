// Package peers runs the mail programs of others beside the gateway, without installing them.
//
// Debian's packages of mail servers exclude one another, listen on port 25 and want users of their own. So they are not
// installed: their .debs are unpacked into a folder, and each program runs in a private mount namespace where that folder
// lies over /usr, /etc and /var of the system (overlayfs). Nothing outside of the folder changes. It takes root, Linux and a
// Debian with its package lists; [Open] says what is missing where it cannot be had.
package peers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrUnavailable is wrapped by the errors that tell why this machine cannot run the programs of others.
var ErrUnavailable = errors.New("not available here")

// A House is a folder with unpacked packages, in which programs can be run.
type House struct {
	dir  string
	root string // the packages
}

// mountpoints are the folders of the system that a House lies over.
var mountpoints = []string{"usr", "etc", "var"}

// Open makes a House below dir, with Debian packages that are taken from the folder debs or, where they are not there,
// downloaded into it.
func Open(ctx context.Context, dir, debs string, packages ...string) (*House, error) {
	if err := able(ctx); err != nil {
		return nil, err
	}
	h := &House{dir: dir, root: filepath.Join(dir, "root")}
	for _, top := range mountpoints {
		if err := os.MkdirAll(filepath.Join(h.root, top), 0o755); err != nil {
			return nil, err
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil { // the programs drop root, and must still reach what is theirs
		return nil, err
	}
	for _, name := range packages {
		deb, err := find(ctx, debs, name)
		if err != nil {
			return nil, err
		}
		if out, err := exec.CommandContext(ctx, "dpkg", "-x", deb, h.root).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("unpacking %s: %w\n%s", deb, err, out)
		}
	}
	return h, nil
}

// able tells what keeps this machine from running a House.
func able(ctx context.Context) error {
	for _, tool := range []string{"apt-get", "dpkg", "unshare", "mount"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%w: no %s", ErrUnavailable, tool)
		}
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("%w: mounting takes root", ErrUnavailable)
	}
	if out, err := exec.CommandContext(ctx, "unshare", "-m", "--propagation", "private", "true").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: no mount namespaces: %s", ErrUnavailable, strings.TrimSpace(string(out)))
	}
	return nil
}

// find gives the .deb of a package.
func find(ctx context.Context, debs, name string) (string, error) {
	if err := os.MkdirAll(debs, 0o755); err != nil {
		return "", err
	}
	pattern := filepath.Join(debs, name+"_*.deb")
	if found, _ := filepath.Glob(pattern); len(found) > 0 {
		return found[len(found)-1], nil
	}
	get := exec.CommandContext(ctx, "apt-get", "download", "-o", "APT::Sandbox::User=root", name)
	get.Dir = debs
	out, err := get.CombinedOutput()
	if found, _ := filepath.Glob(pattern); err == nil && len(found) > 0 {
		return found[0], nil
	}
	return "", fmt.Errorf("%w: apt-get download %s: %s", ErrUnavailable, name, lastLine(out))
}

func lastLine(out []byte) string {
	text := strings.TrimSpace(string(out))
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// Path is where a folder or file of the House lies outside of it: Path("etc/x") is /etc/x inside.
func (h *House) Path(name string) string { return filepath.Join(h.root, name) }

// State is a folder that is the same inside and outside, for spools and logs.
func (h *House) State(name string) (string, error) {
	dir := filepath.Join(h.dir, "state", name)
	return dir, os.MkdirAll(dir, 0o755)
}

// WriteFile writes a file that programs see as /name.
func (h *House) WriteFile(name, text string) error {
	path := h.Path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// AddUsers gives the system's users and groups to the House, and more: lines of passwd and of group.
func (h *House) AddUsers(users, groups string) error {
	for name, more := range map[string]string{"etc/passwd": users, "etc/group": groups} {
		text, err := os.ReadFile("/" + name)
		if err != nil {
			return err
		}
		if err := h.WriteFile(name, string(text)+more); err != nil {
			return err
		}
	}
	return nil
}

// Command is a command inside the House. binds are folders of State by where they stand inside, which must exist there.
func (h *House) Command(ctx context.Context, binds map[string]string, name string, args ...string) *exec.Cmd {
	var script strings.Builder
	script.WriteString("set -e\n")
	for _, top := range mountpoints {
		fmt.Fprintf(&script, "mount -t overlay overlay -o lowerdir=%s:/%s /%s\n", filepath.Join(h.root, top), top, top)
	}
	for inside, outside := range binds {
		fmt.Fprintf(&script, "mount --bind %s %s\n", outside, inside)
	}
	script.WriteString(`exec "$@"`)
	all := append([]string{"-m", "--propagation", "private", "sh", "-c", script.String(), "sh", name}, args...)
	return exec.CommandContext(ctx, "unshare", all...)
}

// Missing names the shared libraries that programs of the House (paths inside) do not find.
func (h *House) Missing(ctx context.Context, programs ...string) []string {
	var missing []string
	for _, program := range programs {
		out, err := h.Command(ctx, nil, "ldd", program).CombinedOutput()
		if err != nil {
			missing = append(missing, program+": "+lastLine(out))
		}
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, "not found") {
				missing = append(missing, strings.Fields(line)[0])
			}
		}
	}
	return missing
}
