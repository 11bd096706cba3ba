package train

import (
	"math"

	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/record"
)

// update gathers what one update's minibatches saw: losses over all of them,
// and how far the policy had moved over those of the last pass.
type update struct {
	minibatches            int
	policy, value, entropy float64 // sums over minibatches
	norm                   float64 // likewise
	all                    objective.Stats
	epoch, last            objective.Stats // of the pass under way, and of the latest one with a step
	inEpoch                int
	stopped                bool // by the target for the divergence
}

// nextEpoch begins a pass over the experience.
func (u *update) nextEpoch() { u.epoch, u.inEpoch = objective.Stats{}, 0 }

// add takes in a minibatch after its step.
func (u *update) add(l *losses, norm float64) {
	u.minibatches++
	u.inEpoch++
	u.policy += l.policy
	u.value += l.value
	u.entropy += l.entropy
	u.norm += norm
	u.all.Merge(&l.stats)
	u.epoch.Merge(&l.stats)
	u.last = u.epoch
}

// report adds the metrics of the update to a row.
func (u *update) report(row *record.Row) {
	u.reportActor(row)
	if u.minibatches > 0 {
		row.Add(record.ValueLoss, u.value/float64(u.minibatches))
	}
}

// reportActor adds those that are not about the critic.
func (u *update) reportActor(row *record.Row) {
	row.Add(record.OptimMinibatches, float64(u.minibatches))
	if u.minibatches == 0 {
		return
	}
	n := float64(u.minibatches)
	row.Add(record.PolicyLoss, u.policy/n)
	row.Add(record.PolicyEntropy, u.entropy/n)
	row.Add(record.OptimGradientNorm, u.norm/n)
	row.Add(record.PolicyKL, u.last.KL())
	row.Add(record.PolicyKL1, u.last.KL1())
	row.Add(record.PolicyRatioMean, u.last.RatioMean())
	row.Add(record.PolicyRatioMin, u.last.RatioMin)
	row.Add(record.PolicyRatioMax, u.last.RatioMax)
	row.Add(record.PolicyEffectiveSampleSize, u.last.EffectiveSampleSize())
	row.Add(record.PolicyClipFraction, u.all.ClipFraction())
	row.Add(record.PolicyClipFractionHigh, u.all.HighFraction())
	row.Add(record.PolicyClipFractionLow, u.all.LowFraction())
	rows := float64(u.all.Rows)
	row.Add(record.PolicyHighPositive, float64(u.all.HighPositive)/rows)
	row.Add(record.PolicyHighNegative, float64(u.all.HighNegative)/rows)
	row.Add(record.PolicyLowPositive, float64(u.all.LowPositive)/rows)
	row.Add(record.PolicyLowNegative, float64(u.all.LowNegative)/rows)
	row.Add(record.PolicyGuardedFraction, float64(u.all.Guarded)/rows)
	row.Add(record.PolicyZeroGradient, u.all.ZeroGradientFraction())
	if share := u.all.ZeroGradientAdvantage(); !math.IsNaN(share) {
		row.Add(record.PolicyZeroGradientAdvantage, share)
	}
}

// ratios is the histogram of the log-ratios, with memory of its own.
type ratios struct{ record.Histogram }

func newRatios() ratios {
	edges := make([]float64, objective.RatioBins-1)
	new(objective.Stats).RatioHistogram(edges, nil)
	return ratios{record.Histogram{
		Name: record.PolicyLogRatio,
		Low:  edges[0], High: edges[len(edges)-1], Counts: make([]int, objective.RatioBins),
	}}
}

// report adds the histogram of what s saw, if that is anything, to a row, which is
// valid until the next call.
func (h *ratios) report(row *record.Row, s *objective.Stats) {
	s.RatioHistogram(nil, h.Counts)
	if h.Total() > 0 {
		row.AddHistogram(h.Histogram)
	}
}
