package align

import (
	"math"

	"github.com/proximal-rl/proximal/internal/libm"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/record"
)

// losses is what one evaluation of the loss saw.
type losses struct {
	policy          float64
	entropy, weight float64 // sums over the tokens, the former weighted
	stats           objective.Stats
}

// observe takes in the entropies of tokens.
func (l *losses) observe(entropy, weight []float32) {
	for i, h := range entropy {
		l.entropy += float64(float64(weight[i]) * float64(h))
		l.weight += float64(weight[i])
	}
}

// seen gathers what the minibatches of one update saw: losses over all of them, and how
// far the model had moved over those of the last pass.
type seen struct {
	minibatches, epochs  int
	policy, entropy      float64 // sums over minibatches, of means
	norm                 float64 // likewise
	all                  objective.Stats
	epoch, last          objective.Stats // of the pass under way, and of the latest one with a step
	stopped              bool            // by the target for the divergence
	mismatch, mismatchKL float64         // sums over tokens
	compared             int             // of them
}

// nextEpoch begins a pass over the experience.
func (s *seen) nextEpoch() { s.epoch, s.epochs = objective.Stats{}, s.epochs+1 }

// add takes in a minibatch after its step.
func (s *seen) add(l *losses, norm float64) {
	s.minibatches++
	s.policy += l.policy
	s.entropy += l.entropy / l.weight
	s.norm += norm
	s.all.Merge(&l.stats)
	s.epoch.Merge(&l.stats)
	s.last = s.epoch
}

// compare holds the log-probabilities that training computes before the first step
// against those with which the tokens were drawn.
func (s *seen) compare(logProb, drawn []float32) {
	s.compared += len(logProb)
	for i := range logProb {
		if logProb[i] == drawn[i] {
			continue // which is all there is to it
		}
		s.mismatch += math.Abs(libm.Pow(math.E, float64(logProb[i])) - libm.Pow(math.E, float64(drawn[i])))
		k3, _ := objective.K3(float64(drawn[i]) - float64(logProb[i]))
		s.mismatchKL += k3
	}
}

// report adds the metrics of the update to a row.
func (a *actor) report(row *record.Row) {
	s := &a.seen
	row.Add(record.OptimLearningRate, a.learningRate*a.guard.scale())
	row.Add(record.OptimClipLow, a.low)
	row.Add(record.OptimClipHigh, a.high)
	row.Add(record.OptimEarlyStops, float64(a.earlyStops))
	row.Add(record.OptimMinibatches, float64(s.minibatches))
	if beta, ok := a.surrogates.Coefficient(); ok && a.penalty.Coefficient == 0 {
		row.Add(record.OptimKLCoefficient, beta)
	}
	if s.compared > 0 {
		row.Add(record.TextMismatch, s.mismatch/float64(s.compared))
		row.Add(record.TextMismatchKL, s.mismatchKL/float64(s.compared))
	}
	a.guard.report(row)
	if s.minibatches > 0 {
		s.report(row)
		a.ratios.report(row, &s.last)
	}
}

// report adds the metrics of what the minibatches saw to a row.
func (s *seen) report(row *record.Row) {
	n := float64(s.minibatches)
	row.Add(record.PolicyLoss, s.policy/n)
	row.Add(record.PolicyEntropy, s.entropy/n)
	row.Add(record.OptimGradientNorm, s.norm/n)
	row.Add(record.PolicyKL, s.last.KL())
	row.Add(record.PolicyKL1, s.last.KL1())
	row.Add(record.PolicyRatioMean, s.last.RatioMean())
	row.Add(record.PolicyRatioMin, s.last.RatioMin)
	row.Add(record.PolicyRatioMax, s.last.RatioMax)
	row.Add(record.PolicyEffectiveSampleSize, s.last.EffectiveSampleSize())
	row.Add(record.PolicyClipFraction, s.all.ClipFraction())
	row.Add(record.PolicyClipFractionHigh, s.all.HighFraction())
	row.Add(record.PolicyClipFractionLow, s.all.LowFraction())
	rows := float64(s.all.Rows)
	row.Add(record.PolicyHighPositive, float64(s.all.HighPositive)/rows)
	row.Add(record.PolicyHighNegative, float64(s.all.HighNegative)/rows)
	row.Add(record.PolicyLowPositive, float64(s.all.LowPositive)/rows)
	row.Add(record.PolicyLowNegative, float64(s.all.LowNegative)/rows)
	row.Add(record.PolicyGuardedFraction, float64(s.all.Guarded)/rows)
	row.Add(record.PolicyZeroGradient, s.all.ZeroGradientFraction())
	if share := s.all.ZeroGradientAdvantage(); !math.IsNaN(share) {
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

// report adds what the completions of a step show to a row.
func (e *experience) report(row *record.Row, w *workplace) {
	reward, std := moments(e.score)
	row.Add(record.TextRewardMean, reward)
	row.Add(record.TextRewardStd, std)
	if w.reward != nil {
		row.Add(record.TextGoldMean, mean(e.gold))
	}
	row.Add(record.TextAccuracy, mean(right(w.spec, e)))
	longest, cut := 0, 0
	for i, t := range e.texts {
		longest = max(longest, t.length())
		if !e.answers[i].Ended {
			cut++
		}
	}
	n := float64(e.size())
	row.Add(record.TextLengthMean, float64(e.rows())/n)
	row.Add(record.TextLengthMax, float64(longest))
	row.Add(record.TextCutOff, float64(cut)/n)
}

// reportReference adds how far the completions are from the reference to a row, if the
// reference has been asked.
func (e *experience) reportReference(row *record.Row) {
	if e.reference != nil && e.size() > 0 {
		row.Add(record.PolicyKLReference, e.meanDivergence(objective.K1))
		row.Add(record.PolicyKLReferenceK3, e.meanDivergence(objective.K3))
	}
}

// moments returns mean and standard deviation of numbers, of which there is at least
// one, with the n−1 that one number alone has not.
func moments(x []float64) (average, std float64) {
	average = mean(x)
	squares := 0.0
	for _, v := range x {
		squares += float64((v - average) * (v - average))
	}
	return average, math.Sqrt(squares / float64(max(1, len(x)-1)))
}
