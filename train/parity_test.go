package train

import (
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/region"
	"github.com/proximal-rl/proximal/rollout"
)

// How far we may be from Stable-Baselines3, as part of what is compared unless
// it says otherwise.
const (
	// The same formula in float64.
	sameFormula = 1e-12
	// The same numbers go in, and float32 rounds sums over a minibatch in
	// another order.
	sameNumbers = 1e-6
	// Ten steps carry the roundings of the first on.
	fewSteps = 1e-5
	// So do a hundred, and the rollouts between them.
	sameRun = 1e-4
)

// TestParityOfGradients computes single minibatches of recorded runs from the
// recorded parameters and buffer, among them one of the last update, in which
// ratios and values are clipped.
func TestParityOfGradients(t *testing.T) {
	besideStableBaselines(t, func(c *comparison) {
		for i := range c.recording.Gradients {
			c.gradientOf(&c.recording.Gradients[i])
		}
	})
}

// TestParityOfRuns repeats whole runs: environments that play back what the
// recorded ones gave, the recorded actions and orders of the rows, and all else
// ours, from the first observation to the last step.
func TestParityOfRuns(t *testing.T) {
	besideStableBaselines(t, (*comparison).run)
}

// besideStableBaselines makes a comparison with each recording.
func besideStableBaselines(t *testing.T, compare func(*comparison)) {
	all, reached := recordings(t), findings{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			compare(&comparison{ppo: all[name].learner(t), recording: all[name], reached: reached, t: t})
		})
	}
	t.Log(reached)
}

// comparison is our PPO beside a recorded one.
type comparison struct {
	*ppo
	recording *recording
	reached   findings
	t         *testing.T

	stage stage
	// Where a run is: iterations, passes and minibatches of the update, steps of
	// the run.
	iteration, pass, minibatch, steps int
}

// stage says how close together the two are.
type stage struct {
	name      string
	tolerance float64
}

// gradientOf repeats one minibatch.
func (c *comparison) gradientOf(g *gradientRecord) {
	now, b := &c.recording.Iterations[g.Iteration], c.buffer
	c.stage = stage{"", sameNumbers}
	c.iteration, c.minibatch = g.Iteration, g.Minibatch
	g.Parameters.load(c.t, c.policy)
	copy(b.Obs, now.Buffer.Obs)
	copy(b.Action, now.Action)
	copy(b.LogProb, now.Buffer.LogProb)
	copy(b.Value, now.Buffer.Value)
	copy(b.Advantage, now.Buffer.Advantage)
	copy(b.Return, now.Buffer.Return)

	pass, at := g.Minibatch/c.minibatches.Count(), g.Minibatch%c.minibatches.Count()
	for mb := range c.minibatches.InOrder(c.recording.order(now, pass)) {
		if at--; at >= 0 {
			continue
		}
		advantage.Normalize(mb.Advantage, mb.Advantage)
		l := c.gradient.compute(mb, c.termsOf(region.Surrogate{Loss: objective.Clip(now.Clip, now.Clip, 0)}))
		c.losses(&l, now)
		c.norm(now)
		break
	}
	// Where the terms of a small minibatch nearly cancel, their float32 is
	// itself further from their float64.
	ours := split(c.policy, c.gradient.sum)
	theirs := g.Precise.distance(g.Gradient)
	c.within("gradient, each tensor, from theirs in float64", g.Precise.distance(ours), max(sameNumbers, theirs))
	c.reached.note("gradient, each tensor, from theirs in float32", g.Gradient.distance(ours), math.Inf(1))
	c.reached.note("gradient, each tensor, their float32 from float64", theirs, math.Inf(1))
}

// run repeats the whole run.
func (c *comparison) run() {
	c.shuffle = c.recorded
	stops := 0
	for i := range c.recording.Iterations {
		now := &c.recording.Iterations[i]
		c.iteration, c.pass, c.minibatch = i, 0, 0
		c.stage = stage{", first update", sameNumbers}
		if i > 0 {
			c.stage = stage{", later", sameRun}
		}
		var row record.Row
		if err := c.iterate(float64(i+1)/float64(len(c.recording.Iterations)), &row); err != nil {
			c.t.Fatal(err)
		}
		if c.pass != len(now.Orders) || c.minibatch != len(now.Loss) {
			c.t.Fatalf("update %d ends at minibatch %d in pass %d, should at %d in %d",
				i, c.minibatch, c.pass, len(now.Loss), len(now.Orders))
		}
		stops += len(now.Loss) - len(now.Norm)
		c.metrics(&row, now, stops)
	}
	c.parameters("parameters at the end", sameRun)
	c.normalizer()
}

// recorded is one pass over the buffer in the recorded order. The first of an
// update puts the recorded actions in place of ours: nothing before it depends
// on them.
func (c *comparison) recorded() iter.Seq[*rollout.Minibatch] {
	now := &c.recording.Iterations[c.iteration]
	if c.pass == 0 {
		copy(c.buffer.Action, now.Action)
		c.policy.Distribution().LogProb(c.buffer.LogProb, c.buffer.Action, c.buffer.Dist)
		c.experience(now)
	}
	if c.pass == len(now.Orders) {
		c.t.Fatalf("update %d goes on after %d passes", c.iteration, c.pass)
	}
	order := c.recording.order(now, c.pass)
	c.pass++
	return func(yield func(*rollout.Minibatch) bool) {
		for mb := range c.minibatches.InOrder(order) {
			more := yield(mb) // returns after the step, or false without one
			c.learned(now, more)
			if !more {
				return
			}
		}
	}
}

// experience compares the buffer with Stable-Baselines3's.
func (c *comparison) experience(now *iteration) {
	if want, got := now.Buffer, c.buffer; want != nil {
		c.check("observations", golden.RelativeL2(got.Obs, want.Obs))
		c.check("values", golden.RelativeL2(got.Value, want.Value))
		c.check("log-probabilities", golden.RelativeL2(got.LogProb, want.LogProb))
		c.check("advantages", golden.RelativeL2(got.Advantage, want.Advantage))
		c.check("returns", golden.RelativeL2(got.Return, want.Return))
	}
}

// learned compares a minibatch and the step that followed, if one did.
func (c *comparison) learned(now *iteration, stepped bool) {
	if c.minibatch == len(now.Loss) || stepped != (c.minibatch < len(now.Norm)) {
		c.t.Fatalf("update %d, minibatch %d: a step is taken: %v; there should be %d", c.iteration, c.minibatch, stepped, len(now.Norm))
	}
	l := c.gradient.shards[0].losses
	for _, s := range c.gradient.shards[1:c.gradient.work.shards] {
		l.add(&s.losses)
	}
	c.losses(&l, now)
	if stepped {
		c.norm(now)
		c.steps++
		switch c.steps {
		case 1, 10:
			c.parameters(fmt.Sprintf("parameters after %3d", c.steps), fewSteps)
		case 100:
			c.parameters("parameters after 100", sameRun)
		}
	}
	c.minibatch++
}

// losses compares the parts of the loss, the estimate of the KL divergence and
// the clip fraction of the minibatch. The policy loss is a sum that nearly
// cancels, so it is measured in the mean size of its terms.
func (c *comparison) losses(l *losses, now *iteration) {
	k := c.minibatch
	scale, value, entropy := float64(now.PolicyScale[k]), float64(now.ValueLoss[k]), -float64(now.EntropyLoss[k])
	total := l.policy + c.ValueCoefficient*l.value - c.EntropyCoefficient*l.entropy
	totalScale := scale + c.ValueCoefficient*value + c.EntropyCoefficient*math.Abs(entropy)
	c.check("policy loss", math.Abs(l.policy-float64(now.PolicyLoss[k]))/scale)
	c.check("value loss", math.Abs(l.value-value)/value)
	c.check("entropy", math.Abs(l.entropy-entropy)/math.Abs(entropy))
	c.check("loss", math.Abs(total-float64(now.Loss[k]))/totalScale)
	// Stable-Baselines3 subtracts numbers near 1 in float32.
	c.within("KL divergence, absolute"+c.stage.name, math.Abs(l.stats.KL()-float64(now.KL[k])), sameNumbers)
	if clipped := l.stats.ClippedHigh + l.stats.ClippedLow; clipped != now.Clipped[k] {
		c.t.Errorf("iteration %d, minibatch %d: %d rows are clipped, should be %d", c.iteration, k, clipped, now.Clipped[k])
	}
}

// norm compares the gradient's norm before it is clipped.
func (c *comparison) norm(now *iteration) {
	norm, _, err := optim.ClipNorm(c.gradient.sum, 0)
	if err != nil {
		c.t.Fatal(err)
	}
	c.check("gradient norm", math.Abs(norm/float64(now.Norm[c.minibatch])-1))
}

// parameters compares all tensors after the steps taken so far.
func (c *comparison) parameters(what string, tolerance float64) {
	want, ok := c.recording.Parameters[strconv.Itoa(c.steps)]
	if !ok {
		c.t.Fatalf("no parameters are recorded after %d steps", c.steps)
	}
	c.within(what+", each tensor", want.distance(split(c.policy, c.policy.Parameters)), tolerance)
}

// metrics compares what the update reports.
func (c *comparison) metrics(row *record.Row, now *iteration, stops int) {
	got := map[string]float64{}
	for _, s := range row.Scalars {
		got[s.Name] = s.Value
	}
	c.within("learning rate", math.Abs(got[record.OptimLearningRate]/now.LearningRate-1), sameFormula)
	c.within("clip range", math.Abs(got[record.OptimClipLow]/now.Clip-1), sameFormula)
	c.within("clip range", math.Abs(got[record.OptimClipHigh]/now.Clip-1), sameFormula)
	c.check("explained variance, absolute", math.Abs(got[record.ValueExplainedVariance]-now.ExplainedVariance))
	if n := got[record.OptimMinibatches]; n != float64(len(now.Norm)) {
		c.t.Errorf("iteration %d: %v minibatches, should be %d", c.iteration, n, len(now.Norm))
	}
	if n := got[record.OptimEarlyStops]; n != float64(stops) {
		c.t.Errorf("iteration %d: %v early stops, should be %d", c.iteration, n, stops)
	}
}

// normalizer compares the statistics of the observations after the run.
func (c *comparison) normalizer() {
	want := c.recording.Normalizer
	if want == nil {
		return
	}
	for i, m := range c.policy.Normalizer.Moments() {
		c.within("statistics of observations", math.Abs(m.Mean-want.Mean[i])/math.Sqrt(want.Variance[i]), sameNumbers)
		c.within("statistics of observations", math.Abs(m.Variance/want.Variance[i]-1), sameNumbers)
		c.within("statistics of observations", math.Abs(m.Count/want.Count-1), sameNumbers)
	}
}

// check fails the test if a distance is beyond the tolerance of the stage.
func (c *comparison) check(what string, distance float64) {
	c.t.Helper()
	c.within(what+c.stage.name, distance, c.stage.tolerance)
}

// within fails the test if a distance is beyond its own tolerance.
func (c *comparison) within(what string, distance, tolerance float64) {
	c.t.Helper()
	c.reached.note(what, distance, tolerance)
	if !(distance <= tolerance) {
		c.t.Errorf("iteration %d, minibatch %d: %s is off by %.2g, more than %g", c.iteration, c.minibatch, what, distance, tolerance)
	}
}

// findings are the largest distances seen, by what was compared.
type findings map[string]finding

type finding struct{ distance, tolerance float64 }

func (f findings) note(what string, distance, tolerance float64) {
	f[what] = finding{max(f[what].distance, distance), max(f[what].tolerance, tolerance)}
}

// String is a table for go test -v.
func (f findings) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-50s  reached  allowed", "largest distance from Stable-Baselines3")
	for _, what := range slices.Sorted(maps.Keys(f)) {
		fmt.Fprintf(&b, "\n%-50s  %.1e", what, f[what].distance)
		if limit := f[what].tolerance; !math.IsInf(limit, 1) {
			fmt.Fprintf(&b, "  %.1e", limit)
		}
	}
	return b.String()
}
