package policy_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/nn"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// box is a box without bounds, of n elements.
func box(n int) space.Box {
	inf := float32(math.Inf(1))
	return space.Bounded(-inf, inf, n)
}

// newPolicy makes a policy of the shape, with weights of seed 1 and, if edit is
// not nil, settings changed by it.
func newPolicy(t testing.TB, s shape, edit func(*policy.Config)) *policy.Policy {
	t.Helper()
	c := policy.DefaultConfig()
	c.Trunk, c.Actor, c.Critic, c.Activation = s.Trunk, s.Actor, s.Critic, s.Activation
	c.StateDependentNoise = s.StateNoise
	if edit != nil {
		edit(&c)
	}
	var action space.Space = space.Discrete{N: s.Choices}
	if s.Choices == 0 {
		action = box(s.Dimensions)
	}
	p, err := policy.New(c, box(s.observationElements), action, seed.New(1))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// shapes has one of each kind.
var shapes = map[string]shape{
	"discrete, separate":  {Choices: 3, Actor: []int{9, 6}, Critic: []int{7}, Activation: nn.Tanh, observationElements: 4},
	"discrete, shared":    {Choices: 300, Trunk: []int{8}, Activation: nn.ReLU, observationElements: 4},
	"gaussian, separate":  {Dimensions: 2, Actor: []int{8}, Critic: []int{8, 5}, Activation: nn.ReLU, observationElements: 4},
	"gaussian, shared":    {Dimensions: 3, Trunk: []int{9}, Actor: []int{6}, Activation: nn.Tanh, observationElements: 4},
	"gaussian, linear":    {Dimensions: 1, Activation: nn.Tanh, observationElements: 4},
	"state noise":         {Dimensions: 2, Actor: []int{8}, Critic: []int{6}, Activation: nn.Tanh, StateNoise: true, observationElements: 4},
	"state noise, shared": {Dimensions: 3, Trunk: []int{7}, Activation: nn.ReLU, StateNoise: true, observationElements: 4},
}

func normal(n int, spread float64, rng *seed.Rand) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(spread * rng.Normal())
	}
	return x
}

func wantPanic(t *testing.T, what string, call func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Helper()
			t.Errorf("%s did not panic", what)
		}
	}()
	call()
}

func TestTensorsOfALayout(t *testing.T) {
	names := func(s shape) []string {
		var out []string
		for _, t := range newPolicy(t, s, nil).Layout().Tensors() {
			out = append(out, t.Name)
		}
		return out
	}
	for _, test := range []struct {
		shape shape
		want  string
	}{
		{shape{Dimensions: 1, Trunk: []int{4}, Actor: []int{3}, Critic: []int{2}, Activation: nn.Tanh, observationElements: 2},
			"trunk.0.weight trunk.0.bias actor.0.weight actor.0.bias critic.0.weight critic.0.bias " +
				"actor.head.weight actor.head.bias log_std critic.head.weight critic.head.bias"},
		{shape{Choices: 2, Activation: nn.Tanh, observationElements: 2},
			"actor.head.weight actor.head.bias critic.head.weight critic.head.bias"},
	} {
		if got := strings.Join(names(test.shape), " "); got != test.want {
			t.Errorf("tensors %s, want %s", got, test.want)
		}
	}
}

// Weights start orthogonal with gain √2, 0.01 in the actor's head and 1 in the
// critic's; biases start at 0.
func TestOrthogonalStart(t *testing.T) {
	s := shapes["gaussian, separate"]
	p := newPolicy(t, s, func(c *policy.Config) { c.LogStd = -0.5 })
	gains := map[string]float64{"actor.head": 0.01, "critic.head": 1}
	for _, tensor := range p.Layout().Tensors() {
		x := tensor.Of(p.Parameters)
		name, isWeight := strings.CutSuffix(tensor.Name, ".weight")
		switch {
		case isWeight:
			gain, ok := gains[name]
			if !ok {
				gain = math.Sqrt2
			}
			// The squares of an orthogonal matrix sum up to gain² for each of the
			// vectors of its shorter side.
			sum := 0.0
			for _, w := range x {
				sum += float64(w) * float64(w)
			}
			want := gain * gain * float64(min(tensor.Shape[0], tensor.Shape[1]))
			golden.Close(t, tensor.Name, []float64{sum}, []float64{want}, golden.Tolerance{Relative: 1e-6, Why: "float32 weights"})
		case tensor.Name == "log_std":
			golden.Same(t, tensor.Name, x, []float32{-0.5, -0.5})
		default:
			golden.Same(t, tensor.Name, x, make([]float32, len(x)))
		}
	}
}

func TestUniformStart(t *testing.T) {
	p := newPolicy(t, shapes["discrete, separate"], func(c *policy.Config) { c.Orthogonal = false })
	fanIn := 0
	for _, tensor := range p.Layout().Tensors() {
		if len(tensor.Shape) == 2 {
			fanIn = tensor.Shape[0] // and of the bias that follows
		}
		bound := float32(1 / math.Sqrt(float64(fanIn)))
		x := tensor.Of(p.Parameters)
		if slices.Min(x) < -bound || slices.Max(x) > bound || slices.Max(x) == 0 {
			t.Errorf("%s lies in [%v, %v], want it spread within ±%v", tensor.Name, slices.Min(x), slices.Max(x), bound)
		}
	}
}

func TestSameSeedSamePolicy(t *testing.T) {
	draw := func(s uint64) []float32 {
		p, err := policy.New(policy.DefaultConfig(), box(3), space.Discrete{N: 2}, seed.New(s))
		if err != nil {
			t.Fatal(err)
		}
		return p.Parameters
	}
	if !slices.Equal(draw(5), draw(5)) || slices.Equal(draw(5), draw(6)) {
		t.Error("parameters are not a function of the seed")
	}
}

func TestImpossibleSettings(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, edit := range map[string]func(*policy.Config){
		"width 0":          func(c *policy.Config) { c.Trunk = []int{64, 0} },
		"width -1":         func(c *policy.Config) { c.Actor = []int{-1} },
		"width 65537":      func(c *policy.Config) { c.Critic = []int{65537} },
		"activation":       func(c *policy.Config) { c.Activation = "gelu" },
		"log_std NaN":      func(c *policy.Config) { c.LogStd = nan },
		"log_std 6":        func(c *policy.Config) { c.LogStd = 6 },
		"log_std -21":      func(c *policy.Config) { c.LogStd = -21 },
		"observation_clip": func(c *policy.Config) { c.ObservationClip = 0 },
		"clip NaN":         func(c *policy.Config) { c.ObservationClip = nan },
		"clip +Inf":        func(c *policy.Config) { c.ObservationClip = inf },
		"interval":         func(c *policy.Config) { c.NoiseInterval = -1 },
		"discrete noise":   func(c *policy.Config) { c.StateDependentNoise = true },
	} {
		c := policy.DefaultConfig()
		edit(&c)
		if _, err := policy.New(c, box(1), space.Discrete{N: 2}, seed.New(1)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if err := policy.DefaultConfig().Validate(); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
	for _, impossible := range []space.Space{space.Box{}, space.Discrete{}, space.Box{Low: []float32{1}, High: []float32{0}, Shape: []int{1}}} {
		if _, err := policy.New(policy.DefaultConfig(), impossible, space.Discrete{N: 2}, seed.New(1)); err == nil {
			t.Errorf("observations in the impossible %#v were accepted", impossible)
		}
		if _, err := policy.New(policy.DefaultConfig(), box(1), impossible, seed.New(1)); err == nil {
			t.Errorf("actions in the impossible %#v were accepted", impossible)
		}
	}
	for _, action := range []space.Space{space.MultiDiscrete{N: []int{2, 3}}, space.MultiBinary{N: 2}} {
		_, err := policy.New(policy.DefaultConfig(), box(1), action, seed.New(1))
		if err == nil || !strings.Contains(err.Error(), "Discrete or Box") {
			t.Errorf("actions in %v: error %v", action, err)
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	s := shapes["gaussian, shared"]
	p := newPolicy(t, s, func(c *policy.Config) { c.NormalizeObservation = true })
	p.Normalizer.Update(normal(40, 3, seed.New(2)))
	obs := normal(4, 1, seed.New(3))
	act := func(p *policy.Policy) []float32 {
		action := make([]float32, 3)
		p.NewActor().Act(action, obs, policy.Greedy)
		return action
	}
	c := p.Clone()
	before := act(p)
	golden.Same(t, "the clone's action", act(c), before)

	for i := range c.Parameters {
		c.Parameters[i] += 1
	}
	c.Normalizer.Update(normal(40, 30, seed.New(4)))
	golden.Same(t, "the action after changes to the clone", act(p), before)
	if slices.Equal(act(c), before) {
		t.Error("changes to the clone have no effect")
	}
	if p.Normalizer.Moments()[0] == c.Normalizer.Moments()[0] {
		t.Error("the clone shares the normaliser's statistics")
	}
}

func TestLogStdIsPartOfTheParameters(t *testing.T) {
	p := newPolicy(t, shapes["gaussian, separate"], nil)
	p.LogStd()[1] = float32(math.Log(3))
	golden.Same(t, "log_std", p.Clone().LogStd(), []float32{0, float32(math.Log(3))})
	std, ok := p.MeanStd()
	golden.Close(t, "mean deviation", []float64{std}, []float64{2}, golden.Tolerance{Relative: 1e-6, Why: "float32's exponential"})
	if !ok {
		t.Error("continuous actions are said to have no deviation")
	}
	discrete := newPolicy(t, shapes["discrete, separate"], nil)
	if _, ok := discrete.MeanStd(); ok || discrete.LogStd() != nil {
		t.Error("discrete actions are said to have a deviation")
	}
}
