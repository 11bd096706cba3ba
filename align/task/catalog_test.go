package task_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/align/task"
)

func TestList(t *testing.T) {
	var names []string
	for _, e := range task.List() {
		names = append(names, e.Spec.Name)
		if e.Spec.Summary == "" || e.Spec.Tokenizer == nil || e.Spec.Worst >= e.Spec.Best || made(t, e.Spec.Name, nil).Spec().Name != e.Spec.Name {
			t.Errorf("spec %+v is not complete", e.Spec)
		}
		for _, o := range e.Options {
			if o.Meaning == "" || o.Default == "" {
				t.Errorf("%s: option %+v lacks a meaning or a default", e.Spec.Name, o)
			}
		}
	}
	if want := []string{"add", "bandit", "copy", "countdown", "preference", "reverse", "sort", "tilt"}; !slices.Equal(names, want) {
		t.Errorf("tasks are %v, should be %v", names, want)
	}
	want := []task.Option{
		{Name: "letters", Default: `"ab"`, Meaning: "Letters of the alphabet, in its order."},
		{Name: "length", Default: "2", Meaning: "Number of letters of an answer."},
	}
	if got := task.List()[7].Options; !reflect.DeepEqual(got, want) {
		t.Errorf("options of tilt are %+v, should be %+v", got, want)
	}
}

// TestMeaningsAreTheFieldComments reads the options where they are declared.
func TestMeaningsAreTheFieldComments(t *testing.T) {
	meanings := map[string]string{}
	for _, e := range task.List() {
		for _, o := range e.Options {
			meanings[o.Name] = o.Meaning
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	fields := 0
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok && field.Tag != nil {
				tag, _ := strconv.Unquote(field.Tag.Value)
				if name := reflect.StructTag(tag).Get("toml"); name != "" {
					fields++
					if want := strings.Join(strings.Fields(field.Doc.Text()), " "); meanings[name] != want {
						t.Errorf("%s: option %s means %q, the comment of its field says %q", file, name, meanings[name], want)
					}
				}
			}
			return true
		})
	}
	if fields < len(meanings) {
		t.Errorf("found %d fields for %d options", fields, len(meanings))
	}
}

func TestMakeRefuses(t *testing.T) {
	for _, c := range []struct {
		name    string
		options map[string]any
		want    string
	}{
		{"ad", nil, `unknown task "ad"; did you mean add?`},
		{"", nil, `unknown task ""; there are: add, bandit, copy, countdown, preference, reverse, sort, tilt`},
		{"add", map[string]any{"digit": 2, "digits": 19, "held_out": 1},
			"task.digit: unknown key; did you mean task.digits?\ntask.digits = 19: must be in [1, 18]\ntask.held_out = 1.0: must be in [0, 1)"},
		{"copy", map[string]any{"letters": "a b"}, `task.letters: has " ", must be letters a-z, A-Z and digits`},
		{"copy", map[string]any{"letters": "aba"}, `task.letters: has "a" twice`},
		{"sort", map[string]any{"letters": "a"}, `task.letters = "a": must be 2 to 62 different letters`},
		{"tilt", map[string]any{"length": 12, "letters": "abc"}, `task.length = 12: makes 531441 texts, must be at most 65536`},
		{"preference", map[string]any{"liked": "z"}, `task.liked = "z": must be some of the letters "abcdefgh", and not all`},
		{"preference", map[string]any{"liked": "hgfedcba"}, `task.liked = "hgfedcba": must be some of the letters "abcdefgh", and not all`},
		{"preference", map[string]any{"enough": 13, "noise": 0.6}, `task.noise = 0.6: must be in [0, 0.5]`},
		{"preference", map[string]any{"enough": 13}, `task.enough = 13: must be at most length, which is 12`},
		{"countdown", map[string]any{"numbers": 6}, `task.numbers = 6: must be in [2, 5]`},
		{"bandit", map[string]any{"held_out": 0.1}, `task.held_out: unknown key; known here: machines and arms`},
	} {
		made, err := task.Make(c.name, c.options)
		if made != nil || err == nil || err.Error() != c.want {
			t.Errorf("%s %v: error is\n%v\nshould be\n%s", c.name, c.options, err, c.want)
		}
	}
	if _, err := task.NewTilt(task.TiltOptions{}); err == nil {
		t.Error("the zero value of TiltOptions is accepted")
	}
	if _, err := task.NewPreference(task.PreferenceOptions{}); err == nil {
		t.Error("the zero value of PreferenceOptions is accepted")
	}
}
