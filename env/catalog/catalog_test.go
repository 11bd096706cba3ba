package catalog_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/env/envtest"
)

func TestEveryTaskKeepsTheContract(t *testing.T) {
	for _, entry := range catalog.List() {
		t.Run(entry.ID, func(t *testing.T) {
			maker, err := catalog.Make(entry.ID, nil)
			if err != nil {
				t.Fatal(err)
			}
			envtest.Run(t, maker, envtest.ZeroAllocation())
		})
	}
}

func TestList(t *testing.T) {
	entries := catalog.List()
	sorted := slices.IsSortedFunc(entries, func(a, b catalog.Entry) int { return strings.Compare(a.ID, b.ID) })
	if len(entries) == 0 || !sorted {
		t.Fatalf("entries must be sorted by id: %+v", entries)
	}
	for _, e := range entries {
		if e.ID != e.Spec.ID || e.Summary == "" {
			t.Errorf("entry %+v: the id must be that of the spec, and there must be a summary", e)
		}
		for _, o := range e.Options {
			if o.Meaning == "" || o.Default == "" {
				t.Errorf("%s: option %+v lacks a meaning or a default", e.ID, o)
			}
		}
	}
	i := slices.IndexFunc(entries, func(e catalog.Entry) bool { return e.ID == "Pendulum-v1" })
	want := []catalog.Option{
		{"g", "10.0", "Acceleration of gravity in m/s²."},
		{"max_episode_steps", "200", "Steps after which an episode is truncated; 0 or -1: never."},
	}
	if got := entries[i].Options; !reflect.DeepEqual(got, want) {
		t.Errorf("options of Pendulum-v1 are %+v, want %+v", got, want)
	}
}

// TestMeaningsAreTheFieldComments reads the options of the tasks where they are
// declared.
func TestMeaningsAreTheFieldComments(t *testing.T) {
	comments := optionComments(t, "../classic")
	maps.Copy(comments, optionComments(t, "../box2d"))
	for _, e := range catalog.List() {
		for _, o := range e.Options {
			if want, ok := comments[o.Name]; ok && o.Meaning != want {
				t.Errorf("option %s: meaning is %q, the comment of its field %q", o.Name, o.Meaning, want)
			}
			delete(comments, o.Name)
		}
	}
	for name := range comments {
		t.Errorf("option %s of some task is not listed", name)
	}
}

// optionComments returns the comment of every field with a toml tag in the
// package in dir, by the name in the tag.
func optionComments(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no Go files in %s (%v)", dir, err)
	}
	comments := map[string]string{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok && field.Tag != nil {
				tag, _ := strconv.Unquote(field.Tag.Value)
				if name := reflect.StructTag(tag).Get("toml"); name != "" {
					comments[name] = strings.Join(strings.Fields(field.Doc.Text()), " ")
				}
			}
			return true
		})
	}
	return comments
}

func TestMakeRefusesUnknownIDs(t *testing.T) {
	for id, want := range map[string]string{
		"CartPole":    `unknown environment "CartPole"; did you mean CartPole-v1?`,
		"pendulum-v2": `unknown environment "pendulum-v2"; did you mean Pendulum-v1?`,
		"":            `unknown environment ""; there are: Acrobot-v1, BipedalWalker-v3, BipedalWalkerHardcore-v3, CarRacing-v3, CartPole-v1, LunarLander-v3, LunarLanderContinuous-v3, MountainCar-v0, MountainCarContinuous-v0, Pendulum-v1`,
		"Go":          `unknown environment "Go"; there are: Acrobot-v1, BipedalWalker-v3, BipedalWalkerHardcore-v3, CarRacing-v3, CartPole-v1, LunarLander-v3, LunarLanderContinuous-v3, MountainCar-v0, MountainCarContinuous-v0, Pendulum-v1`,
	} {
		maker, err := catalog.Make(id, nil)
		if maker != nil || err == nil || err.Error() != want {
			t.Errorf("id %q: error is %v, want %s", id, err, want)
		}
	}
}

// An old id stands for its successor.
func TestSuccessors(t *testing.T) {
	for _, old := range []string{"LunarLander-v2", "LunarLanderContinuous-v2", "BipedalWalker-v2", "BipedalWalkerHardcore-v2", "CarRacing-v2"} {
		successor, ok := catalog.Successor(old)
		maker, err := catalog.Make(old, nil)
		if !ok || err != nil {
			t.Fatalf("%s: successor %q, error %v", old, successor, err)
		}
		if e, err := maker(); err != nil || e.Spec().ID != successor {
			t.Errorf("%s makes %v, want %s (%v)", old, e.Spec().ID, successor, err)
		}
	}
	if _, ok := catalog.Successor("CartPole-v1"); ok {
		t.Error("CartPole-v1 has a successor")
	}
}

func TestMakeRefusesOptionsAllAtOnce(t *testing.T) {
	_, err := catalog.Make("Pendulum-v1", map[string]any{"gg": 9.0, "g": "heavy", "max_episode_steps": -2})
	want := strings.Join([]string{
		`env.g = "heavy": must be a number, not a string`,
		`env.gg: unknown key; did you mean env.g?`,
		`env.max_episode_steps = -2: must be in [-1, 1e9]`,
	}, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("error is\n%v\nwant\n%s", err, want)
	}
}

func TestMakeAppliesOptions(t *testing.T) {
	for _, c := range []struct {
		id      string
		options map[string]any
		want    int
	}{
		{"CartPole-v1", nil, 500},
		{"Pendulum-v1", nil, 200},
		{"Pendulum-v1", map[string]any{"max_episode_steps": 7}, 7},
		{"Pendulum-v1", map[string]any{"max_episode_steps": int64(-1)}, 0},
		{"CartPole-v1", map[string]any{"max_episode_steps": 0, "sutton_barto_reward": true}, 0},
		{"MountainCar-v0", map[string]any{"goal_velocity": 0.01}, 200},
		{"MountainCarContinuous-v0", map[string]any{"goal_velocity": 0}, 999},
		{"Acrobot-v1", map[string]any{"max_episode_steps": 9}, 9},
	} {
		maker, err := catalog.Make(c.id, c.options)
		if err != nil {
			t.Errorf("%s with %v: %v", c.id, c.options, err)
			continue
		}
		if e := mustMake(t, maker); e.Spec().MaxSteps != c.want {
			t.Errorf("%s with %v: limit is %d, want %d", c.id, c.options, e.Spec().MaxSteps, c.want)
		}
	}
}

func mustMake(t *testing.T, maker env.Maker) env.Env {
	t.Helper()
	e, err := maker()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func ExampleMake() {
	maker, err := catalog.Make("Pendulum-v1", map[string]any{"g": 9.81})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := maker()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Spec().ID, e.Spec().MaxSteps)

	_, err = catalog.Make("Pendulum", nil)
	fmt.Println(err)
	// Output:
	// Pendulum-v1 200
	// unknown environment "Pendulum"; did you mean Pendulum-v1?
}

func ExampleList() {
	for _, e := range catalog.List() {
		fmt.Println(e.ID, "–", e.Summary)
		for _, o := range e.Options {
			fmt.Printf("  %s = %s\n", o.Name, o.Default)
		}
	}
	// Output:
	// Acrobot-v1 – Swing the free end of two links up with a motor in their joint.
	//   max_episode_steps = 500
	// BipedalWalker-v3 – Walk to the end of rough ground on two jointed legs.
	//   max_episode_steps = 1600
	// BipedalWalkerHardcore-v3 – Walk on two jointed legs over stumps, stairs and pits.
	//   max_episode_steps = 2000
	// CarRacing-v3 – Drive round a track that is seen from above, by its picture.
	//   lap_complete_percent = 0.95
	//   domain_randomize = false
	//   continuous = true
	//   max_episode_steps = 1000
	// CartPole-v1 – Push a cart so that the pole on it stays upright.
	//   sutton_barto_reward = false
	//   max_episode_steps = 500
	// LunarLander-v3 – Land between two flags by firing one of three engines at a time.
	//   gravity = -10.0
	//   enable_wind = false
	//   wind_power = 15.0
	//   turbulence_power = 1.5
	//   max_episode_steps = 1000
	// LunarLanderContinuous-v3 – Land between two flags by throttling the engines.
	//   gravity = -10.0
	//   enable_wind = false
	//   wind_power = 15.0
	//   turbulence_power = 1.5
	//   max_episode_steps = 1000
	// MountainCar-v0 – Drive a weak car out of a valley by gaining speed on both hills.
	//   goal_velocity = 0.0
	//   max_episode_steps = 200
	// MountainCarContinuous-v0 – Drive a weak car out of a valley at the least cost of its engine.
	//   goal_velocity = 0.0
	//   max_episode_steps = 999
	// Pendulum-v1 – Swing up a rod with a weak motor and balance it.
	//   g = 10.0
	//   max_episode_steps = 200
}
