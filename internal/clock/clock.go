// Package clock reads what this process has used: processor time and memory.
package clock

import "time"

// CPU returns the processor time that all threads of the process have used
// since it started, in user and kernel mode; 0 on systems that do not tell.
func CPU() time.Duration { return cpu() }

// PeakMemory returns the most memory in bytes that the process has had at once
// in the machine's main memory; 0 on systems that do not tell.
func PeakMemory() int64 { return peakMemory() }
