package optim

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Schedule is a setting whose value may depend on the progress of training: a
// constant, or a straight line from one value to another. The zero value is the
// constant 0. Schedules are plain values that compare with ==; all methods but
// UnmarshalText are safe for concurrent use.
//
// As text a schedule is a number, 0.0003, or a call, linear(0.0003, 0).
type Schedule struct{ from, to float64 }

// Constant returns the schedule that is v throughout. It panics if v is not
// finite.
func Constant(v float64) Schedule { return Linear(v, v) }

// Linear returns the schedule that goes from one value at progress 0 to another
// at progress 1 in a straight line, and stays there. It panics if a value is
// not finite.
func Linear(from, to float64) Schedule {
	if !finite(from) || !finite(to) {
		panic("optim: value of a schedule is not finite")
	}
	return Schedule{from, to}
}

// At returns the value at a progress.
//
//	p = progress, at least 0 and at most 1
//	from*(1-p) + to*p, within [Schedule.Bounds]
//
// A run whose last rollout overshoots its end has a progress above 1; the value
// then stays at the end of the line, where without the bound a learning rate
// that falls to 0 would turn negative.
//
// It panics if progress is NaN.
//
// Source: PPO implementation detail 4 (Huang et al. 2022); the bound is ours.
func (s Schedule) At(progress float64) float64 {
	if math.IsNaN(progress) {
		panic("optim: progress is NaN")
	}
	p := min(max(progress, 0), 1)
	low, high := s.Bounds()
	return min(max(float64(s.from*(1-p))+float64(s.to*p), low), high)
}

// Bounds returns the lowest and the highest value the schedule takes.
func (s Schedule) Bounds() (low, high float64) {
	return min(s.from, s.to), max(s.from, s.to)
}

// String returns the schedule as text, in the one form that [Schedule.MarshalText]
// writes.
func (s Schedule) String() string {
	if s.from == s.to {
		return formatNumber(s.from)
	}
	return "linear(" + formatNumber(s.from) + ", " + formatNumber(s.to) + ")"
}

// MarshalText returns the schedule as text that [Schedule.UnmarshalText] reads
// back to the same schedule. The error is always nil.
func (s Schedule) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText sets s to the schedule that text describes, a decimal number or
// linear(from, to). If text is neither, s stays as it was and the error, a phrase
// to follow the name of the setting, says what would do and why this does not.
func (s *Schedule) UnmarshalText(text []byte) error {
	parsed, err := parseSchedule(string(text))
	if err != nil {
		return fmt.Errorf("must be a number such as 3e-4, or linear(from, to): %w", err)
	}
	*s = parsed
	return nil
}

func parseSchedule(text string) (Schedule, error) {
	name, rest, isCall := strings.Cut(text, "(")
	if !isCall {
		v, err := parseNumber(text)
		return Schedule{v, v}, err
	}
	if name = strings.TrimSpace(name); name != "linear" {
		return Schedule{}, fmt.Errorf("there is no shape %q", name)
	}
	rest, isClosed := strings.CutSuffix(strings.TrimSpace(rest), ")")
	if !isClosed {
		return Schedule{}, errors.New("the closing parenthesis is missing")
	}
	ends := strings.Split(rest, ",")
	if len(ends) != 2 {
		return Schedule{}, errors.New("linear takes two numbers")
	}
	from, err := parseNumber(ends[0])
	if err != nil {
		return Schedule{}, err
	}
	to, err := parseNumber(ends[1])
	return Schedule{from, to}, err
}

// parseNumber reads a decimal number. strconv alone would also take infinities,
// NaN and hexadecimal digits.
func parseNumber(text string) (float64, error) {
	text = strings.TrimSpace(text)
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.Trim(text, "+-.0123456789eE") != "" {
		return 0, fmt.Errorf("%q is not a finite decimal number", text)
	}
	return v, nil
}

// formatNumber writes the shortest text that reads back as v.
func formatNumber(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
