package objective_test

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/objective"
)

// Each setting at the ends of its range, and beyond.
func TestRangesOfSettings(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for field, c := range map[string]struct{ good, bad []float64 }{
		"Low":            {[]float64{1e-9, 0.999}, []float64{0, -0.1, 1, 1.5, nan, inf}},
		"High":           {[]float64{1e-9, 0.28, 4, inf}, []float64{0, -0.1, nan}},
		"Dual":           {[]float64{0, 1.0001, 3}, []float64{0.5, 1, -2, nan, inf}},
		"KL":             {[]float64{0, 5}, []float64{-1e-9, nan, inf}},
		"Rollback":       {[]float64{0, 5}, []float64{-1e-9, nan, inf}},
		"Quadratic":      {[]float64{0, 5}, []float64{-1e-9, nan, inf}},
		"Temperature":    {[]float64{1e-9, 5}, []float64{0, -1, nan, inf}},
		"Negative":       {[]float64{1e-9, 5}, []float64{0, -1, nan, inf}},
		"Cap":            {[]float64{1e-9, 5}, []float64{0, -1, nan, inf}},
		"BehaviorCap":    {[]float64{0, 5}, []float64{-1e-9, nan, inf}},
		"Share":          {[]float64{1e-9, 1}, []float64{0, -1, 1.001, nan, inf}},
		"CovarianceLow":  {[]float64{-inf, -3, 4.999}, []float64{nan, 5, 6}},
		"CovarianceHigh": {[]float64{1.001, inf}, []float64{nan, 1, 0}},
	} {
		named := field
		if field == "CovarianceLow" {
			named = "Covariance" // one above the other is a mistake of either
		}
		for _, x := range c.good {
			s := objective.DefaultSettings()
			reflect.ValueOf(&s).Elem().FieldByName(field).SetFloat(x)
			if err := s.Validate(); err != nil {
				t.Errorf("%s = %v: %v", field, x, err)
			}
			each(s, field, func(make func()) { make() })
		}
		for _, x := range c.bad {
			s := objective.DefaultSettings()
			reflect.ValueOf(&s).Elem().FieldByName(field).SetFloat(x)
			if err := s.Validate(); err == nil || !strings.Contains(err.Error(), named) || !strings.Contains(err.Error(), "must be") {
				t.Errorf("%s = %v: %v", field, x, err)
			}
			if x == 0 && (field == "Low" || field == "High") {
				each(s, field, func(make func()) { make() }) // where a schedule ends
				continue
			}
			each(s, field, func(make func()) {
				defer func() {
					if message, _ := recover().(string); !strings.HasPrefix(message, "objective: ") || !strings.Contains(message, named) {
						t.Errorf("%s = %v: panic %q", field, x, message)
					}
				}()
				make()
			})
		}
	}
}

// each makes every variant that reads a setting, and its curve.
func each(s objective.Settings, field string, with func(make func())) {
	for _, v := range objective.Variants() {
		if slices.Contains(v.Reads, field) {
			with(func() { v.New(s) })
			with(func() { v.Curve(s) })
		}
	}
}

// Every setting is read by some variant, and a variant needs no other.
func TestVariantsReadWhatTheySay(t *testing.T) {
	for field := range reflect.TypeFor[objective.Settings]().Fields() {
		used := false
		for _, v := range objective.Variants() {
			used = used || slices.Contains(v.Reads, field.Name)
		}
		if !used {
			t.Errorf("no variant reads %s", field.Name)
		}
	}
	defaults := reflect.ValueOf(objective.DefaultSettings())
	for _, v := range objective.Variants() {
		var only objective.Settings
		for _, name := range v.Reads {
			reflect.ValueOf(&only).Elem().FieldByName(name).Set(defaults.FieldByName(name))
		}
		for _, r := range someRatios {
			for _, a := range []float64{-1, 1} {
				value, slope := v.Curve(objective.DefaultSettings())(r, a)
				if alone, slopeAlone := v.Curve(only)(r, a); alone != value || slopeAlone != slope {
					t.Errorf("%s reads a setting that it does not name", v.Name)
				}
			}
		}
	}
}

func TestValidateNamesEverySetting(t *testing.T) {
	err := objective.Settings{Low: 1.5, High: -1, Dual: 0.5}.Validate()
	want := `Low = 1.5: must be in (0, 1), because 1 - Low bounds the ratio from below
High = -1: must be above 0
Dual = 0.5: must be 0 (off) or above 1 and finite
Temperature = 0: must be above 0 and finite
Negative = 0: must be above 0 and finite
Cap = 0: must be above 0 and finite
Share = 0: must be in (0, 1]
CovarianceHigh = 0: must be above CovarianceLow, which is 0`
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	if err := objective.DefaultSettings().Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
}
