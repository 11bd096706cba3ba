package policy_test

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/checkpoint"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/nn"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// experienced is a policy of the settings and spaces whose weights and
// statistics are nowhere near their start.
func experienced(t testing.TB, c policy.Config, observation, action space.Space) *policy.Policy {
	t.Helper()
	p, err := policy.New(c, observation, action, seed.New(1))
	if err != nil {
		t.Fatal(err)
	}
	copy(p.Parameters, normal(len(p.Parameters), 0.7, seed.New(2)))
	if p.Normalizer != nil {
		p.Normalizer.Update(normal(observation.Size()*31, 5, seed.New(3)))
	}
	return p
}

// halfOpen is a box with finite and infinite bounds and two dimensions.
func halfOpen() space.Box {
	inf := float32(math.Inf(1))
	return space.NewBox([]float32{-1, -inf, 0, -inf, -0.1, -3e38}, []float32{1, inf, inf, 0, 0.1, 3e38}, 2, 3)
}

func saved(t testing.TB) map[string]*policy.Policy {
	plain := policy.DefaultConfig()
	shared := policy.Config{
		Trunk: []int{7}, Actor: []int{5}, Activation: nn.ReLU, LogStd: -1.25, NormalizeObservation: true, ObservationClip: 4.5,
	}
	noisy := shared
	noisy.StateDependentNoise, noisy.NoiseInterval = true, 3
	return map[string]*policy.Policy{
		"discrete":         experienced(t, plain, halfOpen(), space.Discrete{N: 4, Start: -2}),
		"discrete, shared": experienced(t, shared, box(3), space.Discrete{N: 2, Start: 7}),
		"box":              experienced(t, plain, box(3), halfOpen()),
		"box, shared":      experienced(t, shared, halfOpen(), box(2)),
		"box, noise":       experienced(t, noisy, box(3), box(2)),
	}
}

// What is loaded is what was saved: settings, spaces, and every bit of
// parameters, statistics and actions.
func TestSaveAndLoad(t *testing.T) {
	for name, p := range saved(t) {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "best")
			if err := p.Save(path); err != nil {
				t.Fatal(err)
			}
			q, err := policy.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			golden.Same(t, "parameters", q.Parameters, p.Parameters)
			if !reflect.DeepEqual(q.Config(), p.Config()) {
				t.Errorf("settings %+v, want %+v", q.Config(), p.Config())
			}
			if !reflect.DeepEqual(q.Observation(), p.Observation()) || !reflect.DeepEqual(q.Action(), p.Action()) {
				t.Errorf("spaces %v and %v, want %v and %v", q.Observation(), q.Action(), p.Observation(), p.Action())
			}
			if !reflect.DeepEqual(q.Layout(), p.Layout()) || !reflect.DeepEqual(q.Normalizer, p.Normalizer) {
				t.Error("layout or normaliser have changed")
			}
			actsAlike(t, q, p)

			// The same content makes the same file.
			again := filepath.Join(t.TempDir(), "again"+policy.Extension)
			if err := q.Save(again); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(read(t, again), read(t, path+policy.Extension)) {
				t.Error("saving what was loaded makes another file")
			}
		})
	}
}

func actsAlike(t *testing.T, p, q *policy.Policy) {
	t.Helper()
	width, size := p.Observation().Size(), p.Action().Size()
	obs := normal(50*width, 2, seed.New(4))
	act := func(p *policy.Policy) []float32 {
		actor, rng := p.NewActor(), seed.New(5)
		var out []float32
		for r := range 50 {
			for _, mode := range []policy.Mode{policy.Greedy, policy.Sample(rng)} {
				action := make([]float32, size)
				actor.Act(action, obs[r*width:(r+1)*width], mode)
				out = append(append(out, action...), actor.Value())
			}
		}
		return out
	}
	golden.Same(t, "actions and values", act(p), act(q))
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Settings are the policy's own: what the caller does with theirs afterwards
// must not make a file that cannot be read.
func TestSettingsAreCopied(t *testing.T) {
	widths := []int{6}
	c := policy.DefaultConfig()
	c.Actor = widths
	p := experienced(t, c, box(2), space.Discrete{N: 2})
	widths[0] = 9
	path := filepath.Join(t.TempDir(), "p")
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	if _, err := policy.Load(path); err != nil {
		t.Error(err)
	}
}

func TestMissingFile(t *testing.T) {
	_, err := policy.Load(filepath.Join(t.TempDir(), "nothing"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "nothing"+policy.Extension) {
		t.Errorf("error %v", err)
	}
}

// A file that was cut short anywhere, or in which any one byte is another, is
// refused.
func TestDamagedFiles(t *testing.T) {
	p := experienced(t, policy.Config{Activation: nn.Tanh, NormalizeObservation: true, ObservationClip: 10}, box(2), space.Discrete{N: 2})
	folder := t.TempDir()
	path := filepath.Join(folder, "good")
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	good := read(t, path+policy.Extension)
	refused := func(what string, at int, data []byte) {
		t.Helper()
		bad := filepath.Join(folder, "bad"+policy.Extension)
		if err := os.WriteFile(bad, data, 0o666); err != nil {
			t.Fatal(err)
		}
		q, err := policy.Load(bad)
		if q != nil || !errors.Is(err, checkpoint.ErrDamaged) || !strings.Contains(err.Error(), "bad"+policy.Extension) {
			t.Fatalf("%s at byte %d of %d: error %v", what, at, len(good), err)
		}
	}
	for at := 0; at < len(good); at += 13 {
		refused("cut short", at, good[:at])
		other := bytes.Clone(good)
		other[at] ^= 1 << (at % 8)
		refused("a flipped bit", at, other)
	}
	refused("something after the end", len(good), append(bytes.Clone(good), 0))
}

// Checkpoints that are whole but hold no policy, or an impossible one, are
// refused with the reason.
func TestCheckpointsThatAreNoPolicy(t *testing.T) {
	const config = `"config":{"trunk":null,"actor":[3],"critic":null,"activation":"tanh","orthogonal":true,` +
		`"log_std":0,"normalize_observation":false,"observation_clip":10}`
	with := func(config, observation, action string) string {
		return `{` + config + `,"observation":` + observation + `,"action":` + action + `}`
	}
	const flat, two = `{"kind":"box","shape":[2]}`, `{"kind":"discrete","n":[2]}`
	const multi = `{"kind":"multi_binary","n":[2]}`
	for _, test := range []struct{ state, want string }{
		{``, `"policy"`},
		{`{"config":7}`, `"policy"`},
		{with(config+`,"extra":1`, flat, two), `extra`},
		{with(config, flat, two), `policy.actor.0.weight`}, // all but the tensors
		{with(config, `{"kind":"box","shape":[3]}`, two), `observation.low`},
		{with(config, `{"kind":"box","shape":[0]}`, two), `impossible shape`},
		{with(config, `{"kind":"box","shape":[-1,-1]}`, two), `impossible shape`},
		{with(config, `{"kind":"box","shape":[65536,65536,65536,65536]}`, two), `impossible shape`},
		{with(config, `{"kind":"text"}`, two), `"text"`},
		{with(config, flat, `{"kind":"discrete","n":[2,3]}`), `"discrete"`},
		{with(config, flat, `{"kind":"discrete","n":[0]}`), `0`},
		{with(config, flat, multi), `Discrete or Box`},
		{with(config, multi, two), `must be in a Box`},
		{with(strings.Replace(config, `[3]`, `[0]`, 1), flat, two), `width 0`},
		{with(strings.Replace(config, `[3]`, `[1099511627776]`, 1), flat, two), `width 1099511627776`},
		{with(strings.Replace(config, `tanh`, `gelu`, 1), flat, two), `gelu`},
		{with(strings.Replace(config, `"log_std"`, `"state_dependent_noise":true,"log_std"`, 1), flat, two), `state_dependent_noise`},
		{with(strings.Replace(config, `"log_std"`, `"noise_interval":-1,"log_std"`, 1), flat, two), `noise_interval -1`},
	} {
		c := checkpoint.New()
		c.PutFloat32("observation.low", []int{2}, []float32{-1, -1})
		c.PutFloat32("observation.high", []int{2}, []float32{1, 1})
		if test.state != "" {
			if err := c.Put("policy", jsonText(test.state)); err != nil {
				t.Fatal(err)
			}
		}
		p, err := policy.FromCheckpoint(c)
		if p != nil || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one that names %s", test.state, err, test.want)
		}
	}
}

// jsonText is JSON that is stored as it is.
type jsonText string

func (j jsonText) MarshalJSON() ([]byte, error) { return []byte(j), nil }

// Statistics that would make every observation NaN are refused.
func TestImpossibleStatistics(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, bad := range []policy.Moments{
		{Mean: nan, Variance: 1, Count: 1}, {Mean: -inf, Variance: 1, Count: 1},
		{Variance: -1, Count: 1}, {Variance: nan, Count: 1}, {Variance: inf, Count: 1},
		{Variance: 1, Count: 0}, {Variance: 1, Count: nan}, {Variance: 1, Count: inf},
	} {
		p := bounded(t)
		p.Normalizer.Moments()[1] = bad
		c := checkpoint.New()
		if err := p.Put(c); err != nil {
			t.Fatal(err)
		}
		if q, err := policy.FromCheckpoint(c); q != nil || err == nil || !strings.Contains(err.Error(), "element 1") {
			t.Errorf("%+v: error %v", bad, err)
		}
	}
}
