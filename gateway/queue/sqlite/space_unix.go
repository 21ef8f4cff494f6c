//go:build linux || darwin || freebsd

package sqlite

import "syscall"

// diskFree is the room in bytes that this process may use.
func diskFree(dir string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
