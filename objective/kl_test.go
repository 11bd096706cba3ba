package objective_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/gradcheck"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/seed"
)

// The estimators as their source writes them, in float64.
var estimators64 = map[string]func(d float64) float64{
	"k1":  func(d float64) float64 { return d },
	"k2":  func(d float64) float64 { return d * d / 2 },
	"k3":  func(d float64) float64 { return math.Exp(-d) - 1 + d },
	"abs": math.Abs,
}

func TestEstimatorsAgainstReference(t *testing.T) {
	if len(objective.Estimators()) != len(estimators64) {
		t.Fatal("an estimator has no reference")
	}
	rng := seed.New(21)
	for _, e := range objective.Estimators() {
		reference := estimators64[e.Name]
		for i := range 400 {
			spread := []float64{1e-3, 0.1, 1, 5}[i%4]
			d := spread * rng.Normal()
			estimate, slope := e.Of(d)
			want := gradcheck.Gradient(func(d []float64) float64 { return reference(d[0]) }, []float64{d})
			golden.Close(t, e.Name, []float64{estimate}, []float64{reference(d)}, golden.Tolerance{
				Absolute: 1e-15, Relative: 1e-9, Why: "near 0 the reference cancels",
			})
			golden.Close(t, e.Name+"'s slope", []float64{slope}, want, golden.Tolerance{
				Absolute: 1e-9, Relative: 1e-8, Why: "finite differences",
			})
		}
	}
}

// Near zero, where policies are while they learn, k3 keeps its digits, and it is
// never negative anywhere.
func TestK3NearZero(t *testing.T) {
	for exponent := -40; exponent <= 8; exponent++ {
		for _, sign := range []float64{-1, 1} {
			d := sign * math.Ldexp(1, exponent)
			estimate, _ := objective.K3(d)
			if !(estimate >= 0) {
				t.Errorf("k3 of %v is %v", d, estimate)
			}
			if exponent < -10 && exponent > -20 {
				golden.Close(t, "k3", []float64{estimate}, []float64{d * d / 2 * (1 - d/3 + d*d/12)}, golden.Tolerance{
					Relative: 1e-8, Why: "exp(−d) − 1 and d cancel in float64",
				})
			}
		}
	}
	if estimate, slope := objective.K3(0); estimate != 0 || slope != 0 {
		t.Errorf("k3 of 0 is %v, its slope %v", estimate, slope)
	}
}

// What a log-ratio far off, an excluded choice and a NaN make.
func TestEstimatorsFarOff(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, test := range []struct {
		name            string
		d               float64
		estimate, slope float64
	}{
		{"k1", 50, 50, 1}, {"k1", -50, -50, 1}, {"k1", inf, inf, 1}, {"k1", -inf, -inf, 1}, {"k1", nan, nan, nan},
		{"k2", 50, 1250, 50}, {"k2", -50, 1250, -50}, {"k2", inf, inf, inf}, {"k2", -inf, inf, -inf}, {"k2", nan, nan, nan},
		{"k3", 50, 49, 1}, {"k3", -50, math.Exp(50) - 51, 1 - math.Exp(50)}, {"k3", 1e3, 999, 1}, {"k3", -1e3, inf, -inf},
		{"k3", inf, inf, 1}, {"k3", -inf, inf, -inf}, {"k3", nan, nan, nan},
		{"abs", 50, 50, 1}, {"abs", -50, 50, -1}, {"abs", 0, 0, 0}, {"abs", -inf, inf, -1}, {"abs", nan, nan, nan},
	} {
		for _, e := range objective.Estimators() {
			if e.Name != test.name {
				continue
			}
			estimate, slope := e.Of(test.d)
			golden.Close(t, fmt.Sprintf("%s of %v and its slope", e.Name, test.d), []float64{estimate, slope},
				[]float64{test.estimate, test.slope}, golden.Tolerance{Relative: 1e-14, Why: "rounding of float64"})
		}
	}
}

func TestClampedEstimates(t *testing.T) {
	inf := math.Inf(1)
	for _, test := range []struct {
		of              objective.Estimator
		d               float64
		estimate, slope float64
	}{
		{objective.K1, 9, 9, 1}, {objective.K1, -10, -10, 1}, // the edge is inside
		{objective.K1, 10.5, 10, 0}, {objective.K1, -10.5, -10, 0}, {objective.K1, -inf, -10, 0},
		{objective.K3, -1e3, 10, 0}, {objective.K3, -inf, 10, 0}, {objective.K3, inf, 10, 0}, {objective.K3, 0, 0, 0},
	} {
		estimate, slope := objective.Clamped(test.of, 10)(test.d)
		if estimate != test.estimate || slope != test.slope {
			t.Errorf("clamped estimate of %v is %v with slope %v, want %v and %v", test.d, estimate, slope, test.estimate, test.slope)
		}
	}
	if estimate, _ := objective.Clamped(objective.K3, 10)(math.NaN()); estimate == estimate {
		t.Errorf("the clamp turns NaN into %v", estimate)
	}
	for _, limit := range []float64{0, -1, math.NaN()} {
		wantPanic(t, func() { objective.Clamped(objective.K3, limit) })
	}
}

// What the doc comment of Estimator says of the means of values and gradients,
// by enumeration of three choices.
func TestMeansOfEstimators(t *testing.T) {
	logits, reference := []float64{0.3, -0.1, 0.05}, logSoftmax([]float64{0.1, 0.2, -0.15})
	rhoPi := func(logits []float64) float64 { return klOf(reference, logSoftmax(logits)) }
	piRho := func(logits []float64) float64 { return klOf(logSoftmax(logits), reference) }
	kl, forward, reverse := piRho(logits), gradcheck.Gradient(rhoPi, logits), gradcheck.Gradient(piRho, logits)
	exact := golden.Tolerance{Absolute: 1e-10, Why: "finite differences in float64"}

	logP := logSoftmax(logits)
	for _, test := range []struct {
		name     string
		of       objective.Estimator
		unbiased bool
		gradient []float64
	}{
		{"k1", objective.K1, true, []float64{0, 0, 0}},
		{"k2", objective.K2, false, reverse},
		{"k3", objective.K3, true, forward},
		{"ratio·k3", func(d float64) (estimate, slope float64) {
			estimate, slope = objective.K3(d)
			return estimate, estimate + slope
		}, true, reverse},
	} {
		mean, gradient := 0.0, make([]float64, 3)
		for y := range logP {
			estimate, slope := test.of(logP[y] - reference[y])
			p := math.Exp(logP[y])
			mean += p * estimate
			for j := range gradient { // ∂log p_y/∂logit_j = [j = y] − p_j
				gradient[j] -= p * slope * math.Exp(logP[j])
			}
			gradient[y] += p * slope
		}
		if off := math.Abs(mean - kl); (off < 1e-12) != test.unbiased {
			t.Errorf("mean of %s is %v, the divergence %v", test.name, mean, kl)
		}
		golden.Close(t, "gradient of "+test.name, gradient, test.gradient, exact)
	}
	if math.Abs(forward[0]-reverse[0]) < 1e-4 {
		t.Error("the two gradients are too near to tell apart")
	}
}

func logSoftmax(logits []float64) []float64 {
	sum := 0.0
	for _, z := range logits {
		sum += math.Exp(z)
	}
	out := slices.Clone(logits)
	for j := range out {
		out[j] -= math.Log(sum)
	}
	return out
}

// klOf is KL(p‖q) of two rows of log-probabilities.
func klOf(p, q []float64) float64 {
	kl := 0.0
	for j := range p {
		kl += math.Exp(p[j]) * (p[j] - q[j])
	}
	return kl
}

// Recorded values of a batch of two sequences, as libraries average them.
func TestKLByHand(t *testing.T) {
	b := twoSequences()
	printed := golden.Tolerance{Absolute: 6e-7, Why: "six digits were printed"}
	for _, test := range []struct {
		name                string
		of                  objective.Estimator
		byToken, bySequence float64
	}{
		{"k1", objective.K1, 0.035714, 0.03125},
		{"k2", objective.K2, 0.052321, 0.054531},
		{"k3", objective.K3, 0.055137, 0.057573},
	} {
		d := make([]float32, len(b.LogProb))
		objective.TokenMean(b.Weight, b)
		got := []float64{objective.KLInLoss(d, b.LogProb, b.Reference, b.Weight, 1, test.of)}
		objective.SequenceMean(b.Weight, b)
		got = append(got, objective.KLInLoss(d, b.LogProb, b.Reference, b.Weight, 1, test.of))
		golden.Close(t, test.name, got, []float64{test.byToken, test.bySequence}, printed)
	}
	objective.TokenMean(b.Weight, b)
	loss := objective.WeightedKLInLoss(make([]float32, 8), b.LogProb, b.OldLogProb, b.Reference, b.Weight, 1, objective.K3)
	golden.Close(t, "ratio·k3", []float64{loss}, []float64{0.050327}, printed)

	d, one := make([]float32, 4), []float32{1, 1, 1, 1}
	objective.KLInLoss(d, b.LogProb[:4], b.Reference[:4], one, 1, objective.K3)
	golden.Close(t, "slopes of k3", d, []float64{0.181269, 0.259182, -0.491825, 0.139292}, printed)

	reward := []float32{0, 0, 0, 1}
	objective.KLInReward(reward, b.LogProb[:4], b.Reference[:4], nil, 0.1, objective.K1)
	golden.Close(t, "reward", reward, []float64{-0.02, -0.03, 0.04, 0.985}, printed)
}

// A mask of 0 and a weight of 0 take a row out, whatever stands in it.
func TestKLPassesOverPadding(t *testing.T) {
	nan := float32(math.NaN())
	reward := []float32{1, 2}
	objective.KLInReward(reward, []float32{-1, nan}, []float32{-2, 0}, []float32{1, 0}, 0.5, objective.K1)
	golden.Same(t, "reward", reward, []float32{0.5, 2})

	d := []float32{3, 4}
	loss := objective.KLInLoss(d, []float32{-1, nan}, []float32{-2, 0}, []float32{1, 0}, 0.5, objective.K2)
	golden.Same(t, "derivative, added to what was there", d, []float32{3.5, 4})
	if loss != 0.5 {
		t.Errorf("loss %v, want ½: it is without the coefficient", loss)
	}
	d = []float32{3, 4}
	loss = objective.WeightedKLInLoss(d, []float32{-1, nan}, []float32{-1, 0}, []float32{-2, 0}, []float32{1, 0}, 0.5, objective.K2)
	golden.Same(t, "derivative with the ratio, added to what was there", d, []float32{3.75, 4})
	if loss != 0.5 {
		t.Errorf("loss with the ratio %v, want ½", loss)
	}
}

// Losses and derivatives of random rows, ratios other than 1 included.
func TestKLLossesAgainstReference(t *testing.T) {
	const rows, coefficient = 100, 0.3
	rng := seed.New(22)
	old, reference, weight := normal(rows, 0.5, rng), normal(rows, 0.5, rng), normal(rows, 1, rng)
	logProb := normal(rows, 0.5, rng)
	for _, e := range objective.Estimators() {
		k := estimators64[e.Name]
		for _, weighted := range []bool{false, true} {
			d, loss, want := make([]float32, rows), 0.0, 0.0
			if weighted {
				loss = objective.WeightedKLInLoss(d, logProb, old, reference, weight, coefficient, e.Of)
			} else {
				loss = objective.KLInLoss(d, logProb, reference, weight, coefficient, e.Of)
			}
			for i := range rows {
				of := func(l []float64) float64 {
					v := float64(weight[i]) * k(l[0]-float64(reference[i]))
					if weighted {
						v *= math.Exp(l[0] - float64(old[i]))
					}
					return v
				}
				want += of([]float64{float64(logProb[i])})
				slope := gradcheck.Gradient(of, []float64{float64(logProb[i])})
				golden.Close(t, e.Name+"'s derivative", d[i:i+1], []float64{coefficient * slope[0]}, golden.Tolerance{
					Absolute: 1e-7, Relative: 1e-6, Why: "derivatives are float32",
				})
			}
			golden.Close(t, e.Name, []float64{loss}, []float64{want}, golden.Tolerance{Relative: 1e-12, Why: "rounding of float64"})
		}
	}
}

// Ratios are held as in the surrogates: far off, the loss is finite and its
// derivative is the estimator's alone.
func TestWeightedKLFarOff(t *testing.T) {
	inf, one := float32(math.Inf(1)), []float32{1}
	for _, test := range []struct {
		logProb, old, reference float32
		loss, slope             float64
	}{
		{-1, -101, -2, math.Exp(20), math.Exp(20)},
		{-101, -1, -2, math.Exp(-20) * -99, math.Exp(-20)},
		{-inf, -1, -2, math.Inf(-1), math.Exp(-20)},
		{float32(math.NaN()), -1, -2, math.NaN(), math.NaN()},
		{-1, float32(math.NaN()), -2, math.NaN(), math.NaN()},
	} {
		d := make([]float32, 1)
		loss := objective.WeightedKLInLoss(d, []float32{test.logProb}, []float32{test.old}, []float32{test.reference}, one, 1, objective.K1)
		golden.Close(t, fmt.Sprintf("%+v", test), []float64{loss, float64(d[0])}, []float64{test.loss, test.slope},
			golden.Tolerance{Relative: 1e-7, Why: "the derivative is float32"})
	}
}

// A step along the derivative alone brings the policy nearer to the reference.
func TestKLInLossPullsTowardsTheReference(t *testing.T) {
	for _, of := range []objective.Estimator{objective.K2, objective.K3, objective.Absolute} {
		for _, logProb := range []float32{-3, -1} {
			d := make([]float32, 1)
			objective.KLInLoss(d, []float32{logProb}, []float32{-2}, []float32{1}, 1, of)
			if moved := logProb - 0.1*d[0]; math.Abs(float64(moved+2)) >= math.Abs(float64(logProb+2)) {
				t.Errorf("log-probability %v moves to %v, the reference is −2", logProb, moved)
			}
		}
	}
}

func TestKLAllocatesNothingAndChecksLengths(t *testing.T) {
	x, short := make([]float32, 5), make([]float32, 4)
	clamped := objective.Clamped(objective.K3, 10)
	if count := testing.AllocsPerRun(10, func() {
		objective.KLInReward(x, x, x, x, 0.1, objective.K1)
		objective.KLInLoss(x, x, x, x, 0.1, clamped)
		objective.WeightedKLInLoss(x, x, x, x, x, 0.1, objective.K3)
	}); count != 0 {
		t.Errorf("%v allocations", count)
	}
	for k := range 4 {
		c := [][]float32{x, x, x, x}
		c[k] = short
		wantPanic(t, func() { objective.KLInReward(c[0], c[1], c[2], c[3], 1, objective.K1) })
		wantPanic(t, func() { objective.KLInLoss(c[0], c[1], c[2], c[3], 1, objective.K1) })
		wantPanic(t, func() { objective.WeightedKLInLoss(c[0], c[1], x, c[2], c[3], 1, objective.K1) })
	}
	wantPanic(t, func() { objective.WeightedKLInLoss(x, x, short, x, x, 1, objective.K1) })
}

// What keeping to the reference costs a policy that has doubled a probability.
func ExampleKLInReward() {
	log := func(x float64) float32 { return float32(math.Log(x)) }
	reward := []float32{1, 1}
	objective.KLInReward(reward, []float32{log(0.4), log(0.2)}, []float32{log(0.2), log(0.2)}, nil, 0.1, objective.K1)
	fmt.Printf("%.3f\n", reward)
	// Output: [0.931 1.000]
}

// The same as a loss: the derivative pulls the doubled probability back.
func ExampleKLInLoss() {
	log := func(x float64) float32 { return float32(math.Log(x)) }
	dLogProb := []float32{0, 0}
	weight := []float32{0.5, 0.5}
	loss := objective.KLInLoss(dLogProb, []float32{log(0.4), log(0.2)}, []float32{log(0.2), log(0.2)}, weight, 0.1, objective.K3)
	fmt.Printf("%.4f %.3f\n", loss, dLogProb)
	// Output: 0.0966 [0.025 0.000]
}
