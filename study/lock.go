package study

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// lockFile is in the folder of a sweep while it is being executed. It holds the
// number of the process.
const lockFile = "sweep.lock"

// lock claims a path for this process, so that two sweeps do not remove each
// other's unfinished runs. What a killed process has left does not count.
func lock(path string) (release func(), err error) {
	if data, err := os.ReadFile(path); err == nil {
		pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
		if err == nil && pid != os.Getpid() && alive(pid) {
			return nil, fmt.Errorf("process %d is executing this sweep; if it is not, remove %s", pid, path)
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("remove stale lock: %w", err)
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, fmt.Errorf("lock sweep: %w", err)
	}
	_, err = fmt.Fprintln(f, os.Getpid())
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("lock sweep: %w", err)
	}
	return func() { os.Remove(path) }, nil // what cannot be removed is stale from now on
}

// alive says whether there is a process of that number.
func alive(pid int) bool {
	if pid < 1 {
		return false
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer p.Release()
	if runtime.GOOS == "windows" { // where only a process that exists is found
		return true
	}
	err = p.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, syscall.EPERM)
}
