package task

import (
	"maps"
	"slices"
	"strings"

	"github.com/proximal-rl/proximal/config"
)

// Entry describes a task that [Make] knows. It is plain data.
type Entry struct {
	Spec    Spec     // with default settings
	Options []Option // in the order of the task's settings
}

// Option is a setting of a task. It is plain data.
type Option struct {
	Name    string
	Default string // as TOML has it: false, 0.1, "ab"
	Meaning string
}

// Make returns the task with the given name. Options not named keep their
// default; [List] has their names.
//
// An unknown name is an error that tells the nearest ones; everything that is
// wrong with the options is config.Problems, as settings of the section task.
func Make(name string, options map[string]any) (Task, error) {
	row, ok := table[name]
	if !ok {
		return nil, config.Unknown("task", name, slices.Sorted(maps.Keys(table)))
	}
	return row.make(options)
}

// List describes all tasks, sorted by name.
func List() []Entry {
	var entries []Entry
	for _, name := range slices.Sorted(maps.Keys(table)) {
		t, err := Make(name, nil)
		if err != nil {
			panic("task: default options are not valid")
		}
		entries = append(entries, Entry{Spec: t.Spec(), Options: table[name].options()})
	}
	return entries
}

// row is one of the table.
type row struct {
	defaults any
	make     func(options map[string]any) (Task, error)
}

// newRow makes a row from the task's default options and its constructor.
func newRow[O any, T Task](defaults O, create func(O) (T, error)) row {
	return row{defaults: defaults, make: func(options map[string]any) (Task, error) {
		set := defaults
		if err := config.SetMap(&set, "task", options); err != nil {
			return nil, err
		}
		t, err := create(set)
		if err != nil {
			return nil, err
		}
		return t, nil
	}}
}

// options lists the options of a row.
func (r row) options() []Option {
	text, err := config.Encode(r.defaults, nil)
	if err != nil {
		panic("task: default options have no TOML")
	}
	var list []Option
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		list = append(list, Option{Name: name, Default: value, Meaning: meanings[name]})
	}
	return list
}

// usualShare is the share of prompts that are held out unless told otherwise.
const usualShare = 0.1

const digits = "0123456789"

// table has one row for each task.
var table = map[string]row{
	"tilt":       newRow(DefaultTiltOptions(), NewTilt),
	"bandit":     newRow(banditOptions{Machines: 4, Arms: 8}, newBandit),
	"copy":       newRow(rewriteOptions{Letters: digits, Length: 4, Dense: true, HeldOut: usualShare}, newCopy),
	"reverse":    newRow(rewriteOptions{Letters: digits, Length: 5, HeldOut: usualShare}, newReverse),
	"sort":       newRow(rewriteOptions{Letters: digits, Length: 6, HeldOut: usualShare}, newSort),
	"add":        newRow(addOptions{Digits: 2, HeldOut: usualShare}, newAdd),
	"countdown":  newRow(countdownOptions{Numbers: 3, Largest: 9, LargestTarget: 99, HeldOut: usualShare}, newCountdown),
	"preference": newRow(DefaultPreferenceOptions(), NewPreference),
}

// meanings says what each option does: the comment of its field, word for word.
var meanings = map[string]string{
	"arms":           "Number of arms of each machine, one of which pays.",
	"dense":          "Whether the reward is the share of letters that are right in their place, less 0.2 if their number is wrong or the end is missing; false: 1 for the right text, else 0.",
	"digits":         "Number of digits of each summand.",
	"enough":         "Number of liked letters up to which more of them are better.",
	"held_out":       "Share of the prompts that training does not see; 0: all are trained on and evaluated.",
	"largest":        "Largest of the numbers; the smallest is 1.",
	"largest_target": "Largest number to reach; the smallest is 1.",
	"length":         "Number of letters of an answer.",
	"letters":        "Letters of the alphabet, in its order.",
	"liked":          "Those of the letters that are liked.",
	"machines":       "Number of machines, each a prompt of its own.",
	"noise":          "Share of the labels that are turned round.",
	"numbers":        "Number of numbers, each of which must be used once.",
	"prompt_length":  "Number of letters of a prompt.",
	"reversed":       "Whether all numbers are written from the last digit to the first: 21+43=64 for 12+34=46. Carries then go with the writing, which is easier to learn.",
	"sharpness":      "How far the preference follows the gold reward: the log-odds for one unit more.",
	"surfeit":        "What each liked letter beyond enough takes off the gold reward.",
}
