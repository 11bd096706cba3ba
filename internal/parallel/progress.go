package parallel

import (
	"runtime"
	"sync/atomic"
	"time"
)

// Progress is how far a task has come, for others of the same For to follow it:
// tasks start in ascending order, so any task may wait for one with a lower number.
// It is used by several goroutines at once, of which one reports. The zero value is
// at 0; it must not be copied.
type Progress struct {
	_    line
	done atomic.Int64
	_    line
}

// Report lets those go on who wait for done or less. What was written before can be
// read by them.
func (p *Progress) Report(done int) { p.done.Store(int64(done)) }

// Wait returns when at least so much has been reported. It stays awake for a moment
// and then looks now and then.
func (p *Progress) Wait(done int) {
	var start time.Time
	for {
		for range looks {
			if p.done.Load() >= int64(done) {
				return
			}
		}
		if now := time.Now(); start.IsZero() {
			start = now
		} else if now.Sub(start) >= awake {
			time.Sleep(awake)
		}
		runtime.Gosched()
	}
}
