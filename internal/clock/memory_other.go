//go:build !unix

package clock

func peakMemory() int64 { return 0 }
