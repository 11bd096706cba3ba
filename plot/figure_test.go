package plot_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/plot"
	"github.com/proximal-rl/proximal/record"
)

// run returns a learning curve of n points that ends near top; seed shifts it.
func run(n int, top, seed float64) plot.Series {
	s := plot.Series{Name: "seed " + strconv.FormatFloat(seed, 'g', -1, 64)}
	for i := range n {
		part := float64(i+1) / float64(n)
		s.X = append(s.X, part*50_000)
		s.Y = append(s.Y, top*part+seed)
	}
	return s
}

// sample has two groups of several runs, one of a single run, and a level.
func sample() plot.Figure {
	return plot.Figure{
		Title:  "CartPole-v1",
		XLabel: "environment steps",
		YLabel: "return",
		Groups: []plot.Group{
			{Name: "clip 0.2", Runs: []plot.Series{run(50, 480, 0), run(40, 480, 10), run(60, 480, 20)}},
			{Name: "clip 0.5", Runs: []plot.Series{run(50, 200, 0), run(50, 200, 5)}},
			{Name: "no clip", Runs: []plot.Series{run(50, 90, 0)}},
		},
		Levels: []plot.Level{{Name: "solved: 475", Y: 475}},
	}
}

func save(t *testing.T, f plot.Figure, name string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// drawing is what an SVG file consists of, y counted upwards.
type drawing struct {
	texts map[string][2]float64 // x, y of each text
	paths []svgPath
}

type svgPath struct {
	style  string
	points [][2]float64
}

// stroked returns the paths whose line has the given width and colour; a
// colour of "" is any.
func (d drawing) stroked(width, colour string) []svgPath {
	var found []svgPath
	for _, p := range d.paths {
		if strings.Contains(p.style+";", "stroke-width:"+width+";") && strings.Contains(p.style, "stroke:"+colour) {
			found = append(found, p)
		}
	}
	return found
}

var number = regexp.MustCompile(`-?[0-9.]+(?:e[-+]?[0-9]+)?`)

// parse reads an SVG file, which must be well-formed.
func parse(t *testing.T, svg []byte) drawing {
	t.Helper()
	d := drawing{texts: make(map[string][2]float64)}
	decoder := xml.NewDecoder(bytes.NewReader(svg))
	var at [2]float64
	inText := false
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return d
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			inText = token.Name.Local == "text"
			var p svgPath
			for _, a := range token.Attr {
				switch a.Name.Local {
				case "x":
					at[0] = parseNumber(t, a.Value)
				case "y":
					at[1] = -parseNumber(t, a.Value)
				case "style":
					p.style = a.Value
				case "d":
					all := number.FindAllString(a.Value, -1)
					for i := 0; i+1 < len(all); i += 2 {
						p.points = append(p.points, [2]float64{parseNumber(t, all[i]), parseNumber(t, all[i+1])})
					}
				}
			}
			if token.Name.Local == "path" {
				d.paths = append(d.paths, p)
			}
		case xml.CharData:
			if inText {
				d.texts[string(token)] = at
			}
		case xml.EndElement:
			inText = false
		}
	}
}

func parseNumber(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSVGShowsEverything(t *testing.T) {
	d := parse(t, save(t, sample(), "curve.svg"))
	for _, want := range []string{
		"CartPole-v1", "environment steps", "return", // what the axes are
		"0", "10k", "50k", "100", "500", // how much
		"clip 0.2 (3 runs)", "clip 0.5 (2 runs)", "no clip", "solved: 475", "line: mean, shaded: min–max",
	} {
		if _, ok := d.texts[want]; !ok {
			t.Errorf("no text %q in %v", want, d.texts)
		}
	}
	for _, c := range []struct {
		what, width, colour string
		want                int
	}{
		{"strong lines", "1.8", "#", 3},
		{"strong blue lines", "1.8", "#0072B2", 1},
		{"thin lines", "0.6", "#", 5}, // one run alone has none
	} {
		if got := len(d.stroked(c.width, c.colour)); got != c.want {
			t.Errorf("%d %s, want %d", got, c.what, c.want)
		}
	}
	bands := 0
	for _, p := range d.paths {
		if strings.Contains(p.style, "fill-opacity:0.14") && len(p.points) > 4 {
			bands++
		}
	}
	if bands != 2 {
		t.Errorf("%d bands, want 2", bands)
	}
}

func TestLegendStandsAboveTheData(t *testing.T) {
	f := sample()
	for range 40 {
		f.Groups = append(f.Groups, plot.Group{Name: "one of many settings", Runs: []plot.Series{run(5, 480, 20)}})
	}
	d := parse(t, save(t, f, "curve.svg"))
	top := 0.0
	lines := append(d.stroked("1.8", ""), d.stroked("0.6", "")...)
	for _, p := range lines {
		for _, point := range p.points {
			top = max(top, point[1])
		}
	}
	if len(lines) < 45 || top == 0 {
		t.Fatalf("%d lines, top %v", len(lines), top)
	}
	for text, at := range d.texts {
		if strings.Contains(text, "clip") || strings.Contains(text, "setting") {
			if at[1] <= top {
				t.Errorf("%q at height %v is not above the data, which reach %v", text, at[1], top)
			}
		}
	}
}

func TestLevelIsDashedAtItsValue(t *testing.T) {
	d := parse(t, save(t, sample(), "curve.svg"))
	low, high := d.texts["100"][1], d.texts["500"][1]
	want := low + (475-100)*(high-low)/(500-100)
	var found []svgPath
	for _, p := range d.paths {
		if strings.Contains(p.style, "stroke-dasharray:4,3") && p.points[1][0]-p.points[0][0] > 300 {
			found = append(found, p)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d dashed lines across the data, want 1", len(found))
	}
	const baseline = 3.5 // numbers stand that much below their grid line
	for _, p := range found[0].points {
		if math.Abs(p[1]-baseline-want) > 0.1 {
			t.Errorf("the level lies at %v, want %v", p[1]-baseline, want)
		}
	}
}

func TestPNGIsTwiceAsLarge(t *testing.T) {
	img, err := png.Decode(bytes.NewReader(save(t, sample(), "curve.PNG")))
	if err != nil {
		t.Fatal(err)
	}
	if w := img.Bounds().Dx(); w < 1700 || w > 1710 {
		t.Errorf("width %d, want twice 853", w)
	}
	blue := color.NRGBA{0x00, 0x72, 0xb2, 0xff}
	pixels := 0
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if color.NRGBAModel.Convert(img.At(x, y)) == blue {
				pixels++
			}
		}
	}
	if pixels < 2000 {
		t.Errorf("%d pixels of the first group's colour", pixels)
	}
	if corner := color.NRGBAModel.Convert(img.At(0, 0)); corner != (color.NRGBA{255, 255, 255, 255}) {
		t.Errorf("the paper is %v", corner)
	}
}

func TestEqualFiguresGiveEqualFiles(t *testing.T) {
	names := []string{"curve.svg", "curve.png"}
	if testing.Short() {
		names = names[:1] // pixels take long under the race detector
	}
	for _, name := range names {
		want := save(t, sample(), name)
		results := make(chan []byte)
		for range 2 {
			go func() { results <- save(t, sample(), name) }()
		}
		for range 2 {
			if !bytes.Equal(<-results, want) {
				t.Errorf("%s differs from run to run", name)
			}
		}
	}
}

func TestSaveReplacesTheFileAndOnlyThat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "curve.svg")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := plot.Figure{}
	if err := empty.Save(path); err == nil {
		t.Error("an empty figure was saved")
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "old" {
		t.Errorf("after an error the file holds %q, %v", data, err)
	}
	if err := sample().Save(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(data, []byte("</svg>")) {
		t.Errorf("the file was not replaced: %v", err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("something else was left: %v, %v", entries, err)
	}
	missing := filepath.Join(filepath.Dir(path), "missing", "curve.svg")
	if err := sample().Save(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that does not exist: %v", err)
	}
	if err := os.MkdirAll(filepath.Join(missing, "inside"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := sample().Save(missing); err == nil {
		t.Error("a folder was replaced by a figure")
	}
	if entries, err := os.ReadDir(filepath.Dir(missing)); err != nil || len(entries) != 1 {
		t.Errorf("a failed rename left %v, %v", entries, err)
	}
}

func TestSaveSaysWhatIsWrong(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	one := func(runs ...plot.Series) plot.Figure {
		return plot.Figure{Groups: []plot.Group{{Name: "PPO", Runs: runs}}}
	}
	good := plot.Series{Name: "seed 1", X: []float64{0, 1}, Y: []float64{1, 2}}
	for _, c := range []struct {
		name   string
		figure plot.Figure
		want   string
	}{
		{"a.pdf", one(good), `extension ".pdf" is neither .png nor .svg`},
		{"a", one(good), `extension "" is neither .png nor .svg`},
		{"a.png", plot.Figure{Title: "x"}, "no group"},
		{"a.png", one(), `group "PPO": no run`},
		{"a.png", one(good, plot.Series{Name: "seed 2"}), `group "PPO": run "seed 2": no finite value`},
		{"a.svg", one(plot.Series{Name: "seed 3", X: []float64{1, 2, inf}, Y: []float64{nan, inf, 3}}),
			`run "seed 3": no finite value`},
		{"a.svg", one(plot.Series{Name: "seed 4", X: []float64{1, 3, 2}, Y: []float64{1, 1, 1}}),
			`run "seed 4": x goes back from 3 to 2`},
		{"a.svg", one(good, plot.Series{Name: "seed 5", X: []float64{5, 6}, Y: []float64{1, 1}}),
			`group "PPO": its runs share no range of x`},
		{"a.svg", plot.Figure{Groups: one(good).Groups, Levels: []plot.Level{{Name: "solved", Y: nan}}},
			`level "solved" lies at NaN`},
	} {
		path := filepath.Join(t.TempDir(), c.name)
		err := c.figure.Save(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("error %v does not say %q and name the file", err, c.want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: a file was written despite the error", c.want)
		}
	}
}

func TestSavePanicsOnUnequalLengths(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	f := plot.Figure{Groups: []plot.Group{{Runs: []plot.Series{{X: []float64{1, 2}, Y: []float64{1}}}}}}
	f.Save(filepath.Join(t.TempDir(), "a.svg"))
}

func TestDifficultFiguresCanBeDrawn(t *testing.T) {
	point := plot.Series{X: []float64{7}, Y: []float64{7}}
	nan := math.NaN()
	for name, s := range map[string]plot.Series{
		"one point":         point,
		"a level line":      {X: []float64{0, 1}, Y: []float64{3, 3}},
		"zeros":             {X: []float64{0, 0}, Y: []float64{0, 0}},
		"gaps":              {X: []float64{0, 1, 2, nan, 4}, Y: []float64{nan, 1, nan, 4, 2}},
		"enormous":          {X: []float64{0, 1e300}, Y: []float64{-1e300, 1e300}},
		"tiny":              {X: []float64{0, 5e-324}, Y: []float64{5e-324, 1e-300}},
		"hardly any change": {X: []float64{1e15, 1e15 + 1}, Y: []float64{1, math.Nextafter(1, 2)}},
	} {
		for _, runs := range [][]plot.Series{{s}, {s, s}} {
			f := plot.Figure{Groups: []plot.Group{{Runs: runs}}}
			svg := save(t, f, "curve.svg")
			if bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
				t.Errorf("%s, %d runs: the file holds a number that is none", name, len(runs))
			}
			parse(t, svg)
		}
	}
}

func TestHostileTextIsHarmless(t *testing.T) {
	f := sample()
	f.Title = "<&>\"\x00\n\xff" + strings.Repeat("long ", 100)
	f.Groups[0].Name = strings.Repeat("name", 50)
	d := parse(t, save(t, f, "curve.svg"))
	short := 0
	for text, at := range d.texts {
		if strings.HasSuffix(text, "…") {
			short++
		}
		if at[0] < 0 || at[0] > 640 {
			t.Errorf("%q begins at %v", text, at)
		}
	}
	if short != 2 {
		t.Errorf("%d texts were cut short, want 2: %v", short, d.texts)
	}
}

func TestOfMetric(t *testing.T) {
	for name, want := range map[string]string{
		record.PolicyKL:        "policy/kl (nats)",
		record.PolicyRatioMean: "policy/ratio_mean", // a pure number has no unit to show
	} {
		metric, err := record.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		if f := plot.OfMetric(metric); f.YLabel != want || f.XLabel == "" || f.Levels != nil {
			t.Errorf("OfMetric(%s) = %+v, want label %q", name, f, want)
		}
	}
}
