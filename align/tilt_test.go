package align

import (
	"context"
	"math"
	"sync"
	"testing"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/optim"
)

// language is the enumerable task with a model that has been taught it: every text of
// two letters is about as likely as any other, and nothing else is likely at all.
type language struct {
	*task.Tilt
	model     *lm.Model
	reference []float64 // probability of each text under the model
}

// taught returns the language. Teaching takes a moment, so it is done once.
var taught = sync.OnceValues(func() (*language, error) {
	tilt, err := task.NewTilt(task.DefaultTiltOptions())
	if err != nil {
		return nil, err
	}
	sft := DefaultSFT()
	sft.Batch = 256
	sft.Optim.LearningRate = optim.Linear(3e-3, 0)
	r, err := Run(context.Background(), sft, tilt, Options{Seed: 1, Steps: 80, Threads: 1})
	if err != nil {
		return nil, err
	}
	l := &language{Tilt: tilt, model: r.Model}
	l.reference = l.policy(l.model)
	return l, nil
})

func tilted(t *testing.T) *language {
	t.Helper()
	l, err := taught()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// policy is the probability of each text under a model, enumerated.
func (l *language) policy(m *lm.Model) []float64 {
	pool := parallel.New(1)
	defer pool.Close()
	w := &workplace{task: l.Tilt, spec: l.Spec(), tokenizer: l.Spec().Tokenizer, model: m}
	var batch lm.Batch
	for _, text := range l.Language() {
		t, err := w.encode("", text)
		if err != nil {
			panic(err)
		}
		batch.Append(t.tokens, t.prompt)
	}
	pass := lm.NewPass(m, pool)
	pass.Evaluate(&batch)
	p := make([]float64, batch.Sequences())
	for k := range p {
		for _, logProb := range pass.LogProb[batch.Segment[k]:batch.Segment[k+1]] {
			p[k] += float64(logProb)
		}
		p[k] = math.Exp(p[k])
	}
	return p
}

// total is the total variation between two policies.
func total(p, q []float64) float64 {
	sum := 0.0
	for i := range p {
		sum += math.Abs(p[i]-q[i]) / 2
	}
	return sum
}

// TestTaughtLanguageIsUniform: what the other tests start from.
func TestTaughtLanguageIsUniform(t *testing.T) {
	l := tilted(t)
	if d := total(l.reference, []float64{.25, .25, .25, .25}); d > 0.05 {
		t.Errorf("the texts have the probabilities %v", l.reference)
	}
}

// tiltGRPO are settings for the language, whose rate falls to 0 so that the policy comes
// to rest: G = 8, and the price β of a nat.
func tiltGRPO(advantage string, beta float64) GRPO {
	c := DefaultGRPO()
	c.Prompts, c.Minibatch, c.Advantage, c.Penalty.Coefficient = 16, 0, advantage, beta
	c.Optim.LearningRate = optim.Linear(4e-3, 0)
	return c
}

// TestTilt: where GRPO ends on the language, against what theory says. The rewards of
// the texts are 2, 1, 1 and 0; the fixed points are derived at the functions that
// compute them, and docs/algorithms/grpo.md tells the story.
func TestTilt(t *testing.T) {
	l := tilted(t)
	const beta, group = 0.5, 8
	optimum := l.Optimum(l.reference, beta)
	argmax := []float64{1, 0, 0, 0}
	perToken := func(c *GRPO) { c.PenaltyPer = perToken }
	inLoss := func(estimator string) func(*GRPO) {
		return func(c *GRPO) { c.Penalty.Place, c.Penalty.Estimator = placeLoss, estimator }
	}
	noisy := func(change func(*GRPO)) func(*GRPO) { // at rest what is added up is not zero one by one
		return func(c *GRPO) { c.Prompts *= 2; change(c) }
	}
	for _, test := range []struct {
		name      string
		advantage string
		beta      float64
		change    func(*GRPO)
		want      []float64
	}{
		{"mean", "mean", beta, nil, optimum},
		{"leave-one-out", "leave-one-out", beta, nil, optimum},
		{"leave-one-out, penalty per token", "leave-one-out", beta, perToken, optimum},
		{"leave-one-out, k2 in the loss", "leave-one-out", beta, inLoss("k2"), optimum},
		{"reward, whole completions", "reward", beta, nil, optimum},
		{"mean without a price", "mean", 0, nil, argmax},
		{"leave-one-out without a price", "leave-one-out", 0, nil, argmax},

		{"std", "std", beta, nil, optimum},
		{"mean, penalty per token", "mean", beta, perToken, l.Optimum(l.reference, beta*group/(group-1))},
		{"std, penalty per token", "std", 2, noisy(perToken), l.tilt(2, standardised(group))},
		{"leave-one-out, k3 in the loss", "leave-one-out", beta, noisy(inLoss("k3")), l.hyperbolic(beta, centred)},
		{"std, k3 in the loss", "std", 2, noisy(inLoss("k3")), l.hyperbolic(2, standardised(group))},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := tiltGRPO(test.advantage, test.beta)
			if test.change != nil {
				test.change(&c)
			}
			r, err := Run(t.Context(), c, l.Tilt, Options{Seed: 1, Steps: 120, Threads: 1, Model: l.model})
			if err != nil {
				t.Fatal(err)
			}
			policy := l.policy(r.Model)
			t.Logf("total variation %.4f", total(policy, test.want))
			if d := total(policy, test.want); d > 0.02 {
				t.Errorf("the policy is %.4f, should be %.4f: total variation %.4f", policy, test.want, d)
			}
		})
	}
}

// TestTiltTellsFixedPointsApart: those that are no tilt at β are too far from it, and
// from each other, to be taken for it.
func TestTiltTellsFixedPointsApart(t *testing.T) {
	l := tilted(t)
	for _, test := range []struct {
		name        string
		p, q        []float64
		least, most float64
	}{
		{"k3 and the tilt", l.hyperbolic(0.5, centred), l.Optimum(l.reference, 0.5), 0.10, 0.15},
		{"group of 8 and the tilt", l.Optimum(l.reference, 0.5*8./7), l.Optimum(l.reference, 0.5), 0.04, 0.06},
		{"spread and the tilt", l.tilt(2, standardised(8)), l.Optimum(l.reference, 2), 0.04, 0.06},
		{"spread with k3 and the tilt", l.hyperbolic(2, standardised(8)), l.Optimum(l.reference, 2), 0.03, 0.04},
		{"spread and the tilt, cheaper", l.tilt(1, standardised(8)), l.Optimum(l.reference, 1), 0.12, 0.15},
		{"no spread, large group, and the tilt", l.tilt(0.5, centred), l.Optimum(l.reference, 0.5), 0, 1e-9},
	} {
		d := total(test.p, test.q)
		t.Logf("%s: %.4f of %.4f and %.4f", test.name, d, test.p, test.q)
		if d < test.least || d > test.most {
			t.Errorf("%s are %.4f apart, should be %v to %v", test.name, d, test.least, test.most)
		}
	}
}

// value is the expected advantage of a completion with a given reward, from the
// probabilities of the rewards 0, 1 and 2 of each of the others.
type value func(reward int, others [3]float64) float64

// centred is R − E[R], as leave-one-out has it.
func centred(reward int, others [3]float64) float64 {
	return float64(reward) - others[1] - 2*others[2]
}

// standardised is the expectation of (R − mean)/std in a group of n, over all rewards
// that the others may have.
func standardised(n int) value {
	return func(reward int, others [3]float64) float64 {
		sum := 0.0
		for ones := range n {
			for twos := range n - ones {
				zeros := n - 1 - ones - twos
				probability := multinomial(zeros, ones, twos) *
					math.Pow(others[0], float64(zeros)) * math.Pow(others[1], float64(ones)) * math.Pow(others[2], float64(twos))
				mean := float64(ones+2*twos+reward) / float64(n)
				squares := float64(ones+4*twos+reward*reward) - float64(n)*mean*mean
				if squares > 1e-9 {
					sum += probability * (float64(reward) - mean) / math.Sqrt(squares/float64(n-1))
				}
			}
		}
		return sum
	}
}

// multinomial is (a+b+c)!/(a!b!c!).
func multinomial(a, b, c int) float64 {
	x, y := 1.0, 1.0
	for i := range b {
		x *= float64(a+i+1) / float64(i+1)
	}
	for i := range c {
		y *= float64(a+b+i+1) / float64(i+1)
	}
	return x * y
}

// rewards are the probabilities of the rewards 0, 1 and 2 under a policy.
func rewards(p []float64) [3]float64 { return [3]float64{p[3], p[1] + p[2], p[0]} }

// values are the expected advantages of the four texts under a policy.
func values(p []float64, of value) [4]float64 {
	q := rewards(p)
	return [4]float64{of(2, q), of(1, q), of(1, q), of(0, q)}
}

// tilt is where a policy gradient with the expected advantage A(y) comes to rest if the
// price β of the divergence from ρ is charged outside of A. At rest A(y) − β·log(π/ρ) is
// the same for every y, so
//
//	π(y) ∝ ρ(y)·exp(A(y)/β)
//
// where A depends on π itself through the rewards of the others. It is found by repeated
// substitution with half steps.
func (l *language) tilt(beta float64, of value) []float64 {
	p := append([]float64(nil), l.reference...)
	for range 2000 {
		sum := 0.0
		next := make([]float64, len(p))
		for i, a := range values(p, of) {
			next[i] = l.reference[i] * math.Exp(a/beta)
			sum += next[i]
		}
		for i := range p {
			p[i] = (p[i] + next[i]/sum) / 2
		}
	}
	return p
}

// hyperbolic is where it comes to rest if the price is k3 in the loss, token by token.
// In the mean the gradient of k3 by the logit of token x is π(x) − ρ(x), and that of the
// policy gradient π(x)·(A(x) − ΣπA), where A(x) is what is to be expected after x. At
// rest they are equal up to β:
//
//	π(x) = ρ(x) / (1 − (A(x) − ΣπA)/β)
//
// in every state: a hyperbola instead of an exponential function, whose tails are
// heavier, and which stands by the reference more. The conditional policies of the first
// token and of the second after either are found together, by repeated substitution.
func (l *language) hyperbolic(beta float64, of value) []float64 {
	sum := l.reference[0] + l.reference[1] + l.reference[2] + l.reference[3]
	first := (l.reference[0] + l.reference[1]) / sum
	reference := [3]float64{first, l.reference[0] / (l.reference[0] + l.reference[1]), l.reference[2] / (l.reference[2] + l.reference[3])} // of an a: first, after a, after b
	policy := reference
	texts := func() []float64 {
		return []float64{policy[0] * policy[1], policy[0] * (1 - policy[1]), (1 - policy[0]) * policy[2], (1 - policy[0]) * (1 - policy[2])}
	}
	for range 2000 {
		a := values(texts(), of)
		afterA, afterB := policy[1]*a[0]+(1-policy[1])*a[1], policy[2]*a[2]+(1-policy[2])*a[3]
		for i, gap := range [3]float64{afterA - afterB, a[0] - a[1], a[2] - a[3]} {
			// A(a) − ΣπA = (1−π)·gap, and π·(1 − (1−π)·gap/β) = ρ.
			k := gap / beta
			policy[i] = (policy[i] + (k-1+math.Sqrt((1-k)*(1-k)+4*k*reference[i]))/(2*k)) / 2
		}
	}
	return texts()
}
