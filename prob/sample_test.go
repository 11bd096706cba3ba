package prob_test

import (
	"math"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/prob"
	"github.com/proximal-rl/proximal/seed"
)

const draws = 100_000

// Pearson's statistic of the frequencies: its mean is N−1 and its variance
// 2·(N−1), and five standard deviations allow for its skew.
func TestCategoricalFrequencies(t *testing.T) {
	for _, raw := range [][]float32{
		{0, 0},
		{0, 1, 2, 3},
		{-3, 2, 0.5, -inf, 1, 2, -1},
		{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
	} {
		f := choices(len(raw))
		parameters := f.normalized(raw)
		count, action, rng := make([]float64, len(raw)), make([]float32, 1), seed.New(1)
		for range draws {
			f.Sample(action, parameters, rng)
			count[int(action[0])]++
		}
		statistic, freedom := 0.0, -1.0
		for j, p := range softmax(widen(raw)) {
			if p == 0 {
				if count[j] > 0 {
					t.Errorf("logits %v: the excluded choice %d was drawn", raw, j)
				}
				continue
			}
			d := count[j] - draws*p
			statistic += d * d / (draws * p)
			freedom++
		}
		if bound := freedom + 5*math.Sqrt(2*freedom); statistic > bound {
			t.Errorf("logits %v: χ² = %.1f, want below %.1f; counts %v", raw, statistic, bound, count)
		}
	}
}

// Excluded choices are not drawn at the ends of the range either, where the
// cumulative sum begins and where its rounding leaves a gap. Here the gap is
// wide: the probabilities add up to a half.
func TestExcludedEndsAreNeverDrawn(t *testing.T) {
	f := choices(4)
	parameters := []float32{-inf, -1, -2, -inf}
	action, rng := make([]float32, 1), seed.New(2)
	for range draws {
		if f.Sample(action, parameters, rng); action[0] != 1 && action[0] != 2 {
			t.Fatalf("drew the excluded choice %v", action[0])
		}
	}
}

func TestGaussianMoments(t *testing.T) {
	mean, logStd := []float64{0, -3, 100}, []float64{0, -2, 2}
	f := dimensions(3)
	parameters := []float32{0, -3, 100, 0, -2, 2}
	var sum, squares, cubes, inner [3]float64
	action, rng := make([]float32, 3), seed.New(3)
	product := 0.0
	for range draws {
		f.Sample(action, parameters, rng)
		var z [3]float64
		for i, a := range action {
			z[i] = (float64(a) - mean[i]) / math.Exp(logStd[i])
			sum[i] += z[i]
			squares[i] += z[i] * z[i]
			cubes[i] += z[i] * z[i] * z[i]
			if math.Abs(z[i]) < 1 {
				inner[i]++
			}
		}
		product += z[0] * z[1]
	}
	// Each bound is five standard deviations of the mean over the draws.
	bound := func(variance float64) float64 { return 5 * math.Sqrt(variance/draws) }
	for i := range 3 {
		for _, test := range []struct {
			what                string
			got, want, variance float64
		}{
			{"mean", sum[i], 0, 1},
			{"mean square", squares[i], 1, 2},
			{"mean cube", cubes[i], 0, 15},
			{"share within one deviation", inner[i], 0.682689492, 0.2167},
		} {
			if got := test.got / draws; math.Abs(got-test.want) > bound(test.variance) {
				t.Errorf("dimension %d: %s of z is %.4f, want %.4f", i, test.what, got, test.want)
			}
		}
	}
	if covariance := product / draws; math.Abs(covariance) > bound(1) {
		t.Errorf("covariance of two dimensions is %.4f, want 0", covariance)
	}
}

// What Sample draws is what LogProb, Entropy and KL speak of: the mean of
// −log p is the entropy, and that of log p − log q the divergence.
func TestSamplesAgreeWithEntropyAndKL(t *testing.T) {
	for _, f := range families() {
		t.Run(f.name, func(t *testing.T) {
			rng := seed.New(4)
			raw, _ := f.draw(2, rng)
			parameters := f.normalized(raw)
			p, q := row(parameters, f.Parameters(), 0), row(parameters, f.Parameters(), 1)
			var h, kl mean
			action, dst := make([]float32, f.Size()), make([]float32, 1)
			for range draws {
				f.Sample(action, p, rng)
				f.LogProb(dst, action, p)
				logP := float64(dst[0])
				f.LogProb(dst, action, q)
				h.add(-logP)
				kl.add(logP - float64(dst[0]))
			}
			f.Entropy(dst, p)
			h.want(t, "entropy", float64(dst[0]))
			f.KL(dst, p, q)
			kl.want(t, "KL", float64(dst[0]))
		})
	}
}

// mean gathers draws of a number.
type mean struct{ sum, squares float64 }

func (m *mean) add(x float64) {
	m.sum += x
	m.squares += x * x
}

// want demands an expectation within five standard errors.
func (m *mean) want(t *testing.T, what string, want float64) {
	t.Helper()
	got := m.sum / draws
	deviation := math.Sqrt(max(0, m.squares/draws-got*got) / draws)
	if math.Abs(got-want) > 5*deviation+1e-6 {
		t.Errorf("%s from samples is %.5f ± %.5f, computed %.5f", what, got, deviation, want)
	}
}

// A deviation of e⁻²⁰ still moves an action whose mean is 0, and leaves one
// whose mean is 1 where it is: float32 has no number between.
func TestNarrowGaussian(t *testing.T) {
	action := make([]float32, 2)
	prob.Gaussian{A: 2}.Sample(action, []float32{0, 1, -20, -20}, seed.New(5))
	if a := math.Abs(float64(action[0])); a == 0 || a > 1e-7 {
		t.Errorf("drew %v with a deviation of e⁻²⁰", action[0])
	}
	if action[1] != 1 {
		t.Errorf("drew %v around 1, want 1", action[1])
	}
}

func TestSameSeedSameActions(t *testing.T) {
	for _, f := range families() {
		_, first := f.draw(50, seed.New(6))
		_, again := f.draw(50, seed.New(6))
		_, other := f.draw(50, seed.New(7))
		if !slices.Equal(first, again) {
			t.Errorf("%s: the same seed drew other actions", f.name)
		}
		if f.choices != 1 && slices.Equal(first, other) {
			t.Errorf("%s: another seed drew the same actions", f.name)
		}
	}
}
