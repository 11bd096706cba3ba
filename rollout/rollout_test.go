package rollout

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// script is an environment whose every step is known: the observation is the
// episode number and the step within it, the reward is the step, and episodes
// end as ends says, one entry per episode, again and again.
type script struct {
	ends    []ending
	episode int
	step    int
}

type ending struct {
	after  int
	status env.Status
}

func (s *script) Spec() env.Spec {
	return env.Spec{ID: "Script", Observation: unbounded(2), Action: space.Discrete{N: 2}}
}

func unbounded(n int) space.Space {
	low, high := make([]float32, n), make([]float32, n)
	for i := range low {
		low[i], high[i] = float32(math.Inf(-1)), float32(math.Inf(1))
	}
	return space.NewBox(low, high)
}

func (s *script) Reset(_ *seed.Rand, obs []float32) {
	s.episode, s.step = s.episode+1, 0
	s.show(obs)
}

func (s *script) Step(_, obs []float32) (float64, env.Status) {
	s.step++
	s.show(obs)
	if e := s.ends[(s.episode-1)%len(s.ends)]; s.step == e.after {
		return float64(s.step), e.status
	}
	return float64(s.step), env.Running
}

func (s *script) show(obs []float32) { obs[0], obs[1] = float32(s.episode), float32(s.step) }

// collect makes a collector of n scripted environments and a fresh policy.
func collect(t *testing.T, c Config, p policy.Config, threads int, ends ...ending) (*Collector, *policy.Policy) {
	t.Helper()
	maker := func() (env.Env, error) { return &script{ends: ends}, nil }
	return collectFrom(t, maker, c, p, threads)
}

func collectFrom(t *testing.T, maker env.Maker, c Config, pc policy.Config, threads int) (*Collector, *policy.Policy) {
	t.Helper()
	e, err := maker()
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.New(pc, e.Spec().Observation, e.Spec().Action, seed.New(3))
	if err != nil {
		t.Fatal(err)
	}
	pool := parallel.New(threads)
	t.Cleanup(pool.Close)
	k, err := NewCollector(maker, p, c, pool, 7)
	if err != nil {
		t.Fatal(err)
	}
	return k, p
}

func small() Config {
	c := DefaultConfig()
	c.Environments, c.Steps = 3, 8
	return c
}

func fill(t *testing.T, k *Collector) *Buffer {
	t.Helper()
	b := k.NewBuffer()
	if err := k.Fill(b); err != nil {
		t.Fatal(err)
	}
	return b
}

// value is the critic's estimate for one observation.
func value(p *policy.Policy, obs ...float32) float32 {
	pass := p.NewPass(1)
	pass.ForwardValue(obs)
	return pass.Value[0]
}

// TestT1TruncationBootstrapsTerminationDoesNot, and T2 (the value is that of
// the final observation), T6 (which is not what the actor sees next).
func TestT1TruncationBootstrapsTerminationDoesNot(t *testing.T) {
	k, p := collect(t, small(), policy.DefaultConfig(), 1,
		ending{3, env.Truncated}, ending{2, env.Terminated}, ending{100, env.Terminated})
	b := fill(t, k)
	gamma, lambda := float32(0.99), float32(0.95)
	for step, want := range []struct {
		obs             [2]float32 // before the step
		next            float32    // value of what follows
		discount, carry float32
	}{
		{[2]float32{1, 0}, value(p, 1, 1), gamma, lambda},
		{[2]float32{1, 1}, value(p, 1, 2), gamma, lambda},
		{[2]float32{1, 2}, value(p, 1, 3), gamma, 0}, // truncated: the real final observation
		{[2]float32{2, 0}, value(p, 2, 1), gamma, lambda},
		{[2]float32{2, 1}, 0, 0, 0}, // terminated
		{[2]float32{3, 0}, value(p, 3, 1), gamma, lambda},
		{[2]float32{3, 1}, value(p, 3, 2), gamma, lambda},
		{[2]float32{3, 2}, value(p, 3, 3), gamma, lambda}, // end of the rollout
	} {
		for e := range b.N {
			at := step*b.N + e
			if got := [2]float32(b.Obs[2*at : 2*at+2]); got != want.obs {
				t.Errorf("step %d: observation %v, want %v", step, got, want.obs)
			}
			if b.NextValue[at] != want.next {
				t.Errorf("step %d: next value %v, want %v", step, b.NextValue[at], want.next)
			}
			if b.Discount[at] != want.discount || b.Carry[at] != want.carry {
				t.Errorf("step %d: discount %v carry %v, want %v and %v", step, b.Discount[at], b.Carry[at], want.discount, want.carry)
			}
		}
	}
}

// TestT3TerminationWinsOverTruncation on the same step.
func TestT3TerminationWinsOverTruncation(t *testing.T) {
	k, _ := collect(t, small(), policy.DefaultConfig(), 1, ending{4, env.Terminated | env.Truncated})
	b := fill(t, k)
	at := 3 * b.N
	if b.Discount[at] != 0 || b.Carry[at] != 0 || b.NextValue[at] != 0 {
		t.Errorf("discount %v, carry %v, next value %v, want all 0", b.Discount[at], b.Carry[at], b.NextValue[at])
	}
}

// TestT5FinalObservationIsNormalised with the statistics of its own step.
func TestT5FinalObservationIsNormalised(t *testing.T) {
	c, pc := small(), policy.DefaultConfig()
	c.Environments, pc.NormalizeObservation = 1, true
	k, p := collect(t, c, pc, 1, ending{3, env.Truncated}, ending{100, env.Truncated})
	n := policy.NewNormalizer(2, pc.ObservationClip)
	// The statistics take in what the policy sees, not the final observation.
	n.Update([]float32{1, 0})
	n.Update([]float32{1, 1})
	n.Update([]float32{1, 2})
	n.Update([]float32{2, 0})
	final := []float32{1, 3}
	n.Normalize(final, final)
	b := fill(t, k)
	if want := value(p, final...); b.NextValue[2] != want {
		t.Errorf("value of the final observation is %v, want %v", b.NextValue[2], want)
	}
	next := []float32{2, 0}
	n.Normalize(next, next)
	if got := b.Obs[2*3 : 2*3+2]; !slices.Equal(got, next) {
		t.Errorf("observation after the reset is %v, want %v", got, next)
	}
}

// TestT7ResetIsNoTransition: every row is one step of the environment, and the
// row after an end begins with what the reset showed.
func TestT7ResetIsNoTransition(t *testing.T) {
	k, _ := collect(t, small(), policy.DefaultConfig(), 1, ending{3, env.Truncated}, ending{2, env.Terminated})
	b := fill(t, k)
	for e := range b.N {
		step := 0
		for at := e; at < b.Rows(); at += b.N {
			if b.Obs[2*at+1] != float32(step) || b.Reward[at] != float32(step+1) {
				t.Errorf("row %d: step %v with reward %v, want step %d and its reward", at/b.N, b.Obs[2*at+1], b.Reward[at], step)
			}
			step++
			if b.Carry[at] == 0 {
				step = 0
			}
		}
	}
}

// TestG3EpisodesGoOnAcrossRollouts: the second rollout begins where the first
// stopped, and the first's last value is of that observation.
func TestG3EpisodesGoOnAcrossRollouts(t *testing.T) {
	k, p := collect(t, small(), policy.DefaultConfig(), 1, ending{100, env.Truncated})
	first := fill(t, k)
	second := fill(t, k)
	if got := [2]float32(second.Obs[:2]); got != [2]float32{1, 8} {
		t.Errorf("second rollout begins at %v", got)
	}
	if want := value(p, 1, 8); first.NextValue[7*first.N] != want || second.Value[0] != want {
		t.Errorf("values at the border are %v and %v, want %v", first.NextValue[7*first.N], second.Value[0], want)
	}
}

// TestB1StoredLogProbCanBeRecomputed from the stored observations and actions,
// bit for bit, in one batch, whatever batches they were made in.
func TestB1StoredLogProbCanBeRecomputed(t *testing.T) {
	for _, normalize := range []bool{false, true} {
		c, pc := small(), policy.DefaultConfig()
		c.Environments, c.Steps, pc.NormalizeObservation = 5, 40, normalize
		k, p := collect(t, c, pc, 2, ending{7, env.Truncated}, ending{3, env.Terminated})
		fill(t, k)
		b := fill(t, k)
		pass := p.NewPass(b.Rows())
		pass.Evaluate(b.Obs, b.Action)
		if !slices.Equal(pass.LogProb, b.LogProb) {
			t.Error("log-probabilities differ")
		}
		if !slices.Equal(pass.Value, b.Value) {
			t.Error("values differ")
		}
		if !slices.Equal(pass.Dist, b.Dist) {
			t.Error("distribution parameters differ")
		}
	}
}

// TestB2ActionIsStoredUnclipped, the environment gets it within its bounds.
func TestB2ActionIsStoredUnclipped(t *testing.T) {
	var seen []float32
	maker := func() (env.Env, error) { return &bounded{seen: &seen}, nil }
	pc := policy.DefaultConfig()
	pc.LogStd = 2
	c := small()
	c.Environments = 1
	k, _ := collectFrom(t, maker, c, pc, 1)
	b := fill(t, k)
	outside := 0
	for i, a := range b.Action {
		if want := min(max(a, -1), 1); seen[i] != want {
			t.Errorf("drew %v, environment got %v", a, seen[i])
		} else if want != a {
			outside++
		}
	}
	if outside == 0 {
		t.Error("no action was outside the bounds, so the test shows nothing")
	}
}

// bounded is an endless environment with one continuous action in [-1, 1].
type bounded struct{ seen *[]float32 }

func (*bounded) Spec() env.Spec {
	return env.Spec{ID: "Bounded", Observation: unbounded(1), Action: space.NewBox([]float32{-1}, []float32{1})}
}
func (*bounded) Reset(_ *seed.Rand, obs []float32) { obs[0] = 0 }
func (b *bounded) Step(action, obs []float32) (float64, env.Status) {
	*b.seen = append(*b.seen, action[0])
	obs[0] = 0
	return 0, env.Running
}

func TestEpisodesAreReported(t *testing.T) {
	k, _ := collect(t, small(), policy.DefaultConfig(), 2, ending{3, env.Truncated}, ending{2, env.Terminated})
	fill(t, k)
	want := []Episode{{6, 3}, {3, 2}, {6, 3}}
	if got := k.Episodes(nil); !slices.Equal(got, slices.Concat(want, want, want)) {
		t.Errorf("episodes %v, want three times %v", got, want)
	}
	if got, want := k.RewardMean(), (6+3+6)/8.0; got != want {
		t.Errorf("mean reward %v, want %v", got, want)
	}
}

// TestThreadsDoNotChangeARollout, with and without normalisation, in rollouts of
// several blocks of rows, whether one thread acts or all do.
func TestThreadsDoNotChangeARollout(t *testing.T) {
	for _, test := range []struct {
		normalize    bool
		environments int
	}{{false, 1}, {false, 6}, {true, 1}, {true, 6}, {true, 20}} {
		var first *Buffer
		for _, threads := range []int{1, 2, 3, 7} {
			c, pc := small(), policy.DefaultConfig()
			c.Environments, c.Steps = test.environments, 150/test.environments
			c.NormalizeReward, pc.NormalizeObservation = test.normalize, test.normalize
			k, _ := collect(t, c, pc, threads, ending{3, env.Truncated}, ending{5, env.Terminated})
			fill(t, k)
			b := fill(t, k)
			if first == nil {
				first = b
				continue
			}
			for name, pair := range map[string][2][]float32{
				"observations": {first.Obs, b.Obs}, "actions": {first.Action, b.Action},
				"rewards": {first.Reward, b.Reward}, "next values": {first.NextValue, b.NextValue},
				"values": {first.Value, b.Value}, "distributions": {first.Dist, b.Dist},
				"log-probabilities": {first.LogProb, b.LogProb}, "discounts": {first.Discount, b.Discount},
			} {
				if !slices.Equal(pair[0], pair[1]) {
					t.Errorf("%+v, %d threads: %s differ from one thread's", test, threads, name)
				}
			}
		}
	}
}

// TestN1ReturnStartsAnewAtEveryEnd and N2: γ is the agent's, the mean stays.
func TestN1ReturnStartsAnewAtEveryEnd(t *testing.T) {
	c := small()
	c.Environments, c.Gamma, c.RewardClip = 1, 0.5, 1e6
	s := newRewardScale(c)
	reward := []float32{1, 2, 3, 4}
	ended := []bool{false, true, false, true}
	s.apply(reward, ended)
	m := policy.NewMoments()
	for i, g := range []float32{1, 2.5, 3, 5.5} { // G = 0.5·G + r, from 0 after an end
		m.Add([]float32{g})
		if want := float32(float64(i+1) / m.Deviation()); reward[i] != want {
			t.Errorf("reward %d became %v, want %v", i, reward[i], want)
		}
	}
}

func TestFillAllocatesNothing(t *testing.T) {
	c := small()
	k, _ := collect(t, c, policy.DefaultConfig(), 1, ending{3, env.Truncated})
	b := fill(t, k)
	if n := testing.AllocsPerRun(20, func() {
		if err := k.Fill(b); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations in a rollout of %d steps", n, b.Rows())
	}
}

// broken misbehaves at step 3 of its second episode.
type broken struct {
	script
	how func(obs []float32) float64
}

func (b *broken) Step(action, obs []float32) (float64, env.Status) {
	reward, end := b.script.Step(action, obs)
	if b.episode == 2 && b.step == 3 {
		reward = b.how(obs)
	}
	return reward, end
}

func TestBrokenEnvironmentIsNamed(t *testing.T) {
	for name, test := range map[string]struct {
		how  func(obs []float32) float64
		want string
	}{
		"NaN observation":      {func(obs []float32) float64 { obs[1] = float32(math.NaN()); return 0 }, "element 1 of the observation is NaN"},
		"infinite observation": {func(obs []float32) float64 { obs[0] = float32(math.Inf(1)); return 0 }, "element 0 of the observation is +Inf"},
		"NaN reward":           {func([]float32) float64 { return math.NaN() }, "the reward is NaN"},
		"panic":                {func([]float32) float64 { panic("gear box") }, "panic: gear box"},
		"index":                {func(obs []float32) float64 { return float64(obs[len(obs)]) }, "panic: runtime error: index out of range [2] with length 2"},
	} {
		maker := func() (env.Env, error) {
			return &broken{script{ends: []ending{{4, env.Truncated}}}, test.how}, nil
		}
		for _, normalize := range []bool{false, true} { // where it does, one thread acts and the other follows
			pc := policy.DefaultConfig()
			pc.NormalizeObservation = normalize
			k, _ := collectFrom(t, maker, small(), pc, 2)
			err := k.Fill(k.NewBuffer())
			var f *Failure
			if !errors.As(err, &f) {
				t.Errorf("%s: error is %v", name, err)
				continue
			}
			if f.Environment != "Script" || f.Index != 0 || f.Seed != 7 || f.Episode != 2 || f.Step != 3 || f.Err.Error() != test.want {
				t.Errorf("%s: %v", name, f)
			}
		}
	}
}

// short writes only the first element of its observation.
type short struct{ script }

func (s *short) Step(_, obs []float32) (float64, env.Status) {
	obs[0] = 1
	return 0, env.Running
}

func TestUnwrittenObservationIsNoticed(t *testing.T) {
	k, _ := collectFrom(t, func() (env.Env, error) { return &short{}, nil }, small(), policy.DefaultConfig(), 1)
	err := k.Fill(k.NewBuffer())
	var f *Failure
	if !errors.As(err, &f) || f.Err.Error() != "element 1 of the observation was not written" {
		t.Errorf("error is %v", err)
	}
}
