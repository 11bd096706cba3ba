package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
)

// gzipped is how a profile begins.
var gzipped = []byte{0x1f, 0x8b}

func TestCPUProfile(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "cpu.out", "an older profile")
	mustProximal(t, append([]string{"train", "CartPole-v1", "--run", "run", "--quiet", "--cpuprofile", "cpu.out"}, small...)...)
	if data, err := os.ReadFile("cpu.out"); err != nil || !bytes.HasPrefix(data, gzipped) {
		t.Errorf("cpu.out is no profile: %q %v", data[:min(len(data), 20)], err)
	}
}

func TestCPUProfileOfAnInterruptedRun(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	args := append([]string{"train", "CartPole-v1", "--run", "run", "--cpuprofile", "cpu.out"}, small...)
	if code := run(ctx, args, strings.NewReader(""), &out, &errs); code != exitInterrupted {
		t.Errorf("exit code %d\n%s", code, errs.String())
	}
	if data, err := os.ReadFile("cpu.out"); err != nil || !bytes.HasPrefix(data, gzipped) {
		t.Errorf("cpu.out is no profile: %v", err)
	}
}

// TestCPUProfileThatCannotBeWritten: nothing is trained.
func TestCPUProfileThatCannotBeWritten(t *testing.T) {
	t.Chdir(t.TempDir())
	o := proximal(t, "", append([]string{"train", "CartPole-v1", "--run", "run", "--cpuprofile", "none/cpu.out"}, small...)...)
	if o.code != exitUnusable || !strings.Contains(o.errs, "--cpuprofile") || exists("run") {
		t.Errorf("exit code %d, %s", o.code, o.errs)
	}
}
