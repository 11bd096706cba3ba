package study

import (
	"bytes"
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/train"
)

// Plan is a sweep that has been found to be possible: the runs it consists of
// and where they are kept. Sweep.Plan makes it; the zero value has no run. It is
// used by one goroutine at a time.
type Plan struct {
	Sweep    Sweep
	Dir      string    // folder of the sweep
	Variants []Variant // expanded
	Cells    []*Cell   // in the order in which they are started
}

// Cell is one run of a sweep. It is made by Sweep.Plan and only read afterwards.
type Cell struct {
	Variant     Variant
	Environment string
	Seed        uint64
	Steps       int
	Dir         string // run folder, once it has finished
	From        *Cell  // whose last policy it starts from; nil: none
	Config      []byte // what config.toml will hold

	program  program
	finished bool
}

// Training returns the settings of the run if it trains a policy, otherwise nil.
// They must not be changed.
func (c *Cell) Training() *train.Settings {
	if p, ok := c.program.(control); ok {
		return p.Settings
	}
	return nil
}

// Alignment returns the settings of the run if it aligns a language model, otherwise
// nil. They must not be changed.
func (c *Cell) Alignment() *align.Settings {
	if p, ok := c.program.(language); ok {
		return p.Settings
	}
	return nil
}

// Finished says whether the run is there, be it that it failed.
func (c *Cell) Finished() bool { return c.finished }

// Finished counts the runs that are there.
func (p *Plan) Finished() int {
	n := 0
	for _, c := range p.Cells {
		if c.finished {
			n++
		}
	}
	return n
}

// String names the run for people.
func (c *Cell) String() string {
	return fmt.Sprintf("%s, %s, seed %d", c.Environment, c.Variant.Name, c.Seed)
}

// Plan works out the runs of the sweep, to be kept below dir. It writes
// nothing. The error names a setting that is wrong, and the variant it is in.
func (s Sweep) Plan(dir string) (*Plan, error) {
	if err := config.Check(s); err != nil {
		return nil, fmt.Errorf("sweep:\n%w", err)
	}
	variants, err := s.Expand()
	if err != nil {
		return nil, err
	}
	p := &Plan{Sweep: s, Dir: dir, Variants: variants}
	for k := range s.Seeds {
		for _, v := range variants {
			if len(v.Environments) == 0 {
				return nil, fmt.Errorf("variant %q has no environment", v.Name)
			}
			for _, id := range v.Environments {
				c, err := newCell(v, id, s.FirstSeed+uint64(k), dir)
				if err != nil {
					return nil, fmt.Errorf("variant %q on %s: %w", v.Name, id, err)
				}
				p.Cells = append(p.Cells, c)
			}
		}
	}
	if err := p.link(); err != nil {
		return nil, err
	}
	return p, nil
}

// newCell makes the settings of a run: the preset's, changed.
func newCell(v Variant, id string, seed uint64, dir string) (*Cell, error) {
	s, err := programOf(id, v.Algorithm)
	if err != nil {
		return nil, err
	}
	for _, a := range v.Set {
		if s.reserved(a) {
			return nil, fmt.Errorf("%s: a sweep has settings of its own for environments, algorithm, seeds and steps", a)
		}
	}
	if err := s.Set(v.Set); err != nil {
		return nil, err
	}
	steps := s.budget(seed, v.Steps)
	if err := s.Check(); err != nil {
		return nil, err
	}
	if err := s.measured(); err != nil {
		return nil, err
	}
	text, err := s.Encode()
	if err != nil {
		return nil, err
	}
	return &Cell{
		Variant: v, Environment: id, Seed: seed, Steps: steps, Config: text, program: s,
		Dir: filepath.Join(dir, slug(id), slug(v.Name), fmt.Sprintf("seed-%d", seed)),
	}, nil
}

// link finds the runs that others start from, and puts them first.
func (p *Plan) link() error {
	for _, c := range p.Cells {
		if c.Variant.From == "" {
			continue
		}
		if err := p.linkCell(c); err != nil {
			return err
		}
	}
	depth := map[*Cell]int{}
	for _, c := range p.Cells {
		for source := c.From; source != nil; source = source.From {
			if depth[c]++; depth[c] > len(p.Variants) {
				return fmt.Errorf("variant %q starts from itself, by way of others", c.Variant.Name)
			}
		}
	}
	slices.SortStableFunc(p.Cells, func(a, b *Cell) int {
		return cmp.Or(cmp.Compare(a.Seed, b.Seed), depth[a]-depth[b])
	})
	for _, c := range p.Cells {
		if c.From != nil {
			var err error
			if c.Config, err = c.program.after(c.Config, c.From); err != nil {
				return err
			}
		}
	}
	return nil
}

// linkCell finds the run that c starts from.
func (p *Plan) linkCell(c *Cell) error {
	var names []string
	for _, v := range p.Variants {
		names = append(names, v.Name)
	}
	if !slices.Contains(names, c.Variant.From) {
		return fmt.Errorf("variant %q starts from an %w", c.Variant.Name, config.Unknown("variant", c.Variant.From, names))
	}
	at := slices.IndexFunc(p.Cells, func(source *Cell) bool {
		return source.Variant.Name == c.Variant.From && source.Environment == c.Environment && source.Seed == c.Seed
	})
	if at < 0 {
		return fmt.Errorf("variant %q starts from %q, which is not run on %s", c.Variant.Name, c.Variant.From, c.Environment)
	}
	c.From = p.Cells[at]
	return nil
}

// withSection returns a config.toml with a section replaced by that of another:
// a run that starts from a policy has the policy's settings. Sections are what
// stands between blank lines.
func withSection(text, other []byte, name string) []byte {
	begins := func(block []byte) bool {
		return bytes.Contains(append([]byte("\n"), block...), []byte("\n["+name+"]\n"))
	}
	blank := []byte("\n\n")
	blocks, others := bytes.Split(text, blank), bytes.Split(other, blank)
	at, from := slices.IndexFunc(blocks, begins), slices.IndexFunc(others, begins)
	if at < 0 || from < 0 {
		panic("study: settings without the section " + name)
	}
	blocks[at] = others[from]
	return bytes.Join(blocks, blank)
}
