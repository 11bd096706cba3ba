package policy_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/gradcheck"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/policy"
)

// experience is rows of what a policy did, and how the loss weighs them.
type experience struct {
	ClipLow            float64 `json:"clip_low"`
	ClipHigh           float64 `json:"clip_high"`
	ValueClip          float64 `json:"value_clip"`
	ValueCoefficient   float64 `json:"value_coefficient"`
	EntropyCoefficient float64 `json:"entropy_coefficient"`

	Obs, Action, Advantage, Return []float32
	OldLogProb                     []float32 `json:"old_log_prob"`
	OldValue                       []float32 `json:"old_value"`
}

// fixture is a case of tools/fixtures/policy.py or policy_sde.py.
type fixture struct {
	shape
	experience
	Parameters map[string][]float32

	PolicyLoss float64 `json:"policy_loss"`
	ValueLoss  float64 `json:"value_loss"`
	Entropy    float64
	Gradient   map[string][]float64
}

func (f *fixture) String() string {
	action := fmt.Sprintf("discrete%d", f.Choices)
	if f.Choices == 0 {
		action = fmt.Sprintf("gaussian%d", f.Dimensions)
	}
	if f.StateNoise {
		action += "_statenoise"
	}
	return fmt.Sprintf("%s_%s_trunk%v_actor%v_critic%v_clip%v", action, f.Activation, f.Trunk, f.Actor, f.Critic, f.ValueClip)
}

// policy makes the policy of the fixture.
func (f *fixture) policy(t *testing.T) *policy.Policy {
	p := newPolicy(t, f.shape, nil)
	for _, tensor := range p.Layout().Tensors() {
		if copied := copy(tensor.Of(p.Parameters), f.Parameters[tensor.Name]); copied != tensor.Size() {
			t.Fatalf("the fixture has %d elements for %s of shape %v", copied, tensor.Name, tensor.Shape)
		}
	}
	return p
}

func readFixtures(t *testing.T) []*fixture {
	var cases, noisy []*fixture
	golden.Read(t, "testdata/torch.json", &cases)
	golden.Read(t, "testdata/statenoise.json", &noisy)
	cases = append(cases, noisy...)
	for _, c := range cases {
		c.observationElements = len(c.Obs) / len(c.Advantage)
	}
	return cases
}

// backward computes the losses of rows of experience and adds their gradient to
// gradient, by the way that training takes.
func backward(s *policy.Pass, gradient []float32, e *experience) losses64 {
	rows := len(e.Advantage)
	dLogProb, dEntropy, dValue := make([]float32, rows), make([]float32, rows), make([]float32, rows)
	weight := slices.Repeat([]float32{1 / float32(rows)}, rows)
	normalized := make([]float32, rows)
	advantage.Normalize(normalized, e.Advantage)

	var l losses64
	s.Evaluate(e.Obs, e.Action)
	l.policy = objective.Clip(e.ClipLow, e.ClipHigh, 0)(dLogProb, &objective.Batch{
		LogProb: s.LogProb, OldLogProb: e.OldLogProb, Advantage: normalized, Weight: weight,
	}, new(objective.Stats))
	if e.ValueClip > 0 {
		l.value = objective.ClippedError(dValue, s.Value, e.OldValue, e.Return, weight, e.ValueClip, e.ValueCoefficient)
	} else {
		l.value = objective.SquaredError(dValue, s.Value, e.Return, weight, e.ValueCoefficient)
	}
	l.entropy = -objective.Entropy(dEntropy, s.Entropy, weight, e.EntropyCoefficient)
	s.Backward(gradient, e.Action, dLogProb, dEntropy, dValue)
	return l
}

// The whole loss through the whole network: discrete and continuous actions,
// separate and shared trunks, own layers or none, tanh and ReLU, noise that
// depends on the state or not, with and without a value clip. Its gradient by every tensor is that of autograd, and
// that of finite differences of the float64 model, which is held against
// autograd as well.
func TestGradientOfTheWholeLoss(t *testing.T) {
	const tolerance, exact = 2e-6, 1e-8
	for _, f := range readFixtures(t) {
		t.Run(f.String(), func(t *testing.T) {
			p := f.policy(t)
			gradient := make([]float32, len(p.Parameters))
			l := backward(p.NewPass(len(f.Advantage)), gradient, &f.experience)
			golden.Close(t, "losses", []float64{l.policy, l.value, l.entropy},
				[]float64{f.PolicyLoss, f.ValueLoss, f.Entropy},
				golden.Tolerance{Absolute: 1e-7, Relative: 1e-6, Why: "the network computes in float32"})

			m := newModel(p.Layout(), f.shape)
			m.frozen = widen(p.Parameters)
			measured := gradcheck.Gradient(func(parameters []float64) float64 {
				return m.loss(parameters, &f.experience).total(&f.experience)
			}, widen(p.Parameters))

			for _, tensor := range p.Layout().Tensors() {
				want := f.Gradient[tensor.Name]
				difference := measured[tensor.Offset : tensor.Offset+tensor.Size()]
				if d := golden.RelativeL2(difference, want); !(d <= exact) {
					t.Errorf("%s: finite differences are %.3g from autograd", tensor.Name, d)
				}
				gradcheck.Compare(t, tensor.Name+" and finite differences", tensor.Of(gradient), difference, tolerance)
				gradcheck.Compare(t, tensor.Name+" and autograd", tensor.Of(gradient), want, tolerance)
			}
		})
	}
}

// Half of the rows after the other is all of them: gradients are added, and a
// pass for many rows serves few.
func TestGradientsOfPartsAddUp(t *testing.T) {
	for _, f := range readFixtures(t) {
		p := f.policy(t)
		rows := len(f.Advantage)
		s := p.NewPass(rows)
		one, few := slices.Repeat([]float32{1}, rows), rows/3

		whole := make([]float32, len(p.Parameters))
		s.Evaluate(f.Obs, f.Action)
		s.Backward(whole, f.Action, one, one, one)

		parts := make([]float32, len(p.Parameters))
		width, size := f.observationElements, p.Action().Size()
		for _, part := range [][2]int{{0, few}, {few, rows}} {
			obs, action := f.Obs[part[0]*width:part[1]*width], f.Action[part[0]*size:part[1]*size]
			s.Evaluate(obs, action)
			n := part[1] - part[0]
			s.Backward(parts, action, one[:n], one[:n], one[:n])
		}
		if d := golden.RelativeL2(parts, whole); !(d <= 1e-6) {
			t.Errorf("%s: the parts' gradients add up to something %.3g off", f, d)
		}
	}
}
