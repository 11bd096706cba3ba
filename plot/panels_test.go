package plot_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/proximal-rl/proximal/plot"
)

// clipped has two panels of the same two lines, with the clip range marked.
func clipped() plot.Panels {
	edges := []plot.Vertical{{Name: "1−ε", X: 0.8}, {Name: "1+ε", X: 1.2}}
	return plot.Panels{
		Title: "the clip",
		Panels: []plot.Panel{
			{Title: "A > 0", XLabel: "ratio", YLabel: "objective", Verticals: edges, Lines: []plot.Line{
				{Name: "unclipped", X: []float64{0, 2}, Y: []float64{0, 2}, Dashed: true},
				{Name: "clipped", X: []float64{0, 1.2, 2}, Y: []float64{0, 1.2, 1.2}, Strong: true},
			}},
			{Title: "A < 0", XLabel: "ratio", YLabel: "objective", Verticals: edges, Lines: []plot.Line{
				{Name: "unclipped", X: []float64{0, 2}, Y: []float64{0, -2}, Dashed: true},
				{Name: "clipped", X: []float64{0, 0.8, 2}, Y: []float64{-0.8, -0.8, -2}, Strong: true},
			}},
		},
	}
}

func savePanels(t *testing.T, p plot.Panels, name string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// sheetOf is a sheet of one panel.
func sheetOf(p plot.Panel) plot.Panels { return plot.Panels{Panels: []plot.Panel{p}} }

func TestPanelsShowEverythingAndNameItOnce(t *testing.T) {
	svg := savePanels(t, clipped(), "clip.svg")
	for text, want := range map[string]int{
		"the clip": 1, "A &gt; 0": 1, "A &lt; 0": 1, "ratio": 2, "objective": 2,
		"1−ε": 2, "1+ε": 2, "unclipped": 1, "clipped": 1,
	} {
		if got := bytes.Count(svg, []byte(">"+text+"<")); got != want {
			t.Errorf("%q stands there %d times, want %d", text, got, want)
		}
	}
	d := parse(t, svg)
	for _, c := range []struct{ what, width, colour, dashes string }{
		{"dashed blue line", "1.4", "#0072B2", "5,3"},
		{"strong solid line", "2.4", "#D55E00", ""},
	} {
		found := d.stroked(c.width, c.colour)
		if len(found) != 3 { // one in each panel and the legend's
			t.Fatalf("%d of the %s, want 3", len(found), c.what)
		}
		for _, p := range found {
			if dashed := strings.Contains(p.style, "stroke-dasharray"); dashed != (c.dashes != "") ||
				(dashed && !strings.Contains(p.style, "stroke-dasharray:"+c.dashes)) {
				t.Errorf("the %s has style %s", c.what, p.style)
			}
		}
	}
}

func TestVerticalsStandAtTheirPlaceUnderTheirNames(t *testing.T) {
	p := clipped()
	p.Panels = p.Panels[:1]
	d := parse(t, savePanels(t, p, "clip.svg"))
	line := d.stroked("2.4", "#D55E00")[0].points // from 0 by 1.2 to 2
	for i, want := range []float64{0.8, 1.2} {
		upright := d.stroked("0.9", "#")[i].points
		x := line[0][0] + (line[2][0]-line[0][0])*want/2
		if math.Abs(upright[0][0]-x) > 0.01 || math.Abs(upright[1][0]-x) > 0.01 {
			t.Errorf("the line of %v goes from %v to %v, want x = %v", want, upright[0], upright[1], x)
		}
		name := d.texts[p.Panels[0].Verticals[i].Name]
		if top := max(upright[0][1], upright[1][1]); name[1] < top || name[0] > x || name[0] < x-20 {
			t.Errorf("the name of %v begins at %v, want over %v, %v", want, name, x, top)
		}
	}
}

func TestNamesOfNearVerticalsDoNotTouch(t *testing.T) {
	p := clipped()
	p.Panels = p.Panels[:1]
	p.Panels[0].Verticals = []plot.Vertical{{Name: "right", X: 1.001}, {Name: "left", X: 1}}
	d := parse(t, savePanels(t, p, "clip.svg"))
	const width = 15 // "left" in points, about
	if d.texts["right"][0] < d.texts["left"][0]+width {
		t.Errorf("names begin at %v and %v", d.texts["left"], d.texts["right"])
	}
}

func TestJumpsAndGaps(t *testing.T) {
	nan := math.NaN()
	d := parse(t, savePanels(t, sheetOf(plot.Panel{Lines: []plot.Line{
		{Name: "gap", X: []float64{0, 1, 1, 1, 2}, Y: []float64{1, 1, nan, 0, 0}},
		{Name: "jump", X: []float64{0, 1, 1, 2}, Y: []float64{1, 1, 0, 0}},
	}}), "jump.svg"))
	gap, jump := d.stroked("1.4", "#0072B2"), d.stroked("1.4", "#D55E00")
	if len(gap) != 3 || len(gap[0].points) != 2 || len(gap[1].points) != 2 {
		t.Fatalf("the line with a gap is %v", gap)
	}
	if gap[0].points[1][0] != gap[1].points[0][0] || gap[0].points[1][1] <= gap[1].points[0][1] {
		t.Errorf("it goes from %v to %v", gap[0].points, gap[1].points)
	}
	if len(jump) != 2 || len(jump[0].points) != 4 || jump[0].points[1][0] != jump[0].points[2][0] {
		t.Errorf("the line with a jump is %v", jump)
	}
}

func TestRangeCutsOff(t *testing.T) {
	line := plot.Line{Name: "wave"}
	for i := range 200 {
		x := float64(i) / 10
		line.X, line.Y = append(line.X, x), append(line.Y, 3*math.Sin(x))
		line.Lower, line.Upper = append(line.Lower, line.Y[i]-1), append(line.Upper, line.Y[i]+1)
	}
	d := parse(t, savePanels(t, sheetOf(plot.Panel{
		Lines: []plot.Line{line}, X: plot.Range{Low: 2, High: 12}, Y: plot.Range{Low: -2, High: 2},
	}), "range.svg"))
	if _, ok := d.texts["−3"]; ok {
		t.Error("the axis reaches beyond its range")
	}
	low, high := d.texts["−2"][1]+3.5, d.texts["2"][1]+3.5 // numbers stand that much below their grid line
	parts := d.stroked("1.4", "#0072B2")
	if len(parts) < 5 {
		t.Errorf("%d parts of the wave", len(parts))
	}
	for _, p := range parts[:len(parts)-1] { // the last is the legend's
		for _, at := range p.points {
			if at[1] < low-0.1 || at[1] > high+0.1 || at[0] < 0 || at[0] > 640 {
				t.Errorf("a point lies at %v, outside %v to %v", at, low, high)
			}
		}
	}
}

func TestPointsOfSeveralLinesStandSideBySide(t *testing.T) {
	level := func(y float64) []float64 { return []float64{y, y} }
	p := plot.Panel{Categories: []string{"0.1", "0.2"}}
	for i, name := range []string{"a", "b", "c"} {
		y := float64(i)
		p.Lines = append(p.Lines, plot.Line{
			Name: name, Points: true, X: []float64{0, 1}, Y: level(y), Lower: level(y - 1), Upper: level(y + 1),
		})
	}
	d := parse(t, savePanels(t, sheetOf(p), "points.svg"))
	seen := map[float64]bool{}
	for _, bar := range d.stroked("1.2", "#") {
		if bar.points[0][0] == bar.points[1][0] {
			seen[bar.points[0][0]] = true
		}
	}
	if len(seen) != 6 {
		t.Errorf("upright bars at %v, want six places", seen)
	}
	if a, b := d.texts["0.1"], d.texts["0.2"]; a[1] != b[1] || a[0] >= b[0] {
		t.Errorf("categories at %v and %v", a, b)
	}
}

func TestPointsStandOverTheirOwnCategories(t *testing.T) {
	p := plot.Panel{Categories: []string{"aaaa", "bbbb", "cccc"}}
	for i, name := range p.Categories {
		one := []float64{float64(i)}
		p.Lines = append(p.Lines, plot.Line{Name: name + "!", Points: true, X: one, Y: one, Lower: one, Upper: []float64{5}})
	}
	d := parse(t, savePanels(t, sheetOf(p), "points.svg"))
	var at []float64
	for _, bar := range d.stroked("1.2", "#") {
		if bar.points[0][0] == bar.points[1][0] && bar.points[0][1] != bar.points[1][1] {
			at = append(at, bar.points[0][0])
		}
	}
	if len(at) != 3 {
		t.Fatalf("upright bars at %v, want three", at)
	}
	for i, name := range p.Categories {
		const half = 12 // of a label of four letters, in points, about
		if begin := d.texts[name][0]; at[i] < begin+half-3 || at[i] > begin+half+3 {
			t.Errorf("the bar of %q stands at %v, its label begins at %v", name, at[i], begin)
		}
	}
}

func TestLogarithmicAxis(t *testing.T) {
	d := parse(t, savePanels(t, sheetOf(plot.Panel{LogX: true, LogY: true, Lines: []plot.Line{
		{X: []float64{1, 10, 1000}, Y: []float64{1, 1000, 10}},
	}}), "log.svg"))
	line := d.stroked("1.4", "#0072B2")[0].points
	for axis, want := range []float64{1. / 3, 3} {
		if got := (line[1][axis] - line[0][axis]) / (line[2][axis] - line[0][axis]); math.Abs(got/want-1) > 0.001 {
			t.Errorf("the steps of axis %d are %v to 1 in size, their logarithms %v", axis, got, want)
		}
	}
	for _, want := range []string{"1", "10", "100"} {
		if _, ok := d.texts[want]; !ok {
			t.Errorf("no number %s in %v", want, d.texts)
		}
	}
}

func TestBarsReachFromZero(t *testing.T) {
	d := parse(t, savePanels(t, sheetOf(plot.Panel{Bars: []plot.Bars{
		{Name: "ratios", Edges: []float64{0, 1, 2, 3}, Heights: []float64{2, 4, 1}},
	}}), "bars.svg"))
	outline := d.stroked("1.2", "#0072B2")[0].points
	if len(outline) != 8 {
		t.Fatalf("the outline is %v", outline)
	}
	foot := outline[0][1]
	for i, want := range []float64{0, 2, 2, 4, 4, 1, 1, 0} {
		unit := (outline[1][1] - foot) / 2
		if got := (outline[i][1] - foot) / unit; math.Abs(got-want) > 0.01 {
			t.Errorf("corner %d is %v high, want %v", i, got, want)
		}
	}
	if zero := d.texts["0"]; zero == ([2]float64{}) {
		t.Error("the axis does not name 0")
	}
}

func TestManyLinesDiffer(t *testing.T) {
	p := plot.Panel{}
	for i := range 21 {
		p.Lines = append(p.Lines, plot.Line{
			Name: fmt.Sprint("line ", i), X: []float64{0, 1}, Y: []float64{0, float64(i)}, Dashed: i == 0,
		})
	}
	d := parse(t, savePanels(t, sheetOf(p), "many.svg"))
	styles := map[string]int{}
	for _, line := range d.stroked("1.4", "#") {
		styles[line.style]++
	}
	if len(styles) != 21 {
		t.Errorf("%d styles of 21 lines", len(styles))
	}
	lowest := math.Inf(1)
	for text, at := range d.texts {
		if strings.HasPrefix(text, "line ") {
			lowest = min(lowest, at[1])
			if at[1] > d.texts["0"][1] {
				t.Errorf("%q stands beside the data, at %v", text, at)
			}
			if at[0] > 600 {
				t.Errorf("%q begins at %v, outside the paper", text, at)
			}
		}
	}
}

func TestPanelsStandInRowsAndColumns(t *testing.T) {
	p := plot.Panels{Columns: 2}
	for i := range 5 {
		p.Panels = append(p.Panels, plot.Panel{
			Title: fmt.Sprint("panel ", i), Lines: []plot.Line{{X: []float64{0, 1}, Y: []float64{0, math.Pow10(i)}}},
		})
	}
	d := parse(t, savePanels(t, p, "grid.svg"))
	at := func(i int) [2]float64 { return d.texts[fmt.Sprint("panel ", i)] }
	for i := range 4 {
		if beside := at(i)[1] == at(i + 1)[1]; beside != (i%2 == 0) {
			t.Errorf("panels %d and %d at %v and %v", i, i+1, at(i), at(i+1))
		}
		if i < 3 && (at(i)[0] != at(i + 2)[0] || at(i)[1] <= at(i + 2)[1]) {
			t.Errorf("panel %d at %v, panel %d at %v", i, at(i), i+2, at(i+2))
		}
	}
}

func TestNoMorePanelsBesideEachOtherThanFit(t *testing.T) {
	p := plot.Panels{}
	for i := range 9 {
		p.Panels = append(p.Panels, plot.Panel{
			Title: fmt.Sprint("panel ", i), Lines: []plot.Line{{X: []float64{0, 1}, Y: []float64{0, 1e-5}}},
		})
	}
	heights := map[float64]int{}
	for text, at := range parse(t, savePanels(t, p, "grid.svg")).texts {
		if strings.HasPrefix(text, "panel ") {
			heights[at[1]]++
		}
	}
	if len(heights) != 3 {
		t.Errorf("%d rows of nine panels: %v", len(heights), heights)
	}
}

func TestEqualPanelsGiveEqualFiles(t *testing.T) {
	names := []string{"clip.svg", "clip.png"}
	if testing.Short() {
		names = names[:1] // pixels take long under the race detector
	}
	for _, name := range names {
		want := savePanels(t, clipped(), name)
		results := make(chan []byte)
		for range 2 {
			go func() { results <- savePanels(t, clipped(), name) }()
		}
		for range 2 {
			if !bytes.Equal(<-results, want) {
				t.Errorf("%s differs from time to time", name)
			}
		}
	}
}

func TestSavePanelsSaysWhatIsWrong(t *testing.T) {
	nan := math.NaN()
	good := plot.Line{Name: "PPO", X: []float64{0, 1}, Y: []float64{1, 2}}
	with := func(change func(*plot.Panel)) plot.Panels {
		p := plot.Panel{Title: "top", Lines: []plot.Line{good}}
		change(&p)
		return sheetOf(p)
	}
	for want, p := range map[string]plot.Panels{
		"no panel":                         {},
		`panel "x": no line and no bar`:    sheetOf(plot.Panel{Title: "x"}),
		`line "SAC": no finite value`:      with(func(p *plot.Panel) { p.Lines[0] = plot.Line{Name: "SAC", X: []float64{1}, Y: []float64{nan}} }),
		`level "solved" lies at NaN`:       with(func(p *plot.Panel) { p.Levels = []plot.Level{{Name: "solved", Y: nan}} }),
		`vertical "edge" lies at NaN`:      with(func(p *plot.Panel) { p.Verticals = []plot.Vertical{{Name: "edge", X: nan}} }),
		"range of x: from 2 to 1":          with(func(p *plot.Panel) { p.X = plot.Range{Low: 2, High: 1} }),
		"range of y: from 0 has no place":  with(func(p *plot.Panel) { p.LogY, p.Y = true, plot.Range{High: 1} }),
		"x reaches 0, which has no place":  with(func(p *plot.Panel) { p.LogX = true }),
		"y reaches -1, which has no place": with(func(p *plot.Panel) { p.LogY, p.Levels = true, []plot.Level{{Y: -1}} }),
		`bars "h": no bar`:                 with(func(p *plot.Panel) { p.Bars = []plot.Bars{{Name: "h"}} }),
		`bars "h": edge 1 is 0`:            with(func(p *plot.Panel) { p.Bars = []plot.Bars{{Name: "h", Edges: []float64{0, 0}, Heights: []float64{1}}} }),
		`bars "h": height 0 is NaN`: with(func(p *plot.Panel) {
			p.Bars = []plot.Bars{{Name: "h", Edges: []float64{0, 1}, Heights: []float64{nan}}}
		}),
	} {
		path := filepath.Join(t.TempDir(), "a.svg")
		err := p.Save(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("error %v does not say %q and name the file", err, want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: a file was written despite the error", want)
		}
	}
}

func TestSavePanelsPanicsOnMisuse(t *testing.T) {
	one, two := []float64{1}, []float64{1, 2}
	good := plot.Panel{Lines: []plot.Line{{X: one, Y: one}}}
	for name, p := range map[string]plot.Panels{
		"X and Y":        sheetOf(plot.Panel{Lines: []plot.Line{{X: one, Y: two}}}),
		"only Lower":     sheetOf(plot.Panel{Lines: []plot.Line{{X: one, Y: one, Lower: one}}}),
		"Lower, Upper":   sheetOf(plot.Panel{Lines: []plot.Line{{X: one, Y: one, Lower: one, Upper: two}}}),
		"too few edges":  sheetOf(plot.Panel{Bars: []plot.Bars{{Edges: one, Heights: one}}}),
		"minus a column": {Columns: -1, Panels: []plot.Panel{good}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			p.Save(filepath.Join(t.TempDir(), "a.svg"))
		})
	}
}

// Whatever the data, nothing is drawn outside the paper.
func TestAnyPanelsCanBeDrawn(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-3, 3), rapid.Just(math.NaN()), rapid.Just(math.Inf(1)))
		n := rapid.IntRange(1, 6).Draw(rt, "points")
		draw := func(name string) []float64 { return rapid.SliceOfN(value, n, n).Draw(rt, name) }
		line := plot.Line{Name: "any", X: draw("x"), Y: draw("y"), Lower: draw("lower"), Upper: draw("upper")}
		line.X[0], line.Y[0] = 1, 2
		line.Points = rapid.Bool().Draw(rt, "dots")
		panel := plot.Panel{Lines: []plot.Line{line}}
		if rapid.Bool().Draw(rt, "ranged") {
			panel.X, panel.Y = plot.Range{Low: 0.5, High: 1.5}, plot.Range{Low: -1, High: 1}
		}
		path := filepath.Join(dir, "any.svg")
		if err := sheetOf(panel).Save(path); err != nil {
			rt.Fatal(err)
		}
		svg, err := os.ReadFile(path)
		if err != nil {
			rt.Fatal(err)
		}
		for _, p := range parse(t, svg).paths {
			for _, at := range p.points {
				if !(at[0] >= -1 && at[0] <= 641 && at[1] >= -1 && at[1] <= 641) {
					rt.Fatalf("a point at %v", at)
				}
			}
		}
	})
}
