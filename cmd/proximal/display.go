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
)

// How often the user sees something new.
const (
	screenPeriod = 100 * time.Millisecond // on a terminal
	linePeriod   = 5 * time.Second        // in a log
	listPeriod   = 30 * time.Second       // likewise, of the list below the figures
)

// sparkWidth is the largest width of bar and sparkline in characters.
const sparkWidth = 40

// view is what there is to see of one kind of run.
type view struct {
	speed, unit string   // metric, and what it counts per second
	curves      []string // metrics: the first that there is, its history is drawn
	figures     []figure // in their order, those that there are
}

// figure is a number to watch: a metric, how it is written, and the unit it is
// written in.
type figure struct {
	metric, format string
	scale          float64
}

// policyView is the view of a run that trains a policy.
var policyView = view{
	speed: record.TimeStepsPerSecond, unit: "steps",
	curves: []string{record.RolloutReturnMean},
	figures: []figure{
		{record.RolloutReturnMean, "return %.1f", 1},
		{record.EvalReturnMean, "evaluated %.1f", 1},
		{record.PolicyKL, "kl %.4f", 1},
		{record.PolicyClipFraction, "clipped %.0f %%", 100},
	},
}

// advance is how far a run is.
type advance struct {
	steps, total int
	seconds      float64
	row          *record.Row
	list         []string // lines to show below the figures
}

// display shows how training goes: a few lines that are drawn over on a
// terminal, plain lines every few seconds elsewhere.
type display struct {
	view
	w       io.Writer
	screen  bool
	width   int       // of the terminal
	shown   time.Time // when it last drew
	listed  time.Time // when it last wrote the list, in a log
	drawn   int       // lines on the screen that the next drawing covers
	latest  advance
	fresh   bool               // the list has not been written into the log
	values  map[string]float64 // latest of each metric
	history []float64          // of the curve
	now     func() time.Time
}

func newDisplay(w io.Writer, v view) *display {
	d := &display{view: v, w: w, values: map[string]float64{}, now: time.Now, width: 80}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
		d.screen = true
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			d.width = width
		}
	}
	d.shown = d.now()
	return d
}

// show takes in how far the run is after an update and draws if it is time.
func (d *display) show(a advance) {
	if d.fresh = d.fresh || a.list != nil; a.list == nil {
		a.list = d.latest.list // until there is another
	}
	d.latest = a
	for _, s := range a.row.Scalars {
		d.values[s.Name] = s.Value
	}
	for _, name := range d.curves {
		if value, ok := a.row.Value(name); ok {
			d.history = append(d.history, value)
			break
		}
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
	if d.latest.steps > 0 {
		d.draw()
		fmt.Fprintln(d.w)
	}
}

func (d *display) draw() {
	if !d.screen {
		fmt.Fprintln(d.w, strings.Join(append(d.pace(), d.numbers()...), "  "))
		d.log()
		return
	}
	var b strings.Builder
	if d.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", d.drawn)
	}
	drawing := sparkWidth
	if d.width > 0 {
		drawing = min(sparkWidth, max(10, d.width/3)) // leaves room for figures
	}
	lines := fill(bar(d.fraction(), drawing), d.pace(), d.width)
	lines = append(lines, fill(plot.Sparkline(d.history, drawing), d.numbers(), d.width)...)
	lines = append(lines, d.latest.list...)
	for len(lines) < d.drawn {
		lines = append(lines, "")
	}
	for _, line := range lines {
		fmt.Fprintf(&b, "\r\x1b[K%s\n", cut(line, d.width))
	}
	d.drawn = len(lines)
	io.WriteString(d.w, b.String())
}

// log writes the list into a log, if it is time.
func (d *display) log() {
	now := d.now()
	if !d.fresh || now.Sub(d.listed) < listPeriod {
		return
	}
	d.listed, d.fresh = now, false
	for _, line := range d.latest.list {
		fmt.Fprintln(d.w, line)
	}
}

func (d *display) fraction() float64 {
	return min(1, float64(d.latest.steps)/float64(d.latest.total))
}

// pace is how far and how fast.
func (d *display) pace() []string {
	pace := []string{
		fmt.Sprintf("%3.0f %%", 100*d.fraction()),
		fmt.Sprintf("%s/%s steps", thousands(d.latest.steps), thousands(d.latest.total)),
		fmt.Sprintf("%s %s/s", thousands(int(d.values[d.speed])), d.unit),
	}
	if f := d.fraction(); f > 0 && f < 1 {
		pace = append(pace, seconds(d.latest.seconds*(1-f)/f)+" left")
	}
	return pace
}

// numbers are the figures that there are.
func (d *display) numbers() (all []string) {
	for _, f := range d.figures {
		if v, ok := d.values[f.metric]; ok && !math.IsNaN(v) {
			all = append(all, fmt.Sprintf(f.format, f.scale*v))
		}
	}
	return all
}

// fill puts items after a drawing, as many on a line as there is room for.
func fill(drawing string, items []string, width int) (lines []string) {
	line := drawing
	for _, item := range items {
		if longer := line + "  " + item; width <= 0 || len([]rune(longer)) <= width {
			line = longer
			continue
		}
		lines, line = append(lines, line), item
	}
	return append(lines, line)
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
