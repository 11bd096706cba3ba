package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/train"
)

func progress(steps int, mean float64) train.Progress {
	row := &record.Row{Step: int64(steps)}
	row.Add(record.RolloutReturnMean, mean)
	row.Add(record.PolicyKL, 0.0123)
	row.Add(record.PolicyClipFraction, 0.25)
	row.Add(record.TimeStepsPerSecond, 12345)
	return train.Progress{Steps: steps, Total: 1000, Seconds: 2, Row: row}
}

func TestDisplayInALog(t *testing.T) {
	var b bytes.Buffer
	d := newDisplay(&b)
	now := time.Unix(0, 0)
	d.now = func() time.Time { return now }
	d.shown = now
	d.show(progress(250, 10))
	if b.Len() > 0 {
		t.Errorf("it spoke at once: %q", b.String())
	}
	now = now.Add(linePeriod)
	d.show(progress(500, 20))
	want := " 50 %  500/1,000 steps  12,345 steps/s  2.00 s left  return 20.0  kl 0.0123  clipped 25 %\n"
	if b.String() != want {
		t.Errorf("line %q, want %q", b.String(), want)
	}
}

func TestDisplayOnAScreen(t *testing.T) {
	var b bytes.Buffer
	d := newDisplay(&b)
	d.screen, d.width = true, 30
	for i := range 3 {
		d.latest = progress(250*(i+1), 0)
		d.returns = append(d.returns, float64(i))
		d.draw()
	}
	frames := strings.Split(b.String(), "\x1b[2A")
	if len(frames) != 3 {
		t.Fatalf("%d frames: %q", len(frames), b.String())
	}
	for _, line := range strings.Split(strings.TrimSuffix(frames[2], "\n"), "\n") {
		text := strings.TrimPrefix(line, "\r\x1b[K")
		if n := len([]rune(text)); n > 30 {
			t.Errorf("a line of %d characters wraps: %q", n, text)
		}
	}
	if !strings.Contains(frames[2], "▁") || !strings.Contains(frames[2], "█") {
		t.Errorf("no sparkline: %q", frames[2])
	}
}

func TestBar(t *testing.T) {
	for fraction, want := range map[float64]string{0: "    ", 0.5: "██  ", 0.53125: "██▏ ", 1: "████"} {
		if got := bar(fraction, 4); got != want {
			t.Errorf("bar(%v) = %q, want %q", fraction, got, want)
		}
	}
}

func TestNumbersAreReadable(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1500: "-1,500"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %q, want %q", n, got, want)
		}
	}
	for s, want := range map[float64]string{0.5: "0.50 s", 75: "75.0 s", 150: "2.5 min", 9000: "2.5 h"} {
		if got := seconds(s); got != want {
			t.Errorf("seconds(%v) = %q, want %q", s, got, want)
		}
	}
}
