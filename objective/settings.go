package objective

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Settings are the numbers that the variants of the surrogate take; each reads
// those that [Variant.Reads] names. It is plain data: start from
// [DefaultSettings]. The zero value is valid for variants that read none.
type Settings struct {
	Low, High      float64 // clip range: ratios from 1 − Low to 1 + High
	Dual           float64 // dual clip coefficient; 0: off, else above 1
	KL             float64 // coefficient β of the KL penalty, and of kl-cov's
	Rollback       float64 // slope α of the rollback outside the range
	Quadratic      float64 // coefficient τ of the squared log-ratio
	Temperature    float64 // τ₊ of the soft gate for positive advantages …
	Negative       float64 // … and τ₋ for negative ones
	Cap            float64 // largest importance weight of tis and topr
	BehaviorCap    float64 // largest weight of decoupled for the policy that drew the action; 0: none
	Share          float64 // share of rows that clip-cov and kl-cov pick out
	CovarianceLow  float64 // clip-cov picks among rows with a covariance above this …
	CovarianceHigh float64 // … and below this
}

// DefaultSettings returns the coefficients that the papers use, with the clip
// range 0.2 on both sides.
func DefaultSettings() Settings {
	return Settings{
		Low: 0.2, High: 0.2, KL: 1, Rollback: 0.3, Quadratic: 0.1,
		Temperature: 1, Negative: 1.05, Cap: 1, Share: 0.0002, CovarianceLow: 1, CovarianceHigh: 5,
	}
}

// Validate returns an error that names every setting out of its range, with
// its value and the range. A clip range must not be empty here.
func (s Settings) Validate() error {
	var all []error
	for _, f := range s.fields() {
		if !f.ok || f.value == 0 && (f.name == "Low" || f.name == "High") {
			all = append(all, f.problem())
		}
	}
	return errors.Join(all...)
}

// check panics if one of the settings named is out of its range. The clip range
// may be empty, as it is where a schedule ends.
func (s Settings) check(names []string) {
	for _, f := range s.fields() {
		if !f.ok && slices.Contains(names, f.name) {
			panic("objective: " + f.problem().Error())
		}
	}
}

// bounds are the least and the greatest ratio inside the range.
func (s Settings) bounds() (lowest, highest float64) { return 1 - s.Low, 1 + s.High }

// field is one setting and what it has to be.
type field struct {
	name  string
	value float64
	ok    bool
	want  string
}

// problem says what is wrong with it.
func (f field) problem() error { return fmt.Errorf("%s = %v: must be %s", f.name, f.value, f.want) }

// fields lists the settings in their order. An infinite High is a range without
// an upper bound.
func (s Settings) fields() []field {
	atLeastZero := func(name string, x float64) field {
		return field{name, x, x >= 0 && finite(x), "at least 0 and finite"}
	}
	positive := func(name string, x float64) field {
		return field{name, x, x > 0 && finite(x), "above 0 and finite"}
	}
	return []field{
		{"Low", s.Low, s.Low >= 0 && s.Low < 1, "in (0, 1), because 1 - Low bounds the ratio from below"},
		{"High", s.High, s.High >= 0, "above 0"},
		{"Dual", s.Dual, s.Dual == 0 || s.Dual > 1 && finite(s.Dual), "0 (off) or above 1 and finite"},
		atLeastZero("KL", s.KL),
		atLeastZero("Rollback", s.Rollback),
		atLeastZero("Quadratic", s.Quadratic),
		positive("Temperature", s.Temperature),
		positive("Negative", s.Negative),
		positive("Cap", s.Cap),
		atLeastZero("BehaviorCap", s.BehaviorCap),
		{"Share", s.Share, s.Share > 0 && s.Share <= 1, "in (0, 1]"},
		{"CovarianceLow", s.CovarianceLow, !math.IsNaN(s.CovarianceLow), "a number"},
		{"CovarianceHigh", s.CovarianceHigh, s.CovarianceHigh > s.CovarianceLow,
			fmt.Sprintf("above CovarianceLow, which is %v", s.CovarianceLow)},
	}
}
