package train

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/region"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// recording is one run of Stable-Baselines3's PPO as tools/fixtures/parity.py
// writes it.
type recording struct {
	Discrete     bool
	Seed         int
	Widths       []int
	Environments int
	Steps        int
	Gamma        float64
	Lambda       float64

	Normalize           bool
	ObservationClip     float64 `json:"observation_clip"`
	RewardClip          float64 `json:"reward_clip"`
	StateDependentNoise bool    `json:"state_dependent_noise"`

	Epochs             int
	Minibatch          int
	LearningRate       [2]float64 `json:"learning_rate"`
	Clip               [2]float64
	ValueClip          float64 `json:"value_clip"`
	TargetKL           float64 `json:"target_kl"`
	ValueCoefficient   float64 `json:"value_coefficient"`
	EntropyCoefficient float64 `json:"entropy_coefficient"`
	MaxGradientNorm    float64 `json:"max_gradient_norm"`

	Start      golden.Float32s    // [N,D] first observations
	Iterations []iteration        // a rollout and an update each
	Parameters map[string]tensors // by the number of minibatches before
	Gradients  []gradientRecord
	Normalizer *statistics // after the last rollout; nil without normalisation
}

// tensors is a block of parameters, in parts by name.
type tensors map[string]golden.Float32s

// gradientRecord is one gradient, before its norm is clipped.
type gradientRecord struct {
	Iteration, Minibatch int
	Parameters           tensors // where it was taken
	Gradient             tensors // as it was in the run
	Precise              tensors // from the same numbers in float64, rounded once
}

// statistics are those of observations, by element.
type statistics struct {
	Mean, Variance golden.Float64s
	Count          float64
}

// iteration is what one rollout gave and what the update made of it.
type iteration struct {
	Obs, Reward golden.Float32s // [T,N,D] real next observations, [T,N]
	End         []env.Status    // [T,N]
	Resets      golden.Float32s // [K,D] first observations after the ends
	Action      golden.Float32s // [T,N,A]
	Buffer      *struct {       // as Stable-Baselines3 filled it; nil in most iterations
		Obs, Value, Advantage, Return golden.Float32s
		LogProb                       golden.Float32s `json:"log_prob"`
	}

	LearningRate float64   `json:"learning_rate"`
	Clip         float64   // range of the ratio
	Orders       [][]int32 // of the rows, one for each pass

	// One element for each minibatch, the one that ended the update included.
	PolicyLoss  golden.Float32s `json:"policy_loss"`
	PolicyScale golden.Float32s `json:"policy_scale"` // mean absolute term of the policy loss
	ValueLoss   golden.Float32s `json:"value_loss"`
	EntropyLoss golden.Float32s `json:"entropy_loss"`
	Loss        golden.Float32s
	KL          golden.Float32s
	Clipped     []int           // rows outside the clip range
	Norm        golden.Float32s // of the gradient, for each step taken

	ExplainedVariance float64 `json:"explained_variance"`
}

// recordings reads all runs, by name.
func recordings(t *testing.T) map[string]*recording {
	t.Helper()
	files, err := filepath.Glob("testdata/parity/*.json.gz")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d recordings, error %v", len(files), err)
	}
	all := map[string]*recording{}
	for _, file := range files {
		r := &recording{}
		golden.Read(t, file, r)
		all[strings.TrimSuffix(filepath.Base(file), ".json.gz")] = r
	}
	return all
}

// settings are those of the run, in our words.
func (r *recording) settings() PPO {
	c := DefaultPPO()
	c.Rollout = rollout.Config{
		Environments: r.Environments, Steps: r.Steps,
		Gamma: r.Gamma, Lambda: r.Lambda,
		NormalizeReward: r.Normalize, RewardClip: r.RewardClip,
	}
	c.Policy.Actor, c.Policy.Critic = r.Widths, r.Widths
	c.Policy.StateDependentNoise = r.StateDependentNoise
	c.Policy.NormalizeObservation, c.Policy.ObservationClip = r.Normalize, r.ObservationClip
	c.Optim.LearningRate = optim.Linear(r.LearningRate[0], r.LearningRate[1])
	c.Optim.MaxGradientNorm = r.MaxGradientNorm
	clip := optim.Linear(r.Clip[0], r.Clip[1])
	c.Clip = region.Range{Low: clip, High: clip}
	c.ValueClip, c.ValueClipPessimistic = r.ValueClip, false
	c.Epochs, c.Minibatch = r.Epochs, r.Minibatch
	c.ValueCoefficient, c.EntropyCoefficient = r.ValueCoefficient, r.EntropyCoefficient
	c.TargetKL = r.TargetKL
	return c
}

// spec describes the task of the run.
func (r *recording) spec() env.Spec {
	s := env.Spec{ID: "Recorded", RewardThreshold: env.NoThreshold(), Action: space.Discrete{N: 2}}
	if !r.Discrete {
		s.Action = space.Bounded(-2, 2)
	}
	infinity := float32(math.Inf(1))
	s.Observation = space.Bounded(-infinity, infinity, len(r.Start)/r.Environments)
	return s
}

// learner is PPO as it stood before the first rollout of the run.
func (r *recording) learner(t *testing.T) *ppo {
	t.Helper()
	c, spec := r.settings(), r.spec()
	p, err := policy.New(c.Policy, spec.Observation, spec.Action, seed.New(0))
	if err != nil {
		t.Fatal(err)
	}
	r.Parameters["0"].load(t, p)
	pool := parallel.New(2)
	t.Cleanup(pool.Close)
	collector, err := rollout.NewCollector(r.maker(), p, c.Rollout, pool, 0)
	if err != nil {
		t.Fatal(err)
	}
	return c.start(&workplace{policy: p, collector: collector, pool: pool}).(*ppo)
}

// load puts recorded parameters into a policy.
func (x tensors) load(t *testing.T, p *policy.Policy) {
	t.Helper()
	for _, tensor := range p.Layout().Tensors() {
		if from := x[tensor.Name]; len(from) != tensor.Size() {
			t.Fatalf("the recording has %d elements of %s, the policy %d", len(from), tensor.Name, tensor.Size())
		}
		copy(tensor.Of(p.Parameters), x[tensor.Name])
	}
}

// split takes a block of the policy's layout apart.
func split(p *policy.Policy, block []float32) tensors {
	parts := tensors{}
	for _, tensor := range p.Layout().Tensors() {
		parts[tensor.Name] = tensor.Of(block)
	}
	return parts
}

// distance is the largest relative L2 distance of a tensor of other from x's.
func (x tensors) distance(other tensors) (worst float64) {
	for name, want := range x {
		worst = max(worst, golden.RelativeL2(other[name], want))
	}
	return worst
}

// order is the order of the rows in a pass, time-major: Stable-Baselines3
// numbers rows environment by environment.
func (r *recording) order(it *iteration, pass int) []int32 {
	order := make([]int32, len(it.Orders[pass]))
	for i, row := range it.Orders[pass] {
		e, t := int(row)/r.Steps, int(row)%r.Steps
		order[i] = int32(t*r.Environments + e)
	}
	return order
}

// maker makes the environments of the run one after another.
func (r *recording) maker() env.Maker {
	all, d := make([]*tape, r.Environments), len(r.Start)/r.Environments
	for e := range all {
		all[e] = &tape{spec: r.spec(), starts: [][]float32{r.Start[e*d : (e+1)*d]}}
	}
	for _, it := range r.Iterations {
		resets := it.Resets
		for row, end := range it.End {
			e := all[row%r.Environments]
			e.moments = append(e.moments, moment{it.Obs[row*d : (row+1)*d], it.Reward[row], end})
			if end.Ended() {
				e.starts = append(e.starts, resets[:d])
				resets = resets[d:]
			}
		}
	}
	return func() (env.Env, error) {
		if len(all) == 0 {
			return nil, fmt.Errorf("all recorded environments are in use")
		}
		next := all[0]
		all = all[1:]
		return next, nil
	}
}

// tape is an environment that plays back what another one gave, whatever the
// actions.
type tape struct {
	spec    env.Spec
	starts  [][]float32 // of the episodes to come
	moments []moment    // to come
}

type moment struct {
	obs    []float32
	reward float32
	end    env.Status
}

func (p *tape) Spec() env.Spec { return p.spec }

func (p *tape) Reset(_ *seed.Rand, obs []float32) {
	copy(obs, p.starts[0])
	p.starts = p.starts[1:]
}

func (p *tape) Step(_, obs []float32) (reward float64, end env.Status) {
	m := p.moments[0]
	p.moments = p.moments[1:]
	copy(obs, m.obs)
	return float64(m.reward), m.end
}
