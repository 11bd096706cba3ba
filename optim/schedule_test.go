package optim_test

import (
	"encoding"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/proximal-rl/proximal/optim"
)

func TestSchedule(t *testing.T) {
	for _, test := range []struct {
		schedule       optim.Schedule
		progress, want float64
	}{
		{optim.Schedule{}, 0.5, 0},
		{optim.Constant(0.2), 0, 0.2},
		{optim.Constant(0.2), 0.7, 0.2},
		{optim.Constant(-3), 5, -3},
		{optim.Linear(3e-4, 0), 0, 3e-4},
		{optim.Linear(3e-4, 0), 0.25, 3e-4 * 0.75},
		{optim.Linear(3e-4, 0), 1, 0},
		{optim.Linear(1, 5), 0.5, 3},
		{optim.Linear(-math.MaxFloat64, math.MaxFloat64), 0.5, 0},
	} {
		if got := test.schedule.At(test.progress); got != test.want {
			t.Errorf("%v at %v: got %v, want %v", test.schedule, test.progress, got, test.want)
		}
	}
}

// Training goes on to the end of the rollout that reaches the step limit, so
// the last update may see a progress above 1.
func TestScheduleStaysAtItsEnds(t *testing.T) {
	fall, rise := optim.Linear(3e-4, 0), optim.Linear(0.1, 0.4)
	for _, progress := range []float64{1, math.Nextafter(1, 2), 1.28, 100, math.Inf(1)} {
		if got := fall.At(progress); got != 0 {
			t.Errorf("%v at %v: got %v", fall, progress, got)
		}
		if got := rise.At(progress); got != 0.4 {
			t.Errorf("%v at %v: got %v", rise, progress, got)
		}
	}
	for _, progress := range []float64{0, -1e-9, -7, math.Inf(-1)} {
		if got := fall.At(progress); got != 3e-4 {
			t.Errorf("%v at %v: got %v", fall, progress, got)
		}
	}
}

// Rounding must not make a constant flicker: from*(1-p) + to*p alone would.
func TestConstantIsTheSameThroughout(t *testing.T) {
	for _, v := range []float64{0.1, 0.2, 3e-4, -0.7} {
		for i := range 1000 {
			if got := optim.Constant(v).At(float64(i) / 1000); got != v {
				t.Fatalf("%v at %v: got %v", v, float64(i)/1000, got)
			}
		}
	}
}

func TestScheduleStaysWithinBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := optim.Linear(rapid.Float64().Draw(t, "from"), rapid.Float64().Draw(t, "to"))
		low, high := s.Bounds()
		if v := s.At(rapid.Float64().Draw(t, "progress")); !(low <= v && v <= high) {
			t.Fatalf("%v is outside [%v, %v]", v, low, high)
		}
		inside := rapid.Float64Range(0, 1).Draw(t, "progress within the run")
		if v := s.At(inside); !(low <= v && v <= high) {
			t.Fatalf("%v is outside [%v, %v]", v, low, high)
		}
	})
}

var (
	_ encoding.TextMarshaler   = optim.Schedule{}
	_ encoding.TextUnmarshaler = (*optim.Schedule)(nil)
)

func TestScheduleText(t *testing.T) {
	for text, want := range map[string]struct {
		schedule  optim.Schedule
		canonical string
	}{
		"0.0003":              {optim.Constant(3e-4), "0.0003"},
		"3e-4":                {optim.Constant(3e-4), "0.0003"},
		" 1 ":                 {optim.Constant(1), "1"},
		"-2.5e+3":             {optim.Constant(-2500), "-2500"},
		"1e9":                 {optim.Constant(1e9), "1e+09"},
		"linear(3e-4, 0)":     {optim.Linear(3e-4, 0), "linear(0.0003, 0)"},
		" linear ( 1 ,-.5 ) ": {optim.Linear(1, -0.5), "linear(1, -0.5)"},
		"linear(2,2)":         {optim.Constant(2), "2"},
	} {
		var got optim.Schedule
		if err := got.UnmarshalText([]byte(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if got != want.schedule || got.String() != want.canonical {
			t.Errorf("%q: got %v, want %v as %s", text, got, want.schedule, want.canonical)
		}
	}
}

func TestScheduleRefusesOtherText(t *testing.T) {
	for text, reason := range map[string]string{
		"":                   `"" is not a finite decimal number`,
		"fast":               `"fast" is not a finite decimal number`,
		"nan":                `"nan" is not a finite decimal number`,
		"-inf":               `"-inf" is not a finite decimal number`,
		"1e999":              `"1e999" is not a finite decimal number`,
		"0x1p-4":             `"0x1p-4" is not a finite decimal number`,
		"0x10":               `"0x10" is not a finite decimal number`,
		"1_0":                `"1_0" is not a finite decimal number`,
		"1 2":                `"1 2" is not a finite decimal number`,
		"1)":                 `"1)" is not a finite decimal number`,
		"cosine(1, 0)":       `there is no shape "cosine"`,
		"Linear(1, 0)":       `there is no shape "Linear"`,
		"(1, 0)":             `there is no shape ""`,
		"linear(1, 0":        "the closing parenthesis is missing",
		"linear(1, 0) x":     "the closing parenthesis is missing",
		"linear(1)":          "linear takes two numbers",
		"linear()":           "linear takes two numbers",
		"linear(1, 2, 3)":    "linear takes two numbers",
		"linear(1, )":        `"" is not a finite decimal number`,
		"linear(nan, 0)":     `"nan" is not a finite decimal number`,
		"linear(1, 0))":      `"0)" is not a finite decimal number`,
		"linear((1, 0))":     `"(1" is not a finite decimal number`,
		"linear(0, infinity": "the closing parenthesis is missing",
	} {
		s := optim.Constant(7)
		err := s.UnmarshalText([]byte(text))
		switch {
		case err == nil:
			t.Errorf("%q was read as %v", text, s)
		case s != optim.Constant(7):
			t.Errorf("%q: the schedule changed to %v", text, s)
		case err.Error() != "must be a number such as 3e-4, or linear(from, to): "+reason:
			t.Errorf("%q: the error is %q", text, err)
		}
	}
}

func FuzzScheduleText(f *testing.F) {
	for _, text := range []string{"0", "3e-4", "linear(3e-4, 0)", "linear(-1,+1.5e3)", "linear(", "inf", "0x1p4", "-0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s, again optim.Schedule
		if s.UnmarshalText([]byte(text)) != nil {
			return
		}
		low, high := s.Bounds()
		if math.IsInf(low, 0) || math.IsInf(high, 0) || !(low <= high) {
			t.Fatalf("%q has the bounds %v and %v", text, low, high)
		}
		canonical, err := s.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		if err := again.UnmarshalText(canonical); err != nil {
			t.Fatalf("%q became %q: %v", text, canonical, err)
		}
		if again != s || again.String() != string(canonical) {
			t.Fatalf("%q became %q and then %q", text, canonical, again)
		}
	})
}
