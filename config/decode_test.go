package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/proximal-rl/proximal/config"
)

var compare = cmp.AllowUnexported(settings{}, run{}, ppo{}, schedule{})

// lines is the text of an error, or "" for nil.
func lines(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestDecodeSetsEveryKind(t *testing.T) {
	got := defaults()
	err := config.Decode([]byte(`
name = "evening"
[run]
seed = 9_223_372_036_854_775_807
steps = 1e6
limit = "2h"
verbose = true
[env]
id = "Pendulum-v1"
g = 10
wind = { speed = 1.5, from = ["north", 3] }
[ppo]
gamma = 1
clip = { low = 0.2, high = 0.28 }
epochs = 4.0
[optim]
learning_rate = "linear(1e-3, 0)"
betas = []
epsilon = 1
hidden = [32, 16, 1e1]
groups = ["actor"]
inner."max norm" = inf
`), "run.toml", &got)
	if err != nil {
		t.Fatal(err)
	}
	want := defaults()
	want.Name = "evening"
	want.Run = run{Seed: 1<<63 - 1, Steps: 1e6, Limit: 2 * time.Hour, Verbose: true}
	want.Env.ID = "Pendulum-v1"
	want.Env.Options["g"] = int64(10)
	want.Env.Options["wind"] = map[string]any{"speed": 1.5, "from": []any{"north", int64(3)}}
	want.PPO.Shared.Gamma = 1
	want.PPO.Clip = span{0.2, 0.28}
	want.PPO.Epochs = 4
	want.Optim.Rate = schedule{1e-3, 0}
	want.Optim.Betas = []float64{}
	want.Optim.Epsilon = 1
	want.Optim.Hidden = []int{32, 16, 10}
	want.Optim.Groups = []string{"actor"}
	want.Optim.Inner.Norm = positiveInfinity
	if diff := cmp.Diff(want, got, compare); diff != "" {
		t.Errorf("settings differ (-want +got):\n%s", diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for document, want := range map[string]string{
		// Syntax, in the parser's words.
		"name = evening":                   "f.toml:1:8: unexpected character U+0065 'e' at start of value; text needs quotes",
		"[run]\nseed = 1\nseed = 2":        "f.toml:3:1: key seed is already defined",
		"[run]\n[run]":                     "f.toml:2:2: table run already exists",
		"[run]\nsteps = [1":                "f.toml:2:10: array is incomplete",
		"run.seed = 0x8000_0000_0000_0000": "f.toml:1:12: hexadecimal number is too large to fit in a 64-bit signed integer",

		// Unknown keys.
		"nam = 'x'":                 "f.toml:1: nam: unknown key; did you mean name?",
		"[ppo]\nclpi = 0.1":         "f.toml:2: ppo.clpi: unknown key; did you mean ppo.clip?",
		"[ppo]\nCLIP = 0.1":         "f.toml:2: ppo.CLIP: unknown key; did you mean ppo.clip?",
		"[pppo]\nclip = 0.1":        "f.toml:1: pppo.clip: unknown key; did you mean ppo.clip?",
		"clip = 0.1":                "f.toml:1: clip: unknown key; did you mean ppo.clip?",
		"[ppo]\nlearning_rate = 1":  "f.toml:2: ppo.learning_rate: unknown key; did you mean optim.learning_rate?",
		"[ppo]\nzzz = 1":            "f.toml:2: ppo.zzz: unknown key; known here: gamma, lambda, clip, epochs, batch, minibatch and value",
		"[trpo]\nminibatch = 1":     "f.toml:1: trpo.minibatch: unknown key; did you mean ppo.minibatch?",
		"[run]\nhidden = 1":         "f.toml:2: run.hidden: unknown key; did you mean optim.hidden?",
		"Internal = 1":              "f.toml:1: Internal: unknown key; known here: name, run, env, ppo and optim",
		"optim.inner.'max nrm' = 1": `f.toml:1: optim.inner."max nrm": unknown key; did you mean optim.inner."max norm"?`,

		// Wrong types.
		"name = 3":                      "f.toml:1: name = 3: must be a string, not a number",
		"name = 2024-01-01":             `f.toml:1: name = "2024-01-01": must not be a date or time; text needs quotes`,
		"run = 3":                       "f.toml:1: run = 3: must be a section; known here: seed, steps, limit and verbose",
		"env = 3":                       "f.toml:1: env = 3: must be a section; known here: id",
		"[[run]]\nseed = 1":             "f.toml:1: run = [{ seed = 1 }]: must be a section; known here: seed, steps, limit and verbose",
		"run.verbose = 'yes'":           `f.toml:1: run.verbose = "yes": must be true or false, not a string`,
		"run.verbose = 1":               "f.toml:1: run.verbose = 1: must be true or false, not a number",
		"run.steps = true":              "f.toml:1: run.steps = true: must be a whole number, not a boolean",
		"run.steps = '10'":              `f.toml:1: run.steps = "10": must be a whole number, not a string`,
		"run.steps = 1.5":               "f.toml:1: run.steps = 1.5: must be a whole number",
		"run.steps = { n = 1 }":         "f.toml:1: run.steps = { n = 1 }: must be a whole number, not a table",
		"run.limit = 90":                `f.toml:1: run.limit = 90: must be a duration such as "90s" or "1h30m"`,
		"ppo.gamma = [1]":               "f.toml:1: ppo.gamma = [1]: must be a number, not an array",
		"ppo.clip = 'small'":            `f.toml:1: ppo.clip = "small": must be a number or { low = …, high = … }`,
		"ppo.clip = { low = 0.1 }":      "f.toml:1: ppo.clip = { low = 0.1 }: must be a number or { low = …, high = … }",
		"optim.learning_rate = 'cubic'": `f.toml:1: optim.learning_rate = "cubic": must be a number or "linear(from, to)"`,
		"optim.learning_rate = [1]":     "f.toml:1: optim.learning_rate = [1]: must be a number or a string, not an array",
		"optim.hidden = 64":             "f.toml:1: optim.hidden = 64: must be an array, such as [64]",
		"optim.hidden = 'wide'":         `f.toml:1: optim.hidden = "wide": must be an array, not a string`,
		"optim.hidden = [1, 'wide']":    `f.toml:1: optim.hidden[1] = "wide": must be a whole number, not a string`,

		// Numbers that do not fit.
		"run.seed = -1":                         "f.toml:1: run.seed = -1: must be at least 0",
		"run.steps = 1e30":                      "f.toml:1: run.steps = 1e30: must be at most 9223372036854775807",
		"run.steps = -1e30":                     "f.toml:1: run.steps = -1e30: must be at least -9223372036854775808",
		"run.seed = '99999999999999999999'":     `f.toml:1: run.seed = "99999999999999999999": must be at most 9223372036854775807`,
		"ppo.epochs = 128":                      "f.toml:1: ppo.epochs = 128: must be at most 127",
		"ppo.gamma = nan":                       "f.toml:1: ppo.gamma = nan: must be a number, which nan is not",
		"ppo.clip = nan":                        "f.toml:1: ppo.clip = nan: must be a number, which nan is not",
		"env.wind = { x = [-nan] }":             "f.toml:1: env.wind = { x = [nan] }: must be a number, which nan is not",
		"optim.epsilon = 1e39":                  "f.toml:1: optim.epsilon = 1e39: must be in [-3.4e38, 3.4e38]",
		"optim.epsilon = inf":                   "f.toml:1: optim.epsilon = inf: must be above 0 and finite",
		"ppo.epochs = 0":                        "f.toml:1: ppo.epochs = 0: must be at least 1",
		"ppo.gamma = 1.01":                      "f.toml:1: ppo.gamma = 1.01: must be in [0, 1]",
		"ppo.clip = 1.4":                        "f.toml:1: ppo.clip = 1.4: must be in (0, 1)",
		"ppo.clip = { low = 0.2, high = 1.4 }":  "f.toml:1: ppo.clip = { low = 0.2, high = 1.4 }: must be in (0, 1) throughout",
		"optim.learning_rate = 'linear(1, -1)'": `f.toml:1: optim.learning_rate = "linear(1, -1)": must be at least 0 throughout`,
		"optim.betas = [0.9, 1]":                "f.toml:1: optim.betas[1] = 1.0: must be in [0, 1)",

		// Choices.
		"ppo.value = 'cliped'":              `f.toml:1: ppo.value = "cliped": must be plain, clipped or none; did you mean clipped?`,
		"ppo.value = ''":                    `f.toml:1: ppo.value = "": must be plain, clipped or none`,
		"optim.groups = ['actor', 'crtic']": `f.toml:1: optim.groups[1] = "crtic": must be actor or critic; did you mean critic?`,
	} {
		v := defaults()
		err := config.Decode([]byte(document), "f.toml", &v)
		if lines(err) != want {
			t.Errorf("Decode(%q) says\n\t%s\nand should say\n\t%s", document, lines(err), want)
		}
		if diff := cmp.Diff(defaults(), v, compare); diff != "" {
			t.Errorf("Decode(%q) failed and still changed the settings (-before +after):\n%s", document, diff)
		}
	}
}

func TestDecodeNamesEveryProblemInTheOrderOfTheFile(t *testing.T) {
	v := defaults()
	err := config.Decode([]byte(`# Comment
[optim.inner]
"max norm" = 0

[ppo]
value = "cliped"
clip = {
  low = 0.2,
  high = 2,
}

[optim]
hidden = [0, 1,
  70_000]
nonsense = 1
[run]
seed = -1
`), "", &v)
	want := `line 3: optim.inner."max norm" = 0.0: must be above 0
line 6: ppo.value = "cliped": must be plain, clipped or none; did you mean clipped?
line 7: ppo.clip = { low = 0.2, high = 2.0 }: must be in (0, 1) throughout
line 13: optim.hidden[0] = 0: must be in [1, 65536]
line 13: optim.hidden[2] = 70000: must be in [1, 65536]
line 15: optim.nonsense: unknown key; known here: learning_rate, betas, epsilon, hidden, groups and inner
line 17: run.seed = -1: must be at least 0`
	if lines(err) != want {
		t.Errorf("problems are\n%v\nand should be\n%s", err, want)
	}
}

func TestDecodeChangesNobodyElsesData(t *testing.T) {
	original := defaults()
	v := original
	err := config.Decode([]byte("env.g = 1\nppo.batch = 1\noptim.hidden = [3]"), "", &v)
	if err != nil {
		t.Fatal(err)
	}
	if v.Env.Options["g"] != int64(1) || original.Env.Options["g"] != 9.8 {
		t.Errorf("options are %v, and %v in the original", v.Env.Options, original.Env.Options)
	}
	if v.Optim.Hidden[0] != 3 || original.Optim.Hidden[0] != 64 {
		t.Errorf("hidden is %v, and %v in the original", v.Optim.Hidden, original.Optim.Hidden)
	}
	if v.PPO != original.PPO || v.PPO.Batch != 1 {
		t.Error("a section behind a pointer was replaced or not changed")
	}
}

func TestDecodeWithoutFreeKeysLeavesTheMapAlone(t *testing.T) {
	v := settings{PPO: &ppo{}}
	if err := config.Decode([]byte("env.id = 'x'"), "", &v); err != nil || v.Env.Options != nil {
		t.Errorf("options are %#v with error %v", v.Env.Options, err)
	}
}

func TestDecodeReadsASectionThatIsAMap(t *testing.T) {
	type task struct {
		Env map[string]any `toml:"env"`
	}
	old := map[string]any{"g": 9.8, "sub": map[string]any{"a": 1}}
	v := task{old}
	if err := config.Decode([]byte("[env]\nsub.b = 2\nx = [true]"), "", &v); err != nil {
		t.Fatal(err)
	}
	want := task{map[string]any{"g": 9.8, "sub": map[string]any{"b": int64(2)}, "x": []any{true}}}
	if diff := cmp.Diff(want, v); diff != "" || len(old) != 2 {
		t.Errorf("settings differ (-want +got):\n%s, and the old map is %v", diff, old)
	}
	document, err := config.Encode(v, map[string]string{"env": "The task."})
	if want := "# The task.\n[env]\ng = 9.8\nsub = { b = 2 }\nx = [true]\n"; err != nil || string(document) != want {
		t.Errorf("document is %q with error %v, not %q", document, err, want)
	}
	if err := config.Decode([]byte("env = 1"), "", &v); lines(err) != "line 1: env = 1: must be a section" {
		t.Errorf("error is %v", err)
	}
}

func TestLongValuesAreCutInMessages(t *testing.T) {
	v := defaults()
	err := config.Decode([]byte("run.steps = '"+strings.Repeat("ab ", 1000)+"'"), "", &v)
	if n := len(lines(err)); err == nil || n > 150 {
		t.Errorf("message has %d bytes: %v", n, err)
	}
}
