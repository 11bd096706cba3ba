package objective

import "slices"

// Curve is a surrogate as a function of the ratio of one row, every other
// log-probability being that of the old policy: its contribution to the
// objective that is maximised, and the slope by the ratio along which the policy
// is moved, both in float64 and before the weight. Log-probabilities count from
// the old policy's, so that log π is the logarithm of the ratio. The ratio is
// positive; at 0 it gives the limits, which may be infinite.
//
// The slope is the derivative of the objective, unless the variant is
// [Variant.Detached].
type Curve func(ratio, advantage float64) (objective, slope float64)

// Variant is one of the surrogates, by name. The zero value describes none. It
// is a plain value.
type Variant struct {
	Name    string                   // as settings and commands call it
	Meaning string                   // one sentence
	Reads   []string                 // the settings that it takes, as Settings calls them
	New     func(Settings) Surrogate // panics if one of them is out of its range
	Curve   func(Settings) Curve     // likewise; of a row that is not selected and a sequence of its own

	// Detached says that a factor of the objective is held constant, so that
	// the slope is not the objective's derivative.
	Detached bool

	// Select, if not nil, is the pass over the whole batch, before any part of
	// it is given to the surrogate, that fills Batch.Selected. draw returns
	// uniform numbers in [0, 1). It panics as New does, or if lengths differ.
	Select func(selected []bool, b *Batch, s Settings, draw func() float64)
}

// Variants lists every surrogate there is.
func Variants() []Variant { return slices.Clone(variants) }

// Find returns the variant of the given name, and whether there is one.
func Find(name string) (Variant, bool) {
	for _, v := range variants {
		if v.Name == name {
			return v, true
		}
	}
	return Variant{}, false
}

// variants is the list. It is never written to.
var variants = []Variant{
	rowwise("unclipped", "Ratio times advantage: the importance-weighted policy gradient, unbounded.", unclipped),
	rowwise("clip", "PPO: the smaller of ratio times advantage and the same with the ratio kept in its range.", clip, clipReads...),
	rowwise("kl", "Ratio times advantage, less a penalty on the divergence from the old policy.", penalty, "KL"),
	rowwise("vanilla", "The policy gradient without importance weights.", vanilla),
	detached(rowwise("tis", "The policy gradient with an importance weight that is capped and held constant.", truncated, "Cap")),
	detached(rowwise("topr", "Good actions in full, bad ones with a capped importance weight.", tapered, "Cap")),
	detached(rowwise("cispo", "The policy gradient with an importance weight that is clipped and held constant.", cispo, "Low", "High")),
	sequencewise("gspo", "PPO's clip on the geometric mean of a sequence's ratios.", gspo, clipReads...),
	sequencewise("gmpo", "The geometric mean of a sequence's ratios, each clipped in its logarithm, times the advantage.", gmpo, "Low", "High"),
	rowwise("sapo", "A soft gate instead of the clip: the slope fades on both sides.", sapo, "Temperature", "Negative"),
	rowwise("quadratic", "The policy gradient with the squared log-ratio as a penalty.", quadratic, "Quadratic"),
	rowwise("decoupled", "PPO's clip, weighted by the old policy over the one that drew the action.", decoupled, slices.Concat(clipReads, []string{"BehaviorCap"})...),
	selective(rowwise("clip-cov", "PPO's clip without a few random rows of high covariance.", clipCov, slices.Concat(clipReads, covarianceReads)...), selectBand),
	selective(rowwise("kl-cov", "Ratio times advantage, with a penalty on the rows of highest covariance.", klCov, "KL", "Share"), selectTop),
	rowwise("rollback", "PPO's clip with a slope that leads back, instead of none, beyond the range.", rollback, "Low", "High", "Rollback"),
}

// covarianceReads names the settings by which clip-cov picks its rows.
var covarianceReads = []string{"Share", "CovarianceLow", "CovarianceHigh"}

// rowwise describes a surrogate whose rows do not know of each other.
func rowwise(name, meaning string, of func(Settings) formula, reads ...string) Variant {
	return describe(name, meaning, reads, func(s Settings) shape { return of(s) })
}

// sequencewise describes a surrogate of whole sequences.
func sequencewise(name, meaning string, of func(Settings) sequential, reads ...string) Variant {
	return describe(name, meaning, reads, func(s Settings) shape { return of(s) })
}

// shape is what formulas of rows and of sequences have in common.
type shape interface {
	surrogate(s Settings) Surrogate
	curve() Curve
}

func describe(name, meaning string, reads []string, of func(Settings) shape) Variant {
	return Variant{
		Name: name, Meaning: meaning, Reads: reads,
		New: func(s Settings) Surrogate {
			s.check(reads)
			return of(s).surrogate(s)
		},
		Curve: func(s Settings) Curve {
			s.check(reads)
			return of(s).curve()
		},
	}
}

// detached marks a variant.
func detached(v Variant) Variant {
	v.Detached = true
	return v
}

// selective gives a variant its selection.
func selective(v Variant, pick func(selected []bool, b *Batch, s Settings, draw func() float64)) Variant {
	v.Select = func(selected []bool, b *Batch, s Settings, draw func() float64) {
		s.check(v.Reads)
		b.rows(b.LogProb)
		pick(selected, b, s, draw)
	}
	return v
}
