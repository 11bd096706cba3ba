// Package catalog is the list of tasks that come with proximal: an explicit
// table from id to constructor. It makes tasks by name and says what there is.
package catalog

import (
	"maps"
	"slices"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/env"
)

// Entry describes a task. It is plain data.
type Entry struct {
	ID      string
	Summary string // one line
	Spec    env.Spec
	Options []Option // in the order of the task's options, the common ones last
}

// Option is a setting of a task, under the name that Gymnasium has for it. It is
// plain data.
type Option struct {
	Name    string
	Default string // as TOML has it: false, 10.0, 500
	Meaning string
}

// Make returns the maker of the task with the given id, with its usual time
// limit. Options not named keep their default; [List] has their names.
//
// An id that [Successor] knows means its successor. An unknown id is an error that tells the nearest ones; everything that is
// wrong with the options is config.Problems, as settings of the section env.
func Make(id string, options map[string]any) (env.Maker, error) {
	if successor, ok := renamed[id]; ok {
		id = successor
	}
	t, ok := table[id]
	if !ok {
		return nil, config.Unknown("environment", id, ids())
	}
	return t.configure(options)
}

// Successor returns the id that has taken the place of an old one, and whether
// there is one. The new task is not quite the old one.
func Successor(id string) (successor string, ok bool) {
	successor, ok = renamed[id]
	return successor, ok
}

// List describes all tasks, sorted by id.
func List() []Entry {
	var entries []Entry
	for _, id := range ids() {
		t := table[id]
		entries = append(entries, Entry{ID: id, Summary: t.summary, Spec: t.spec(), Options: t.options()})
	}
	return entries
}

// ids lists the tasks by name.
func ids() []string { return slices.Sorted(maps.Keys(table)) }
