package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
)

// profiled does the work and writes a CPU profile of it to path, also if the
// work fails or is interrupted. An existing file is replaced, as by the go
// command. Without a path it only does the work.
func profiled(path string, work func() error) (err error) {
	if path == "" {
		return work()
	}
	f, err := os.Create(path)
	if err != nil {
		return unusable(fmt.Errorf("--cpuprofile: %w", err))
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return errors.Join(fmt.Errorf("start CPU profile: %w", err), f.Close())
	}
	err = work()
	pprof.StopCPUProfile()
	if closing := f.Close(); err == nil && closing != nil {
		return fmt.Errorf("write CPU profile: %w", closing)
	}
	return err
}
