package explain_test

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/proximal-rl/proximal/explain"
	"github.com/proximal-rl/proximal/objective"
)

//go:embed testdata/visitor.js
var visitor []byte

// view is what the visitor sees of the page at one moment.
type view struct {
	Words, Case, Objective, Gradient, Label string
	Rows                                    [][]string
	Current                                 int
	Settings                                map[string]float64
}

// visit is what the visitor sees in all.
type visit struct {
	Narrow, Dark                                                    bool
	Width, Headless                                                 int
	Start, Moved, Bad, Zero, DualOn, DualOff, Invalid, Typed, Reset view
	Problem, Marked                                                 string
	Unnamed, Outlines, Faint                                        []string
	Variants                                                        map[string]view
}

// browser returns the path of a headless browser, or skips the test.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium or Chrome found: the page is not tried in a browser")
	return ""
}

// stay opens the page with the visitor in it, and returns what it saw.
func stay(t *testing.T, flags ...string) visit {
	t.Helper()
	path := browser(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "clip.html")
	script := slices.Concat([]byte("<script>"), visitor, []byte("</script></body>"))
	page := bytes.Replace(explain.Page(), []byte("</body>"), script, 1)
	if err := os.WriteFile(file, page, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	arguments := append([]string{
		"--headless", "--no-sandbox", "--disable-dev-shm-usage", // as containers need it, and the page is ours
		"--disable-gpu", "--enable-logging=stderr", "--user-data-dir=" + filepath.Join(dir, "profile"),
		"--virtual-time-budget=5000", "--dump-dom",
	}, flags...)
	address := filepath.ToSlash(file)
	if !strings.HasPrefix(address, "/") { // C:/…
		address = "/" + address
	}
	command := exec.CommandContext(ctx, path, append(arguments, "file://"+address)...)
	var printed, logged bytes.Buffer
	command.Stdout, command.Stderr = &printed, &logged
	if err := command.Run(); err != nil {
		t.Fatalf("%v\n%s", err, logged.String())
	}
	for line := range strings.Lines(logged.String()) {
		if strings.Contains(line, "CONSOLE") {
			t.Errorf("the console says: %s", line)
		}
	}
	report := regexp.MustCompile(`(?s)<pre id="report">(.*?)</pre>`).FindSubmatch(printed.Bytes())
	if report == nil {
		t.Fatalf("the visitor left no report\n%s", logged.String())
	}
	var seen visit
	if err := json.Unmarshal([]byte(html.UnescapeString(string(report[1]))), &seen); err != nil {
		t.Fatal(err)
	}
	return seen
}

// table returns the cells that the page is to show for a sample.
func table(t *testing.T, ratio, advantage float64, s objective.Settings) [][]string {
	t.Helper()
	ratios := append(explain.Ratios(advantage, s), ratio)
	slices.Sort(ratios)
	rows, err := explain.Table(slices.Compact(ratios), advantage, s)
	if err != nil {
		t.Fatal(err)
	}
	var cells [][]string
	for _, r := range rows {
		line := []string{}
		for _, v := range []float64{r.Ratio, r.Unclipped, r.Clip, r.Clipped, r.Objective, r.Gradient} {
			line = append(line, strconv.FormatFloat(v+0, 'g', 6, 64)) // +0: no −0
		}
		cells = append(cells, append(line, string(r.Case)))
	}
	return cells
}

func TestPageInABrowser(t *testing.T) {
	seen := stay(t, "--window-size=1200,900")
	s := objective.DefaultSettings()
	dual, wide := s, s
	dual.Dual, wide.Low = 1.1, 0.35
	for _, c := range []struct {
		what             string
		at               view
		ratio, advantage float64
		s                objective.Settings
		words            string
	}{
		{"at first", seen.Start, 1.5, 1, s, "no gradient"},
		{"after a step of the ratio", seen.Moved, 0.9, 1, s, "The sample has a gradient, 1: "},
		{"with a negative advantage", seen.Bad, 0.9, -1, s, "less likely"},
		{"without an advantage", seen.Zero, 0.9, 0, s, "No advantage."},
		{"with the dual clip", seen.DualOn, 0.9, -1, dual, "less likely"},
		{"without it again", seen.DualOff, 0.9, -1, s, "less likely"},
		{"after a wrong number", seen.Invalid, 0.9, -1, s, "less likely"},
		{"after a number", seen.Typed, 0.9, -1, wide, "less likely"},
		{"reset", seen.Reset, 1.5, 1, s, "picked the clipped term"},
	} {
		if diff := cmp.Diff(table(t, c.ratio, c.advantage, c.s), c.at.Rows); diff != "" {
			t.Errorf("the table %s (-want +got):\n%s", c.what, diff)
		}
		if !strings.Contains(c.at.Words, c.words) || c.at.Current != 1 {
			t.Errorf("%s, %d rows are marked, and the page says %q", c.what, c.at.Current, c.at.Words)
		}
	}
	if seen.Bad.Objective == seen.Moved.Objective || seen.Bad.Gradient == seen.Moved.Gradient {
		t.Error("the curves did not follow the advantage")
	}
	if seen.Typed.Objective == seen.Invalid.Objective || seen.Start.Label == seen.Moved.Label {
		t.Error("the curves or their labels did not follow the range and the ratio")
	}
	if seen.Start.Objective != seen.Reset.Objective {
		t.Error("the reset did not restore the curve")
	}
	if seen.Marked != "true" || seen.Problem != "must be a number from 0.01 to 0.99" {
		t.Errorf("a wrong number is marked %q and answered %q", seen.Marked, seen.Problem)
	}
	for name, at := range seen.Variants {
		if at.Objective == "" || strings.Contains(at.Objective+at.Gradient, "NaN") || len(at.Rows) < 7 {
			t.Errorf("%s is drawn as %.60s and %.60s", name, at.Objective, at.Gradient)
		}
	}
	if len(seen.Variants) < 5 {
		t.Errorf("%d surrogates to choose from", len(seen.Variants))
	}
}

func TestPageIsForEverybody(t *testing.T) {
	for _, c := range []struct {
		name  string
		flags []string
		dark  bool
		most  int // pixels of width
	}{
		{"light", []string{"--window-size=1200,900", "--blink-settings=preferredColorScheme=1"}, false, 1200},
		{"dark", []string{"--window-size=1200,900", "--blink-settings=preferredColorScheme=0"}, true, 1200},
		{"narrow", []string{"--window-size=360,800"}, false, 520}, // some builds have no narrower window
	} {
		t.Run(c.name, func(t *testing.T) {
			seen := stay(t, c.flags...)
			if c.name != "narrow" && seen.Dark != c.dark {
				t.Errorf("the page is dark: %v", seen.Dark)
			}
			if !seen.Narrow || seen.Width > c.most {
				t.Errorf("in %d pixels the page fits: %v", seen.Width, seen.Narrow)
			}
			if len(seen.Unnamed) > 0 || seen.Headless > 0 {
				t.Errorf("without a name are %q, and %d heads have no scope", seen.Unnamed, seen.Headless)
			}
			if len(seen.Faint) > 0 {
				t.Errorf("contrast below 4.5: %q", seen.Faint)
			}
			if len(seen.Outlines) > 0 {
				t.Errorf("the focus cannot be seen on %q", seen.Outlines)
			}
		})
	}
}
