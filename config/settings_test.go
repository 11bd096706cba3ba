package config_test

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// The settings of an imaginary program, with every kind that config knows.
type settings struct {
	Name     string `toml:"name"`
	Run      run    `toml:"run"`
	Env      world  `toml:"env"`
	PPO      *ppo   `toml:"ppo"`
	TRPO     *ppo   `toml:"trpo"` // nil: not a section of this run
	Optim    optim  `toml:"optim"`
	Internal int
}

type run struct {
	Seed    uint64        `toml:"seed"`
	Steps   int           `toml:"steps" range:"[1, inf)"`
	Limit   time.Duration `toml:"limit"`
	Verbose bool          `toml:"verbose"`
}

type world struct {
	ID      string         `toml:"id"`
	Options map[string]any `toml:",inline"`
}

type shared struct {
	Gamma  float64 `toml:"gamma" range:"[0, 1]"`
	Lambda float64 `toml:"lambda" range:"[0, 1]"`
}

type ppo struct {
	shared2
	Shared shared `toml:",inline"`
	Clip   span   `toml:"clip" range:"(0, 1)"`
	Epochs int8   `toml:"epochs" range:"[1, inf)"`
	Batch  int    `toml:"batch" range:"[1, inf)"`
	Mini   int    `toml:"minibatch" range:"[1, inf)"`
	Value  string `toml:"value" oneof:"plain clipped none"`
}

type shared2 struct{ Ignored int }

func (p ppo) Validate() error {
	var problems []error
	if p.Mini > p.Batch {
		problems = append(problems, fmt.Errorf("minibatch = %d: must be at most batch, which is %d", p.Mini, p.Batch))
	}
	if p.Value == "none" && p.Epochs > 10 {
		problems = append(problems, errors.New("epochs must be few without a value loss"))
	}
	if p.Epochs == 13 {
		problems = append(problems, errors.New("nobody wants thirteen"))
	}
	return errors.Join(problems...)
}

type optim struct {
	Rate    schedule  `toml:"learning_rate" range:"[0, inf)"`
	Betas   []float64 `toml:"betas" range:"[0, 1)"`
	Epsilon float32   `toml:"epsilon" range:"(0, inf)"`
	Hidden  []int     `toml:"hidden" range:"[1, 65536]"`
	Groups  []string  `toml:"groups" oneof:"actor critic"`
	Inner   inner     `toml:"inner"`
}

type inner struct {
	Norm float64 `toml:"max norm" range:"(0, inf]"`
}

// span is one number or two.
type span struct{ Low, High float64 }

func (s span) Bounds() (low, high float64) { return min(s.Low, s.High), max(s.Low, s.High) }

func (s span) Validate() error {
	if s.Low > s.High {
		return fmt.Errorf("low = %g: must be at most high, which is %g", s.Low, s.High)
	}
	if s.Low == 0.5 {
		return errors.New("low = 0.5: is not to my taste")
	}
	return nil
}

func (s span) ConfigValue() any {
	if s.Low == s.High {
		return s.Low
	}
	return struct {
		Low  float64 `toml:"low"`
		High float64 `toml:"high"`
	}{s.Low, s.High}
}

func (s *span) SetConfigValue(v any) error {
	switch x := v.(type) {
	case float64:
		*s = span{x, x}
		return nil
	case map[string]any:
		low, okLow := x["low"].(float64)
		high, okHigh := x["high"].(float64)
		if okLow && okHigh && len(x) == 2 {
			*s = span{low, high}
			return nil
		}
	}
	return errors.New("must be a number or { low = …, high = … }")
}

// schedule is a number or "linear(from, to)".
type schedule struct{ from, to float64 }

func (s schedule) Bounds() (low, high float64) { return min(s.from, s.to), max(s.from, s.to) }

func (s schedule) MarshalText() ([]byte, error) {
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	if s.from == s.to {
		return []byte(number(s.from)), nil
	}
	return []byte("linear(" + number(s.from) + ", " + number(s.to) + ")"), nil
}

func (s *schedule) UnmarshalText(text []byte) error {
	inside, isCall := strings.CutPrefix(string(text), "linear(")
	if !isCall {
		x, err := strconv.ParseFloat(inside, 64)
		if err != nil {
			return errors.New(`must be a number or "linear(from, to)"`)
		}
		*s = schedule{x, x}
		return nil
	}
	from, to, _ := strings.Cut(strings.TrimSuffix(inside, ")"), ",")
	var errFrom, errTo error
	s.from, errFrom = strconv.ParseFloat(strings.TrimSpace(from), 64)
	s.to, errTo = strconv.ParseFloat(strings.TrimSpace(to), 64)
	if errFrom != nil || errTo != nil {
		return errors.New(`must be a number or "linear(from, to)"`)
	}
	return nil
}

func defaults() settings {
	return settings{
		Name:  "first light",
		Run:   run{Seed: 1, Steps: 200_000, Limit: 90 * time.Second},
		Env:   world{ID: "CartPole-v1", Options: map[string]any{"g": 9.8, "continuous": false}},
		PPO:   &ppo{Shared: shared{0.99, 0.95}, Clip: span{0.2, 0.2}, Epochs: 10, Batch: 2048, Mini: 64, Value: "plain"},
		Optim: optim{Rate: schedule{3e-4, 0}, Betas: []float64{0.9, 0.999}, Epsilon: 1e-5, Hidden: []int{64, 64}, Inner: inner{0.5}},
	}
}

var positiveInfinity = math.Inf(1)
