package main

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/proximal-rl/proximal/train"
)

// group is runs whose settings are equal but for the seed.
type group struct {
	settings *train.Settings // the seed is 0
	dirs     []string
	seeds    []uint64
}

// groupRuns reads the settings of runs and groups them, in the order in which
// they are named.
func groupRuns(dirs []string) ([]*group, error) {
	var groups []*group
	known := map[string]*group{} // by settings
	for _, dir := range dirs {
		s, err := readRun(dir)
		if err != nil {
			return nil, err
		}
		seed := s.Run.Seed
		s.Run.Seed = 0
		key, err := s.Encode()
		if err != nil {
			return nil, err
		}
		g := known[string(key)]
		if g == nil {
			g = &group{settings: s}
			known[string(key)] = g
			groups = append(groups, g)
		}
		g.dirs = append(g.dirs, dir)
		g.seeds = append(g.seeds, seed)
	}
	return groups, nil
}

// name is the first run's, with the number of the others.
func (g *group) name() string {
	name := filepath.Base(g.dirs[0])
	if n := len(g.dirs); n > 1 {
		name += " and " + plural(n-1, "other seed")
	}
	return name
}

// task is the id of the group's environment.
func (g *group) task() string { return g.settings.Environment.ID }

// setting is a key of config.toml with its value as it stands there.
type setting struct {
	Key   string `json:"key"`
	Value string `json:"value"` // empty if the group has no such setting
}

// distinctions lists, for each group, the settings in which the groups differ.
func distinctions(groups []*group) ([][]setting, error) {
	values := make([]map[string]string, len(groups))
	var keys []string // in the order of config.toml, each once
	for i, g := range groups {
		text, err := g.settings.Encode()
		if err != nil {
			return nil, err
		}
		values[i] = map[string]string{}
		for _, s := range assignments(string(text)) {
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
	return differ, nil
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
