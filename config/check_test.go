package config_test

import (
	"errors"
	"math"
	"testing"

	"github.com/proximal-rl/proximal/config"
)

var errPower = errors.New("wind_power: needs enable_wind")

func TestCheckAcceptsDefaults(t *testing.T) {
	v := defaults()
	if err := errors.Join(config.Check(v), config.Check(&v)); err != nil {
		t.Error(err)
	}
}

func TestCheckNamesEveryProblem(t *testing.T) {
	v := defaults()
	v.Run.Seed = 1 << 63
	v.Run.Steps = 0
	v.PPO.Shared.Gamma = math.NaN()
	v.PPO.Clip = span{0, 2}
	v.PPO.Epochs = 13
	v.PPO.Mini = 4096
	v.PPO.Value = "none"
	v.Optim.Rate = schedule{1, math.Inf(1)}
	v.Optim.Betas[1] = -1
	v.Optim.Groups = []string{"Actor"}
	want := `run.seed = 9223372036854775808: must be at most 9223372036854775807
run.steps = 0: must be at least 1
ppo.gamma = nan: must be a number, which nan is not
ppo.clip = { low = 0.0, high = 2.0 }: must be in (0, 1) throughout
ppo.minibatch = 4096: must be at most batch, which is 2048
ppo.epochs: must be few without a value loss
ppo: nobody wants thirteen
optim.learning_rate = "linear(1, +Inf)": must be at least 0 and finite throughout
optim.betas[1] = -1.0: must be in [0, 1)
optim.groups[0] = "Actor": must be actor or critic; did you mean actor?`
	if got := lines(config.Check(v)); got != want {
		t.Errorf("Check says\n%s\nand should say\n%s", got, want)
	}
}

func TestCheckNamesThePartsOfATable(t *testing.T) {
	for clip, want := range map[span]string{
		{0.3, 0.2}: "ppo.clip.low = 0.3: must be at most high, which is 0.2",
		{0.5, 0.5}: "ppo.clip: low = 0.5: is not to my taste", // written as a number, without parts
	} {
		v := defaults()
		v.PPO.Clip = clip
		if got := lines(config.Check(v)); got != want {
			t.Errorf("Check says %q, not %q", got, want)
		}
	}
}

// Grumbler always has something to say.
type Grumbler struct {
	N int `toml:"n" range:"[1, 9]"`
}

// Validate complains about n.
func (g Grumbler) Validate() error {
	if g.N < 1 {
		return errors.New("n = 0: must be positive")
	}
	return errors.New("n: heard")
}

type silencer struct{ Grumbler }

func (silencer) Validate() error { return nil }

func TestCheckAsksEachValidateOnce(t *testing.T) {
	g := Grumbler{1}
	for _, c := range []struct {
		what     string
		settings any
		want     string
	}{
		{"a setting that is known to be wrong", Grumbler{0}, "n = 0: must be in [1, 9]"},
		{"the whole", g, "n: heard"},
		{"a section", struct {
			S Grumbler `toml:"section"`
		}{g}, "section.n: heard"},
		{"a pointer", struct {
			S *Grumbler `toml:"section"`
		}{&g}, "section.n: heard"},
		{"a merged struct", struct {
			S Grumbler `toml:",inline"`
		}{g}, "n: heard"},
		{"an embedded struct", struct{ Grumbler }{g}, "n: heard"},
		{"an embedded struct that is overridden", silencer{g}, ""},
		{"two embedded structs, neither of which is promoted", struct {
			Grumbler
			Other
		}{g, Other{}}, "n: heard\nm: heard"},
	} {
		if got := lines(config.Check(c.settings)); got != c.want {
			t.Errorf("Check of %s says %q, not %q", c.what, got, c.want)
		}
	}
}

// Other complains as well.
type Other struct {
	M int `toml:"m"`
}

// Validate complains about m.
func (*Other) Validate() error { return errors.New("m: heard") }
