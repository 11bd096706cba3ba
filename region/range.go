package region

import (
	"fmt"

	"github.com/proximal-rl/proximal/optim"
)

// Range is how far a ratio may move from 1: down to 1 − Low and up to 1 + High.
// It is plain data. In settings it is one number or schedule for both sides, or a
// table:
//
//	clip = 0.2
//	clip = "linear(0.2, 0)"
//	clip = { low = 0.2, high = 0.28 }
type Range struct {
	Low, High optim.Schedule
}

// Symmetric is the same constant range on both sides.
func Symmetric(epsilon float64) Range {
	return Range{optim.Constant(epsilon), optim.Constant(epsilon)}
}

// At returns the range in force at a progress in [0, 1].
func (r Range) At(progress float64) (low, high float64) {
	return r.Low.At(progress), r.High.At(progress)
}

// Validate reports a range that a ratio cannot have. A schedule may end at 0,
// but must not begin there.
func (r Range) Validate() error {
	for _, side := range []struct {
		name  string
		value optim.Schedule
		limit float64
		want  string
	}{
		{"low", r.Low, 1, "must be in (0, 1), because 1 - low bounds a ratio from below"},
		{"high", r.High, 1e6, "must be in (0, 1e6)"},
	} {
		least, most := side.value.Bounds()
		if !(least >= 0 && most > 0 && most < side.limit) {
			return fmt.Errorf("%s = %v: %s", side.name, side.value, side.want)
		}
	}
	return nil
}

// ConfigValue is the range as settings show it.
func (r Range) ConfigValue() any {
	if r.Low == r.High {
		return r.Low
	}
	return struct {
		Low  optim.Schedule `toml:"low"`
		High optim.Schedule `toml:"high"`
	}{r.Low, r.High}
}

// SetConfigValue reads a range from settings.
func (r *Range) SetConfigValue(v any) error {
	table, ok := v.(map[string]any)
	if !ok {
		both, err := schedule(v)
		if err != nil {
			return err
		}
		r.Low, r.High = both, both
		return r.Validate()
	}
	for key, value := range table {
		side, err := schedule(value)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", key, err)
		case key == "low":
			r.Low = side
		case key == "high":
			r.High = side
		default:
			return fmt.Errorf("unknown key %q: must be low or high", key)
		}
	}
	return r.Validate()
}

// schedule reads a number or a schedule's text.
func schedule(v any) (s optim.Schedule, err error) {
	switch v := v.(type) {
	case float64:
		return optim.Constant(v), nil
	case string:
		err = s.UnmarshalText([]byte(v))
		return s, err
	}
	return s, fmt.Errorf("must be a number, a schedule such as \"linear(0.2, 0)\", or a table { low = …, high = … }")
}
