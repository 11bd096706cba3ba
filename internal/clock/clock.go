// Package clock reads how much processor time this process has used.
package clock

import "time"

// CPU returns the processor time that all threads of the process have used
// since it started, in user and kernel mode; 0 on systems that do not tell.
func CPU() time.Duration { return cpu() }
