package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/record"
)

func progress(steps int, mean float64) advance {
	row := &record.Row{Step: int64(steps)}
	row.Add(record.RolloutReturnMean, mean)
	row.Add(record.PolicyKL, 0.0123)
	row.Add(record.PolicyClipFraction, 0.25)
	row.Add(record.TimeStepsPerSecond, 12345)
	return advance{steps: steps, total: 1000, seconds: 2, row: row}
}

func TestDisplayInALog(t *testing.T) {
	var b bytes.Buffer
	d := newDisplay(&b, policyView)
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
	d := newDisplay(&b, policyView)
	d.screen, d.width = true, 30
	for i := range 3 {
		d.latest = progress(250*(i+1), 0)
		d.history = append(d.history, float64(i))
		d.draw()
	}
	frames := strings.Split(b.String(), "\x1b[4A") // three lines of what does not fit on one, and the curve
	if len(frames) != 3 {
		t.Fatalf("%d frames: %q", len(frames), b.String())
	}
	for _, line := range strings.Split(strings.TrimSuffix(frames[2], "\n"), "\n") {
		text := strings.TrimPrefix(line, "\r\x1b[K")
		if n := len([]rune(text)); n > 30 {
			t.Errorf("a line of %d characters wraps: %q", n, text)
		}
	}
	if !strings.Contains(frames[2], "750/1,000 steps") || !strings.Contains(frames[2], "0.67 s left") {
		t.Errorf("something was cut off: %q", frames[2])
	}
	if !strings.Contains(frames[2], "▁") || !strings.Contains(frames[2], "█") {
		t.Errorf("no sparkline: %q", frames[2])
	}
}

// TestDisplayOfCompletions: they are listed below the figures, drawn over on a
// screen, now and then in a log.
func TestDisplayOfCompletions(t *testing.T) {
	samples := []align.Sample{
		{Prompt: "1+1=", Completion: "2", Ended: true, Reward: 1}, {Prompt: "2+2=", Completion: "5", Reward: 0.25},
		{Prompt: "3+3="}, {Prompt: "4+4="},
	}
	list := spell(samples)
	want := []string{`  "1+1=" "2"  reward 1`, `  "2+2=" "5"…  reward 0.25`, `  "3+3=" ""…  reward 0`}
	if !slices.Equal(list, want) {
		t.Fatalf("completions are spelled %q, want %q", list, want)
	}
	step := func(n int, list []string) advance {
		row := &record.Row{Step: int64(n)}
		row.Add(record.TextRewardMean, 0.5)
		row.Add(record.PolicyClipFractionHigh, 0.25)
		row.Add(record.PolicyClipFractionLow, 0.125)
		row.Add(record.TimeTokensPerSecond, 4321)
		return advance{steps: n, total: 10, seconds: 1, row: row, list: list}
	}
	var b bytes.Buffer
	d := newDisplay(&b, languageView)
	now := time.Unix(1000, 0)
	d.now, d.shown = func() time.Time { return now }, now
	for n := range 4 {
		now = now.Add(linePeriod)
		d.show(step(n+1, list))
	}
	d.show(step(5, nil))
	if now = now.Add(linePeriod); !slices.Equal(d.latest.list, list) {
		t.Errorf("a step without completions forgets those before: %q", d.latest.list)
	}
	line := " 10 %  1/10 steps  4,321 tokens/s  9.00 s left  reward 0.500  clipped high 25.0 %  low 12.5 %\n" + strings.Join(list, "\n") + "\n 20 %"
	if !strings.HasPrefix(b.String(), line) || strings.Count(b.String(), "reward 0.25") != 1 {
		t.Errorf("in a log: %s", b.String())
	}

	b.Reset()
	d = newDisplay(&b, languageView)
	d.screen, d.width = true, 100
	for n, list := range [][]string{list, nil} {
		d.latest = step(n+1, list)
		d.draw()
	}
	frames := strings.Split(b.String(), "\x1b[5A")
	if len(frames) != 2 || strings.Count(frames[1], "\n") != 5 || strings.Contains(frames[1], "reward 1") {
		t.Errorf("on a screen: %q", b.String())
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
