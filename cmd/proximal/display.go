package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/proximal-rl/proximal/plot"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/train"
)

// How often the user sees something new.
const (
	screenPeriod = 100 * time.Millisecond // on a terminal
	linePeriod   = 5 * time.Second        // in a log
)

// sparkWidth is the width of the sparkline in characters.
const sparkWidth = 40

// display shows how training goes: a few lines that are drawn over on a
// terminal, plain lines every few seconds elsewhere.
type display struct {
	w       io.Writer
	screen  bool
	width   int       // of the terminal
	shown   time.Time // when it last drew
	drawn   int       // lines on the screen that the next drawing covers
	latest  train.Progress
	values  map[string]float64 // latest of each metric
	returns []float64          // history of the mean return
	now     func() time.Time
}

func newDisplay(w io.Writer) *display {
	d := &display{w: w, values: map[string]float64{}, now: time.Now, width: 80}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
		d.screen = true
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			d.width = width
		}
	}
	d.shown = d.now()
	return d
}

// show takes in the progress after an update and draws if it is time.
func (d *display) show(p train.Progress) {
	d.latest = p
	for _, s := range p.Row.Scalars {
		d.values[s.Name] = s.Value
	}
	if mean, ok := p.Row.Value(record.RolloutReturnMean); ok {
		d.returns = append(d.returns, mean)
	}
	period := linePeriod
	if d.screen {
		period = screenPeriod
	}
	if now := d.now(); now.Sub(d.shown) >= period {
		d.shown = now
		d.draw()
	}
}

// end draws the last state and leaves it on the screen.
func (d *display) end() {
	if d.latest.Steps > 0 {
		d.draw()
		fmt.Fprintln(d.w)
	}
}

func (d *display) draw() {
	if !d.screen {
		fmt.Fprintln(d.w, strings.Join(append(d.pace(), d.figures()...), "  "))
		return
	}
	var b strings.Builder
	if d.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", d.drawn)
	}
	lines := []string{
		bar(d.fraction(), sparkWidth) + "  " + strings.Join(d.pace(), "  "),
		plot.Sparkline(d.returns, sparkWidth) + "  " + strings.Join(d.figures(), "  "),
	}
	for _, line := range lines {
		fmt.Fprintf(&b, "\r\x1b[K%s\n", cut(line, d.width))
	}
	d.drawn = len(lines)
	io.WriteString(d.w, b.String())
}

func (d *display) fraction() float64 {
	return min(1, float64(d.latest.Steps)/float64(d.latest.Total))
}

// pace is how far and how fast.
func (d *display) pace() []string {
	speed := d.values[record.TimeStepsPerSecond]
	pace := []string{
		fmt.Sprintf("%3.0f %%", 100*d.fraction()),
		fmt.Sprintf("%s/%s steps", thousands(d.latest.Steps), thousands(d.latest.Total)),
		fmt.Sprintf("%s steps/s", thousands(int(speed))),
	}
	if f := d.fraction(); f > 0 && f < 1 {
		pace = append(pace, seconds(d.latest.Seconds*(1-f)/f)+" left")
	}
	return pace
}

// figures are the numbers to watch, those that there are.
func (d *display) figures() []string {
	var figures []string
	for _, f := range []struct {
		metric, format string
		scale          float64
	}{
		{record.RolloutReturnMean, "return %.1f", 1},
		{record.EvalReturnMean, "evaluated %.1f", 1},
		{record.PolicyKL, "kl %.4f", 1},
		{record.PolicyClipFraction, "clipped %.0f %%", 100},
	} {
		if v, ok := d.values[f.metric]; ok && !math.IsNaN(v) {
			figures = append(figures, fmt.Sprintf(f.format, f.scale*v))
		}
	}
	return figures
}

// bar draws a fraction in eighths of a character.
func bar(fraction float64, width int) string {
	eighths := []rune(" ▏▎▍▌▋▊▉█")
	filled := int(math.Round(fraction * float64(8*width)))
	var b strings.Builder
	for i := range width {
		b.WriteRune(eighths[min(8, max(0, filled-8*i))])
	}
	return b.String()
}

// cut shortens a line to a width in characters, so that it does not wrap.
func cut(line string, width int) string {
	if r := []rune(line); len(r) > width && width > 0 {
		return string(r[:width])
	}
	return line
}
