package train

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/seed"
)

// onePool is a pool of one thread.
func onePool(t *testing.T) *parallel.Pool {
	p := parallel.New(1)
	t.Cleanup(p.Close)
	return p
}

// TestREINFORCELearnsFromWholeEpisodes: its gradient is that of the rows whose
// episode ended within the rollout, whatever stands in the others, with returns
// that are sums of rewards by hand.
func TestREINFORCELearnsFromWholeEpisodes(t *testing.T) {
	for _, baseline := range []bool{true, false} {
		c := *little(t, "reinforce").(*REINFORCE)
		c.Baseline, c.NormalizeAdvantage, c.Rollout.Gamma = baseline, false, 0.9
		learner, w := begin(t, c, cartPole, 1)
		l, start := learner.(*reinforce), slices.Clone(w.policy.Parameters)
		var row record.Row
		if err := l.iterate(0, &row); err != nil {
			t.Fatal(err)
		}
		got := slices.Clone(l.update.gradient.sum)

		_, again := begin(t, c, cartPole, 1) // gathers the same
		b := again.collector.NewBuffer()
		gathered(t, again, b)
		if !slices.Equal(again.policy.Parameters, start) {
			t.Fatal("the two do not begin alike")
		}
		n := 0
		for i := range b.Rows() {
			ends, sum, factor := false, 0.0, 1.0
			for j := i; j < b.Rows() && !ends; j += b.N {
				sum += factor * float64(b.Reward[j])
				factor *= 0.9
				ends = b.Carry[j] == 0
				if ends && baseline && b.Discount[j] > 0 { // cut off
					sum += factor * float64(b.NextValue[j])
				}
			}
			if !ends {
				continue
			}
			b.Return[i], b.Advantage[i] = float32(sum), float32(sum)
			if baseline {
				b.Advantage[i] -= b.Value[i]
			}
			copyRow(b, n, i)
			n++
		}
		if want := float64(n) / float64(b.Rows()); value(t, row, record.RolloutWholeFraction) != want || n == 0 || n == b.Rows() {
			t.Errorf("the fraction of whole episodes is %v, want %v", value(t, row, record.RolloutWholeFraction), want)
		}
		weight := make([]float32, n)
		mb := front(b, n, weight)
		loss := l.update.terms
		if baseline != (loss.valueCoefficient > 0) {
			t.Errorf("baseline %v: value coefficient %v", baseline, loss.valueCoefficient)
		}
		g := newGradient(again.policy, again.pool, n)
		g.compute(&mb, loss)
		if d := golden.RelativeL2(got, g.sum); !(d <= 1e-5) {
			t.Errorf("baseline %v: gradient is %.2g off", baseline, d)
		}
		if _, ok := row.Value(record.ValueLoss); ok != baseline {
			t.Errorf("baseline %v: a value loss is recorded: %v", baseline, ok)
		}
	}
}

// copyRow copies what the gradient reads of row from to row to.
func copyRow(b *rollout.Buffer, to, from int) {
	copy(b.Obs[to*b.D:(to+1)*b.D], b.Obs[from*b.D:])
	copy(b.Action[to*b.A:(to+1)*b.A], b.Action[from*b.A:])
	b.LogProb[to], b.Value[to], b.Advantage[to], b.Return[to] = b.LogProb[from], b.Value[from], b.Advantage[from], b.Return[from]
}

// TestWithoutABaselineTheCriticStaysAsItIs.
func TestWithoutABaselineTheCriticStaysAsItIs(t *testing.T) {
	c := *little(t, "reinforce").(*REINFORCE)
	c.Baseline = false
	l, w := begin(t, c, cartPole, 2)
	before := slices.Clone(w.policy.Parameters)
	for range 3 {
		var row record.Row
		if err := l.iterate(0, &row); err != nil {
			t.Fatal(err)
		}
	}
	for _, tensor := range w.policy.Layout().Tensors() {
		if moved := !slices.Equal(tensor.Of(before), tensor.Of(w.policy.Parameters)); moved == strings.HasPrefix(tensor.Name, "critic.") {
			t.Errorf("%s has moved: %v", tensor.Name, moved)
		}
	}
}

// lengthening has one episode of 5 steps, and then only endless ones.
type lengthening struct {
	echo
	resets, steps int
}

func (e *lengthening) Reset(rng *seed.Rand, obs []float32) {
	e.resets++
	e.steps = 0
	e.echo.Reset(rng, obs)
}

func (e *lengthening) Step(action, obs []float32) (float64, env.Status) {
	e.steps++
	reward, _ := e.echo.Step(action, obs)
	if e.resets == 1 && e.steps == 5 {
		return reward, env.Terminated
	}
	return reward, env.Running
}

// TestREINFORCEWaitsForEpisodesToEnd: a rollout in which none does changes
// nothing; if none ever did, the run ends and says why.
func TestREINFORCEWaitsForEpisodesToEnd(t *testing.T) {
	c := *little(t, "reinforce").(*REINFORCE)
	l, w := begin(t, c, func() (env.Env, error) { return &lengthening{echo: echo{choices: 2}}, nil }, 1)
	var first, second record.Row
	if err := l.iterate(0, &first); err != nil {
		t.Fatal(err)
	}
	before := slices.Clone(w.policy.Parameters)
	if err := l.iterate(0, &second); err != nil {
		t.Fatal(err)
	}
	if value(t, first, record.RolloutWholeFraction) != 5.0/64 || value(t, first, record.OptimMinibatches) != 1 {
		t.Errorf("first row: %v", first.Scalars)
	}
	if value(t, second, record.RolloutWholeFraction) != 0 || value(t, second, record.OptimMinibatches) != 0 || !slices.Equal(before, w.policy.Parameters) {
		t.Errorf("second row: %v", second.Scalars)
	}
	_, err := Run(context.Background(), c, func() (env.Env, error) { return &echo{choices: 2}, nil }, Options{Seed: 1, Steps: 1000})
	if err == nil || !strings.Contains(err.Error(), "no episode ended within rollout.steps = 64") {
		t.Errorf("error is %v", err)
	}
}

// TestREINFORCERefusesReturnsInBetween: λ below 1 is another algorithm.
func TestREINFORCERefusesReturnsInBetween(t *testing.T) {
	c := DefaultREINFORCE()
	c.Rollout.Lambda = 0.95
	_, err := Run(context.Background(), c, cartPole, Options{Seed: 1, Steps: 1000})
	if err == nil || !strings.Contains(err.Error(), "rollout.lambda = 0.95: must be 1") {
		t.Errorf("error is %v", err)
	}
}
