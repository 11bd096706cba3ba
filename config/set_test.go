package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proximal-rl/proximal/config"
)

func TestSetReadsValuesAsTheShellGivesThem(t *testing.T) {
	got := defaults()
	err := config.Set(&got, []string{
		"name=7 o'clock",
		"run.steps=2e5",
		"run.limit=1h",
		"env.id=1",
		"env.enable_wind=true",
		`env."odd key"=north`,
		"env.day=2024-01-01",
		"env.equation=a=b",
		"ppo.clip={low=0.1, high=0.2}",
		"ppo.value=none",
		" ppo.epochs = 3 ",
		"optim.learning_rate=linear(1e-3, 0)",
		"optim.hidden=[8]",
		`optim.groups=["actor"]`,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := defaults()
	want.Name = "7 o'clock"
	want.Run.Steps = 200_000
	want.Run.Limit = 3600e9
	want.Env.ID = "1"
	want.Env.Options["enable_wind"] = true
	want.Env.Options["odd key"] = "north"
	want.Env.Options["day"] = "2024-01-01"
	want.Env.Options["equation"] = "a=b"
	want.PPO.Clip = span{0.1, 0.2}
	want.PPO.Value = "none"
	want.PPO.Epochs = 3
	want.Optim.Rate = schedule{1e-3, 0}
	want.Optim.Hidden = []int{8}
	want.Optim.Groups = []string{"actor"}
	if diff := cmp.Diff(want, got, compare); diff != "" {
		t.Errorf("settings differ (-want +got):\n%s", diff)
	}
}

func TestSetJoinsThePartsOfATable(t *testing.T) {
	v := defaults()
	if err := config.Set(&v, []string{"ppo.clip.low=0.1", "ppo.clip.high=0.3"}); err != nil {
		t.Fatal(err)
	}
	if v.PPO.Clip != (span{0.1, 0.3}) {
		t.Errorf("clip is %v", v.PPO.Clip)
	}
}

func TestSetRefuses(t *testing.T) {
	for _, c := range []struct {
		assignments []string
		want        string
	}{
		{[]string{"ppo.clip"}, "ppo.clip: must be written key=value"},
		{[]string{"=1"}, "=1: must be written key=value, with a key such as section.name"},
		{[]string{"ppo..clip=1"}, "ppo..clip=1: must be written key=value, with a key such as section.name"},
		{[]string{"ppo#clip=1"}, "ppo#clip=1: must be written key=value, with a key such as section.name"},
		{[]string{"ppo.clip=0.1", "ppo.clip=0.2"}, "ppo.clip = 0.2: is set more than once"},
		{[]string{"ppo.clip=0.1", "ppo.clip.low=0.2"}, "ppo.clip.low = 0.2: is set more than once"},
		{[]string{"ppo.clip.low=0.1", "ppo.clip=0.2"}, "ppo.clip = 0.2: is set more than once\nppo.clip = { low = 0.1 }: must be a number or { low = …, high = … }"},
		{[]string{"ppo.clip="}, `ppo.clip = "": must be a number or { low = …, high = … }`},
		{[]string{"ppo.batch=1\nrun.seed=2"}, `ppo.batch = "1\nrun.seed=2": must be a whole number, not a string`},
		{[]string{"ppo.clipp=0.1"}, "ppo.clipp: unknown key; did you mean ppo.clip?"},
		{[]string{"ppo=0.1"}, "ppo = 0.1: must be a section; known here: gamma, lambda, clip, epochs, batch, minibatch and value"},
		{[]string{"ppo.clip=1.4", "run.seed=x", "oops"}, "oops: must be written key=value\nppo.clip = 1.4: must be in (0, 1)\n" + `run.seed = "x": must be a whole number, not a string`},
	} {
		v := defaults()
		if err := config.Set(&v, c.assignments); lines(err) != c.want {
			t.Errorf("Set(%q) says\n\t%s\nand should say\n\t%s", c.assignments, lines(err), c.want)
		}
		if diff := cmp.Diff(defaults(), v, compare); diff != "" {
			t.Errorf("Set(%q) failed and still changed the settings (-before +after):\n%s", c.assignments, diff)
		}
	}
}

type wind struct {
	Gravity float64 `toml:"g" range:"(-12, 0)"`
	Enable  bool    `toml:"enable_wind"`
	Power   float64 `toml:"wind_power" range:"[0, 20]"`
}

func (w wind) Validate() error {
	if w.Power > 0 && !w.Enable {
		return errPower
	}
	return nil
}

func TestSetMap(t *testing.T) {
	v := wind{Gravity: -10}
	err := config.SetMap(&v, "env", map[string]any{"enable_wind": true, "wind_power": 15})
	if want := (wind{-10, true, 15}); err != nil || v != want {
		t.Errorf("SetMap gives %v and %v, not %v", v, err, want)
	}
	for _, c := range []struct {
		values map[string]any
		want   string
	}{
		{map[string]any{"gg": 1.0}, "env.gg: unknown key; did you mean env.g?"},
		{map[string]any{"speed": 1.0}, "env.speed: unknown key; known here: g, enable_wind and wind_power"},
		{map[string]any{"wind_powr": 1.0}, "env.wind_powr: unknown key; did you mean env.wind_power?"},
		{map[string]any{"g": float32(1), "enable_wind": "no"}, "env.enable_wind = \"no\": must be true or false, not a string\nenv.g = 1.0: must be in (-12, 0)"},
		{map[string]any{"g": nil}, "env.g = nothing: must be a value that TOML has"},
		{map[string]any{"g": uint64(1) << 63}, "env.g = 9223372036854775808: must be a value that TOML has"},
		{map[string]any{"wind_power": uint8(1)}, "env.wind_power: needs enable_wind"},
	} {
		v := wind{Gravity: -10}
		err := config.SetMap(&v, "env", c.values)
		if lines(err) != c.want {
			t.Errorf("SetMap(%v) says\n\t%s\nand should say\n\t%s", c.values, lines(err), c.want)
		}
		if v != (wind{Gravity: -10}) {
			t.Errorf("SetMap(%v) failed and still changed the settings: %v", c.values, v)
		}
	}
	var none struct{}
	if err := config.SetMap(&none, "env", map[string]any{"g": 1}); lines(err) != "env.g: unknown key; there is nothing to set here" {
		t.Errorf("SetMap on an empty struct says %v", err)
	}
}
