package region

import (
	"fmt"
	"slices"

	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/seed"
)

// Coefficients is the section surrogate of an algorithm's own: the coefficients of
// the objectives other than clip. The zero value is valid for objectives that read
// none; start from DefaultCoefficients. It is plain data.
type Coefficients struct {
	// Objective kl: coefficient β of the penalty. Objective kl-cov: that of the penalty on the rows picked out. With kl_target the one to begin with.
	KL float64 `toml:"kl" range:"[0, 1e6]"`
	// Objectives kl and kl-cov: divergence of an update to which β is adapted. 0: β is fixed; so it must be for other objectives.
	KLTarget float64 `toml:"kl_target" range:"[0, inf)"`
	// How it is adapted. doubling: by a factor of 2 where the divergence is off by more than one of 1.5 (Schulman et al. 2017). proportional: by the relative error, at most 20 %, once in 10,000 samples (Ziegler et al. 2019).
	KLLaw string `toml:"kl_law" oneof:"doubling proportional"`
	// Objective rollback: slope α outside the range, back towards it.
	Rollback float64 `toml:"rollback" range:"[0, inf)"`
	// Objective quadratic: coefficient τ of half the squared log-ratio.
	Quadratic float64 `toml:"quadratic" range:"[0, inf)"`
	// Objective sapo: temperature τ₊ of the gate for positive advantages.
	Temperature float64 `toml:"temperature" range:"(0, inf)"`
	// Objective sapo: temperature τ₋ of the gate for negative advantages.
	NegativeTemperature float64 `toml:"negative_temperature" range:"(0, inf)"`
	// Objectives tis and topr: largest importance weight.
	Cap float64 `toml:"cap" range:"(0, inf)"`
	// Objectives clip-cov and kl-cov: share of a minibatch's rows to pick out, at least one row.
	Share float64 `toml:"share" range:"(0, 1]"`
	// Objective clip-cov: rows that may be picked have a covariance of log-probability and advantage above this.
	CovarianceLow float64 `toml:"covariance_low"`
	// Objective clip-cov: and one below this.
	CovarianceHigh float64 `toml:"covariance_high"`
}

// The values of kl_law.
const (
	lawDoubling     = "doubling"
	lawProportional = "proportional"
)

// klHorizon is the number of samples in which the proportional law answers to the
// whole of an error; the value is that of Ziegler et al.
const klHorizon = 10_000

// DefaultCoefficients returns the coefficients of the papers.
func DefaultCoefficients() Coefficients {
	s := objective.DefaultSettings()
	return Coefficients{
		KL: s.KL, KLLaw: lawDoubling,
		Rollback: s.Rollback, Quadratic: s.Quadratic,
		Temperature: s.Temperature, NegativeTemperature: s.Negative,
		Cap: s.Cap, Share: s.Share, CovarianceLow: s.CovarianceLow, CovarianceHigh: s.CovarianceHigh,
	}
}

// Validate reports settings that contradict each other.
func (c Coefficients) Validate() error {
	switch {
	case c.KLTarget > 0 && c.KL == 0:
		return fmt.Errorf("kl = %v: must be above 0 where kl_target is set", c.KL)
	case c.CovarianceHigh <= c.CovarianceLow:
		return fmt.Errorf("covariance_high = %v: must be above covariance_low, which is %v", c.CovarianceHigh, c.CovarianceLow)
	}
	return nil
}

// Fit reports coefficients that an objective does not take.
func (c Coefficients) Fit(name string) error {
	if v, ok := objective.Find(name); ok && c.KLTarget > 0 && !takesKL(v) {
		return fmt.Errorf("surrogate.kl_target = %v: must be 0 (off) for the objective %s, which has no coefficient kl to adapt; kl and kl-cov have one",
			c.KLTarget, name)
	}
	return nil
}

// FitDual reports a coefficient of the dual clip that there cannot be.
func FitDual(dual float64) error {
	if dual > 0 && dual <= 1 {
		return fmt.Errorf("dual_clip = %v: must be 0 (off) or above 1", dual)
	}
	return nil
}

// penalty is what adapts β, in an objective that has one; nil if nothing does.
func (c Coefficients) penalty() *optim.Controller {
	switch {
	case c.KLTarget == 0:
		return nil
	case c.KLLaw == lawProportional:
		return optim.NewController(c.KL, min(c.KL, 1e-6), 1e6, optim.ProportionalPenalty(c.KLTarget, klHorizon))
	}
	return optim.NewController(c.KL, min(c.KL, 1e-6), 1e6, optim.DoublingPenalty(c.KLTarget))
}

// Surrogate is an objective with the settings in force. The zero value is none. It
// is a plain value.
type Surrogate struct {
	Loss objective.Surrogate
	// Pick picks rows out of a whole batch, before Loss sees any of it; nil: none are picked.
	Pick func(selected []bool, b *objective.Batch, draw func() float64)
	Draw func() float64 // what Pick draws by in minibatches: the run's own stream
}

// Surrogates makes the surrogate of a run, anew only when its settings change.
// The zero value is not usable; call NewSurrogates. One is used by one goroutine
// at a time.
type Surrogates struct {
	variant  objective.Variant
	settings objective.Settings // of latest
	latest   Surrogate
	penalty  *optim.Controller // of the coefficient β; nil: fixed
	draw     func() float64
}

// NewSurrogates makes the surrogates of the objective with the given name. dual is
// the coefficient of the dual clip, 0 if it is off; rng is what objectives that
// pick rows at random draw from. It panics if there is no such objective.
func NewSurrogates(name string, dual float64, c Coefficients, rng *seed.Rand) *Surrogates {
	variant, ok := objective.Find(name)
	if !ok {
		panic("region: there is no objective " + name) // the settings were not checked
	}
	all := &Surrogates{
		variant: variant,
		settings: objective.Settings{
			Dual: dual, KL: c.KL, Rollback: c.Rollback, Quadratic: c.Quadratic,
			Temperature: c.Temperature, Negative: c.NegativeTemperature,
			Cap: c.Cap, Share: c.Share, CovarianceLow: c.CovarianceLow, CovarianceHigh: c.CovarianceHigh,
		},
		draw: rng.Float64,
	}
	if takesKL(variant) {
		all.penalty = c.penalty()
	}
	return all
}

// takesKL reports whether a surrogate has a coefficient β.
func takesKL(v objective.Variant) bool { return slices.Contains(v.Reads, "KL") }

// At returns the surrogate for a clip range.
func (s *Surrogates) At(low, high float64) Surrogate {
	settings := s.settings
	settings.Low, settings.High = low, high
	if s.penalty != nil {
		settings.KL = s.penalty.Value()
	}
	if s.latest.Loss != nil && settings == s.settings {
		return s.latest
	}
	s.settings, s.latest = settings, Surrogate{Loss: s.variant.New(settings), Draw: s.draw}
	if s.variant.Select != nil {
		s.latest.Pick = func(selected []bool, b *objective.Batch, draw func() float64) {
			s.variant.Select(selected, b, s.settings, draw)
		}
	}
	return s.latest
}

// Coefficient is the β in force, if the objective has one.
func (s *Surrogates) Coefficient() (beta float64, ok bool) {
	return s.settings.KL, takesKL(s.variant)
}

// Penalty is what adapts β; nil if nothing does.
func (s *Surrogates) Penalty() *optim.Controller { return s.penalty }
