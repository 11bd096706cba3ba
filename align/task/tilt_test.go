package task_test

import (
	"math"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/seed"
)

// newTilt makes a tilt that must exist.
func newTilt(t *testing.T, o task.TiltOptions) *task.Tilt {
	t.Helper()
	tilt, err := task.NewTilt(o)
	if err != nil {
		t.Fatal(err)
	}
	return tilt
}

// uniform returns n equal probabilities.
func uniform(n int) []float64 { return slices.Repeat([]float64{1 / float64(n)}, n) }

// gain returns E[R], KL(policy‖reference) and E[R] − beta·KL.
func gain(tilt *task.Tilt, policy, reference []float64, beta float64) (reward, kl, objective float64) {
	for i, text := range tilt.Language() {
		reward += policy[i] * tilt.Verify("", task.Answer{Text: text, Ended: true})
		kl += policy[i] * math.Log(policy[i]/reference[i])
	}
	return reward, kl, reward - beta*kl
}

// With a uniform reference and β = 1 each letter is drawn by itself, an a with
// probability e/(1+e), and the objective is 2·ln((1+e)/2).
func TestTiltInClosedForm(t *testing.T) {
	tilt := newTilt(t, task.DefaultTiltOptions())
	if got, want := tilt.Language(), []string{"aa", "ab", "ba", "bb"}; !slices.Equal(got, want) {
		t.Fatalf("the language is %v, should be %v", got, want)
	}
	a := math.E / (1 + math.E)
	exact := golden.Tolerance{Relative: 1e-14, Why: "a handful of roundings"}
	policy := tilt.Optimum(uniform(4), 1)
	golden.Close(t, "policy", policy, []float64{a * a, a * (1 - a), (1 - a) * a, (1 - a) * (1 - a)}, exact)
	reward, kl, objective := gain(tilt, policy, uniform(4), 1)
	golden.Close(t, "E[R], KL, objective", []float64{reward, kl, objective}, []float64{1.462117, 0.221888, 1.240229},
		golden.Tolerance{Absolute: 5e-7, Why: "published with six decimals"})
	golden.Close(t, "objective", []float64{objective}, []float64{2 * math.Log((1+math.E)/2)}, exact)
}

// No other policy has a larger objective, and the optimum's is β·ln Σ ρ e^{R/β}.
func TestOptimumIsTheLargest(t *testing.T) {
	rng := seed.New(1)
	for _, o := range []task.TiltOptions{task.DefaultTiltOptions(), {Letters: "abc", Length: 3}} {
		tilt := newTilt(t, o)
		for _, beta := range []float64{0.1, 0.5, 1, 4} {
			language := tilt.Language()
			reference := randomPolicy(rng, len(language))
			best := tilt.Optimum(reference, beta)
			_, _, largest := gain(tilt, best, reference, beta)
			partition := 0.0
			for i, text := range language {
				partition += reference[i] * math.Exp(tilt.Verify("", task.Answer{Text: text, Ended: true})/beta)
			}
			if math.Abs(largest-beta*math.Log(partition)) > 1e-12 {
				t.Errorf("%+v, β = %v: the objective is %v, should be %v", o, beta, largest, beta*math.Log(partition))
			}
			for range 200 {
				other, step := randomPolicy(rng, len(language)), rng.Float64()
				for i := range other {
					other[i] = step*other[i] + (1-step)*best[i]
				}
				if _, _, objective := gain(tilt, other, reference, beta); objective > largest+1e-12 {
					t.Fatalf("%+v, β = %v: %v has %v, more than the optimum's %v", o, beta, other, objective, largest)
				}
			}
		}
	}
}

// randomPolicy returns n positive probabilities.
func randomPolicy(rng *seed.Rand, n int) []float64 {
	policy, sum := make([]float64, n), 0.0
	for i := range policy {
		policy[i] = rng.Exponential() + 1e-3
		sum += policy[i]
	}
	for i := range policy {
		policy[i] /= sum
	}
	return policy
}

// As β falls the optimum goes to the text of first letters, and to the reference
// as it rises; extreme values neither overflow nor give NaN.
func TestOptimumAtTheEnds(t *testing.T) {
	tilt := newTilt(t, task.TiltOptions{Letters: "ab", Length: 3})
	reference := randomPolicy(seed.New(2), 8)
	if got := tilt.Optimum(reference, 1e-9); got[0] != 1 {
		t.Errorf("at β = 1e-9 the policy is %v", got)
	}
	golden.Close(t, "β = 1e9", tilt.Optimum(reference, 1e9), reference,
		golden.Tolerance{Relative: 1e-8, Why: "R/β is 3e-9"})
}

// DPO's loss on the comparisons, the pairs weighted by what they are drawn with,
// is least where β·ln(π/ρ) differs as R does: at the optimum, for every β.
func TestComparisonsHaveTheSameOptimum(t *testing.T) {
	tilt := newTilt(t, task.DefaultTiltOptions())
	language := tilt.Language()
	reference := []float64{0.1, 0.2, 0.3, 0.4}
	for _, beta := range []float64{0.1, 1, 3} {
		policy := tilt.Optimum(reference, beta)
		for i, a := range language {
			for j, b := range language {
				implicit := beta * (math.Log(policy[i]/reference[i]) - math.Log(policy[j]/reference[j]))
				if p := tilt.Prefer("", a, b); math.Abs(p-1/(1+math.Exp(-implicit))) > 1e-13 {
					t.Errorf("β = %v: %s is preferred to %s with probability %v, DPO's is %v", beta, a, b, p, 1/(1+math.Exp(-implicit)))
				}
			}
		}
	}
}

func TestOptimumRefusesMisuse(t *testing.T) {
	tilt := newTilt(t, task.DefaultTiltOptions())
	for want, call := range map[string]func(){
		"task: reference must have a probability for each text of the language": func() { tilt.Optimum(uniform(3), 1) },
		"task: beta must be positive":                                           func() { tilt.Optimum(uniform(4), math.NaN()) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panics with %v, should with %q", got, want)
				}
			}()
			call()
		}()
	}
}
