package clock

import (
	"runtime"
	"testing"
	"time"
)

func TestCPUGrowsWithWork(t *testing.T) {
	if CPU() == 0 {
		t.Skipf("%s does not tell processor time", runtime.GOOS)
	}
	before := CPU()
	sum := 0
	for start := time.Now(); time.Since(start) < 50*time.Millisecond; sum++ {
	}
	if used := CPU() - before; used < 5*time.Millisecond || used > 5*time.Second {
		t.Errorf("50 ms of work counted as %v of processor time (%d rounds)", used, sum)
	}
}

func TestPeakMemoryCoversWhatIsHeld(t *testing.T) {
	if PeakMemory() == 0 {
		t.Skipf("%s does not tell memory", runtime.GOOS)
	}
	const held = 64 << 20
	memory := make([]byte, held)
	for i := range memory {
		memory[i] = byte(i)
	}
	if peak := PeakMemory(); peak < held || peak > held<<6 {
		t.Errorf("%d bytes held, peak %d", held, peak)
	}
	runtime.KeepAlive(memory)
}
