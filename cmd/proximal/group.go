package main

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/proximal-rl/proximal/study"
)

// group is runs whose settings are equal but for the seed.
type group struct {
	runSettings // of the first; the seed is 0 in its text
	dirs        []string
	seeds       []uint64
	apart       bool // another group's first run has a folder of the same name
}

// groupRuns reads the settings of runs and groups them, in the order in which
// they are named.
func groupRuns(dirs []string) ([]*group, error) {
	var groups []*group
	known := map[string]*group{} // by settings
	for _, dir := range dirs {
		s, err := readRunSettings(dir)
		if err != nil {
			return nil, err
		}
		g := known[s.text]
		if g == nil {
			g = &group{runSettings: s}
			known[s.text] = g
			groups = append(groups, g)
		}
		g.dirs = append(g.dirs, dir)
		g.seeds = append(g.seeds, s.seed)
	}
	firsts := map[string]*group{} // by the name of the folder
	for _, g := range groups {
		base := filepath.Base(g.dirs[0])
		if other := firsts[base]; other != nil {
			g.apart, other.apart = true, true
		}
		firsts[base] = g
	}
	return groups, nil
}

// rates reports whether the runs trained reward models, which are examined by pairs and
// not by what they write.
func (g *group) rates() bool { return g.language && g.method == "reward" }

// name is that of the variant, of runs of a sweep; otherwise the first run's, with its
// folder's if need be, and with the number of the others.
func (g *group) name() string {
	if name := study.VariantOf(g.dirs[0]); name != "" {
		return name
	}
	name := filepath.Base(g.dirs[0])
	if g.apart {
		name = filepath.ToSlash(filepath.Clean(g.dirs[0]))
	}
	if n := len(g.dirs); n > 1 {
		name += " and " + plural(n-1, "other seed")
	}
	return name
}

// setting is a key of config.toml with its value as it stands there.
type setting struct {
	Key   string `json:"key"`
	Value string `json:"value"` // empty if the group has no such setting
}

// distinctions lists, for each group, the settings in which the groups differ.
func distinctions(groups []*group) [][]setting {
	values := make([]map[string]string, len(groups))
	var keys []string // in the order of config.toml, each once
	for i, g := range groups {
		values[i] = map[string]string{}
		for _, s := range assignments(g.text) {
			values[i][s.Key] = s.Value
			if !slices.Contains(keys, s.Key) {
				keys = append(keys, s.Key)
			}
		}
	}
	differ := make([][]setting, len(groups))
	for _, key := range keys {
		if !slices.ContainsFunc(values, func(v map[string]string) bool { return v[key] != values[0][key] }) {
			continue
		}
		for i, v := range values {
			differ[i] = append(differ[i], setting{key, v[key]})
		}
	}
	return differ
}

// assignments lists the settings of a TOML document as Settings.Encode writes
// it: one on a line, under the header of its section.
func assignments(text string) (all []setting) {
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		key, value, assigns := strings.Cut(line, " = ")
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]") + "."
		case assigns:
			all = append(all, setting{section + key, value})
		}
	}
	return all
}
