package study

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/train"
)

// The names of what a sweep keeps, besides what every run folder has.
const (
	SweepFile   = "sweep.toml"   // in the sweep's folder: what it consists of
	FailureFile = "failure.json" // in a run folder, in place of summary.json: why there is none
	OriginFile  = "origin.json"  // in a run folder: the variant, and what it started from

	// unfinished is in the name of the folder of a run that is under way. Only
	// a sweep makes such folders, so it may remove them.
	unfinished = ".unfinished-"
)

// Failure is why a run has no result. The zero value is no failure. It is plain
// data.
type Failure struct {
	Error string `json:"error"`
	Steps int64  `json:"steps"` // environment steps before it
}

// origin is where a run comes from.
type origin struct {
	Variant string `json:"variant"`
	From    string `json:"from,omitempty"` // variant whose policy it started from
}

// Prepare looks at the folder of the sweep: which runs are there already, each
// of which must be the one that would be run, and which were cut short and are
// to be run again. Only then it makes the folder and writes the description of
// the sweep into it. No finished run is touched. The error says what is in the
// way; nothing has been changed then.
func (p *Plan) Prepare() error {
	if err := p.checkFolder(); err != nil {
		return err
	}
	var problems []error
	for _, c := range p.Cells {
		var err error
		if c.finished, err = c.look(); err != nil {
			problems = append(problems, err)
		}
	}
	if len(problems) > 0 {
		return few(problems)
	}
	text, err := p.Sweep.Encode()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(p.Dir, 0o777); err != nil {
		return fmt.Errorf("make folder of the sweep: %w", err)
	}
	if err := os.WriteFile(filepath.Join(p.Dir, SweepFile), text, 0o666); err != nil {
		return fmt.Errorf("write sweep: %w", err)
	}
	return nil
}

// checkFolder makes sure that the folder is new, empty, or a sweep's.
func (p *Plan) checkFolder() error {
	if err := record.CheckFolder(p.Dir); err == nil {
		return nil
	}
	if _, err := os.Stat(filepath.Join(p.Dir, SweepFile)); err != nil {
		return fmt.Errorf("folder %s is not empty and no sweep's: it has no %s; name another", p.Dir, SweepFile)
	}
	return nil
}

// few shows the first problems and how many more there are.
func few(problems []error) error {
	const most = 3
	more := len(problems) - most
	if more <= 0 {
		return errors.Join(problems...)
	}
	return fmt.Errorf("%w\nand %d more", errors.Join(problems[:most]...), more)
}

// look says whether the run is there. It is an error if something else is.
func (c *Cell) look() (finished bool, err error) {
	if _, err := os.Stat(c.Dir); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	found, err := os.ReadFile(filepath.Join(c.Dir, train.ConfigFile))
	if err != nil {
		return false, fmt.Errorf("%s is in the way: it is no run folder, for it has no %s", c.Dir, train.ConfigFile)
	}
	if !has(c.Dir, train.SummaryFile) && !has(c.Dir, FailureFile) {
		return false, fmt.Errorf("%s is in the way: a run that has not finished, and not this sweep's; move it", c.Dir)
	}
	if !bytes.Equal(found, c.Config) {
		return false, fmt.Errorf("%s has a run of other settings: %s; name another folder for this sweep, or remove that run",
			c.Dir, contrast(found, c.Config))
	}
	var o origin
	if data, err := os.ReadFile(filepath.Join(c.Dir, OriginFile)); err == nil {
		if err := json.Unmarshal(data, &o); err != nil {
			return false, fmt.Errorf("read %s: %w", filepath.Join(c.Dir, OriginFile), err)
		}
	}
	if o.From != c.Variant.From {
		return false, fmt.Errorf("%s started from the variant %q, not from %q; remove it or name another folder",
			c.Dir, o.From, c.Variant.From)
	}
	return true, nil
}

// has says whether there is a file of that name in a folder.
func has(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// contrast names the settings in which one config.toml differs from another.
func contrast(found, wanted []byte) string {
	const most = 3
	have, want := assignments(found), assignments(wanted)
	var differences []string
	for key, value := range want.all() {
		if have.value[key] != value {
			differences = append(differences, fmt.Sprintf("%s = %s there, %s here", key, orNone(have.value[key]), value))
		}
	}
	for key, value := range have.all() {
		if _, known := want.value[key]; !known {
			differences = append(differences, fmt.Sprintf("%s = %s there, none here", key, value))
		}
	}
	if more := len(differences) - most; more > 0 {
		differences = append(differences[:most], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(differences, ", ")
}

func orNone(value string) string {
	if value == "" {
		return "none"
	}
	return value
}

// settings are the assignments of a config.toml, in its order.
type settings struct {
	keys  []string
	value map[string]string
}

// all yields the assignments in order.
func (s settings) all() func(yield func(key, value string) bool) {
	return func(yield func(key, value string) bool) {
		for _, key := range s.keys {
			if !yield(key, s.value[key]) {
				return
			}
		}
	}
}

// assignments reads a config.toml as train writes it: one setting on a line,
// under the header of its section.
func assignments(text []byte) settings {
	s := settings{value: map[string]string{}}
	section := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		key, value, assigns := strings.Cut(line, " = ")
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]") + "."
		case assigns:
			s.keys = append(s.keys, section+key)
			s.value[section+key] = value
		}
	}
	return s
}

// begin makes a new folder to run in, beside the one that it becomes. What an
// earlier attempt left is removed.
func (c *Cell) begin() (dir string, err error) {
	if err := os.MkdirAll(filepath.Dir(c.Dir), 0o777); err != nil {
		return "", fmt.Errorf("make folder of a variant: %w", err)
	}
	left, err := filepath.Glob(globQuote(c.Dir) + unfinished + "*")
	if err != nil {
		return "", fmt.Errorf("look for unfinished runs: %w", err)
	}
	for _, old := range left {
		if err := os.RemoveAll(old); err != nil {
			return "", fmt.Errorf("remove unfinished run: %w", err)
		}
	}
	dir, err = os.MkdirTemp(filepath.Dir(c.Dir), filepath.Base(c.Dir)+unfinished+"*")
	if err != nil {
		return "", fmt.Errorf("make run folder: %w", err)
	}
	return dir, os.Chmod(dir, 0o755)
}

// globQuote keeps the signs of a path from meaning anything to filepath.Glob.
func globQuote(path string) string {
	if os.PathSeparator == '\\' { // there Glob knows no escapes
		return path
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// finish makes the folder of a run the finished one.
func (c *Cell) finish(dir string) error {
	if !has(dir, train.SummaryFile) && !has(dir, FailureFile) {
		return fmt.Errorf("the run in %s ended without a result", dir)
	}
	if err := writeJSON(filepath.Join(dir, OriginFile), origin{c.Variant.Name, c.Variant.From}); err != nil {
		return err
	}
	if err := os.Rename(dir, c.Dir); err != nil {
		return fmt.Errorf("keep finished run: %w", err)
	}
	return nil
}

// VariantOf names the variant of a sweep that a run folder belongs to; empty if it is no
// sweep's.
func VariantOf(dir string) string {
	var o origin
	data, err := os.ReadFile(filepath.Join(dir, OriginFile))
	if err != nil || json.Unmarshal(data, &o) != nil {
		return ""
	}
	return o.Variant
}

// SaveFailure notes in a run folder why its run has no result.
func SaveFailure(dir string, cause error) error {
	f := Failure{Error: cause.Error()}
	if has(dir, train.MetricsFile) {
		rows, _, err := record.ReadFile(filepath.Join(dir, train.MetricsFile))
		if err != nil {
			return err
		}
		if n := len(rows); n > 0 {
			f.Steps = rows[n-1].Step
		}
	}
	return writeJSON(filepath.Join(dir, FailureFile), f)
}

// writeJSON writes a value as a file of one line.
func writeJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		panic("study: a value has no JSON form")
	}
	if err := os.WriteFile(path, append(data, '\n'), 0o666); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}
