package train

import (
	"fmt"
	"slices"

	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/seed"
)

// SurrogateSection is the section [ppo.surrogate]: the coefficients of the
// surrogate objectives other than clip. It is plain data.
type SurrogateSection struct {
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

// defaultSurrogate has the coefficients of the papers.
func defaultSurrogate() SurrogateSection {
	s := objective.DefaultSettings()
	return SurrogateSection{
		KL: s.KL, KLLaw: lawDoubling,
		Rollback: s.Rollback, Quadratic: s.Quadratic,
		Temperature: s.Temperature, NegativeTemperature: s.Negative,
		Cap: s.Cap, Share: s.Share, CovarianceLow: s.CovarianceLow, CovarianceHigh: s.CovarianceHigh,
	}
}

// Validate reports settings that contradict each other.
func (c SurrogateSection) Validate() error {
	switch {
	case c.KLTarget > 0 && c.KL == 0:
		return fmt.Errorf("kl = %v: must be above 0 where kl_target is set", c.KL)
	case c.CovarianceHigh <= c.CovarianceLow:
		return fmt.Errorf("covariance_high = %v: must be above covariance_low, which is %v", c.CovarianceHigh, c.CovarianceLow)
	}
	return nil
}

// penalty is what adapts β, in an objective that has one; nil if nothing does.
func (c SurrogateSection) penalty() *optim.Controller {
	switch {
	case c.KLTarget == 0:
		return nil
	case c.KLLaw == lawProportional:
		return optim.NewController(c.KL, min(c.KL, 1e-6), 1e6, optim.ProportionalPenalty(c.KLTarget, klHorizon))
	}
	return optim.NewController(c.KL, min(c.KL, 1e-6), 1e6, optim.DoublingPenalty(c.KLTarget))
}

// surrogate is an objective with the settings in force.
type surrogate struct {
	loss objective.Surrogate
	// pick picks rows out of a whole batch, before loss sees any of it; nil: none are picked.
	pick func(selected []bool, b *objective.Batch, draw func() float64)
	draw func() float64 // what pick draws by in minibatches: the run's own stream
}

// surrogates makes the surrogate of a run, anew only when its settings change.
type surrogates struct {
	variant  objective.Variant
	settings objective.Settings // of latest
	latest   surrogate
	penalty  *optim.Controller // of the coefficient β; nil: fixed
	draw     func() float64
}

func newSurrogates(c PPO, rng *seed.Rand) *surrogates {
	variant, ok := objective.Find(c.Objective)
	if !ok {
		panic("train: there is no objective " + c.Objective) // the settings were not checked
	}
	s := c.Surrogate
	all := &surrogates{
		variant: variant,
		settings: objective.Settings{
			Dual: c.DualClip, KL: s.KL, Rollback: s.Rollback, Quadratic: s.Quadratic,
			Temperature: s.Temperature, Negative: s.NegativeTemperature,
			Cap: s.Cap, Share: s.Share, CovarianceLow: s.CovarianceLow, CovarianceHigh: s.CovarianceHigh,
		},
		draw: rng.Float64,
	}
	if takesKL(variant) {
		all.penalty = s.penalty()
	}
	return all
}

// takesKL reports whether a surrogate has a coefficient β.
func takesKL(v objective.Variant) bool { return slices.Contains(v.Reads, "KL") }

// at returns the surrogate for a clip range.
func (s *surrogates) at(low, high float64) surrogate {
	settings := s.settings
	settings.Low, settings.High = low, high
	if s.penalty != nil {
		settings.KL = s.penalty.Value()
	}
	if s.latest.loss != nil && settings == s.settings {
		return s.latest
	}
	s.settings, s.latest = settings, surrogate{loss: s.variant.New(settings), draw: s.draw}
	if s.variant.Select != nil {
		s.latest.pick = func(selected []bool, b *objective.Batch, draw func() float64) {
			s.variant.Select(selected, b, s.settings, draw)
		}
	}
	return s.latest
}

// coefficient is the β in force, if the objective has one.
func (s *surrogates) coefficient() (beta float64, ok bool) {
	return s.settings.KL, takesKL(s.variant)
}
