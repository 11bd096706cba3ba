package lm

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/optim"
)

// recorded is a case of the fixture that tools/fixtures/lm.py made.
type recorded struct {
	Name    string          `json:"name"`
	Config  json.RawMessage `json:"config"`
	Tensors []struct {
		Name  string          `json:"name"`
		Shape []int           `json:"shape"`
		Data  golden.Float32s `json:"data"`
	} `json:"tensors"`
	Sequences []struct {
		Tokens []int32 `json:"tokens"`
		Prompt int     `json:"prompt"`
	} `json:"sequences"`
	Logits []golden.Float32s `json:"logits"`
	Mixed  struct {
		Temperature float64                    `json:"temperature"`
		G           golden.Float32s            `json:"g"`
		H           golden.Float32s            `json:"h"`
		V           golden.Float32s            `json:"v"`
		LogProb     golden.Float64s            `json:"log_prob"`
		Entropy     golden.Float64s            `json:"entropy"`
		Value       golden.Float64s            `json:"value"`
		Loss        float64                    `json:"loss"`
		Gradient    map[string]golden.Float32s `json:"gradient"`
	} `json:"mixed"`
	Trained struct {
		Steps   int                        `json:"steps"`
		Rate    float64                    `json:"rate"`
		Decay   float64                    `json:"decay"`
		Losses  golden.Float64s            `json:"losses"`
		Tensors map[string]golden.Float32s `json:"tensors"`
	} `json:"trained"`
}

// eachRecorded runs a test for every case, with its model.
func eachRecorded(t *testing.T, test func(t *testing.T, r *recorded, m *Model)) {
	var all []recorded
	golden.Read(t, "testdata/transformers.json.gz", &all)
	for i := range all {
		r := &all[i]
		t.Run(strings.ReplaceAll(r.Name, " ", "_"), func(t *testing.T) { test(t, r, r.model(t)) })
	}
}

// model makes the model of a case, with its scalar head.
func (r *recorded) model(t testing.TB) *Model {
	t.Helper()
	c, err := readConfig(r.Config)
	if err != nil {
		t.Fatal(err)
	}
	c.Scalar = true
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	slots := map[string]slot{}
	for _, s := range m.slots() {
		slots[s.name] = s
	}
	for _, tensor := range r.Tensors {
		s, ok := slots[tensor.Name]
		if !ok {
			t.Fatalf("no place for %s", tensor.Name)
		}
		s.take(m.Parameters, tensor.Data)
		delete(slots, tensor.Name)
	}
	if len(slots) > 0 {
		t.Fatalf("no tensors for %v", slots)
	}
	return m
}

func (r *recorded) batch() *Batch {
	b := &Batch{}
	for _, s := range r.Sequences {
		b.Append(s.Tokens, s.Prompt)
	}
	return b
}

// logits computes the logits of every row of one sequence.
func logits(m *Model, tokens []int32) []float32 {
	k := walker{packing: newPacking(m)}
	n := len(tokens)
	s := shard{spans: []span{{0, n, 0, n}}, rows: n, keep: n}
	m.evaluate(&k, &s, tokens, nil)
	m.norm.forward(k.end.normed, k.end.unit, k.end.scale, m.Parameters, k.end.stream, n)
	z := make([]float32, n*m.Config.Vocabulary)
	kernel.LinearInput(z, k.end.normed, m.head.Of(m.Parameters), n, m.Config.Vocabulary, m.Config.Width)
	return z
}

func TestLogitsEqualTransformers(t *testing.T) {
	eachRecorded(t, func(t *testing.T, r *recorded, m *Model) {
		for i, s := range r.Sequences {
			golden.Close(t, "logits", logits(m, s.Tokens), r.Logits[i], golden.Tolerance{
				Absolute: 1e-5, Why: "float32 against float64; logits reach 10",
			})
		}
	})
}

func TestGradientsEqualTransformers(t *testing.T) {
	rounding := golden.Tolerance{Absolute: 1e-5, Why: "float32 against float64"}
	eachRecorded(t, func(t *testing.T, r *recorded, m *Model) {
		pool := parallel.New(2)
		defer pool.Close()
		p := NewPass(m, pool)
		p.Temperature, p.WithEntropy = r.Mixed.Temperature, true
		p.Forward(r.batch())
		golden.Close(t, "log-probabilities", p.LogProb, r.Mixed.LogProb, rounding)
		golden.Close(t, "entropies", p.Entropy, r.Mixed.Entropy, rounding)
		golden.Close(t, "values", p.Value, r.Mixed.Value, rounding)

		gradient := make([]float32, len(m.Parameters))
		p.Backward(gradient, r.Mixed.G, r.Mixed.H, r.Mixed.V)
		for _, s := range m.slots() {
			got, want := s.give(gradient), r.Mixed.Gradient[s.name]
			for name, part := range parts(s.name, len(got)) {
				wantNear(t, "gradient by "+name, got[part[0]:part[1]], want[part[0]:part[1]], 1e-5)
			}
		}
	})
}

// parts divides GPT-2's bias of queries, keys and values into these. The true
// gradient by the keys' is zero, since a softmax does not see a number that is
// added to all its scores; it is left out.
func parts(name string, n int) map[string][2]int {
	if !strings.HasSuffix(name, "c_attn.bias") {
		return map[string][2]int{name: {0, n}}
	}
	return map[string][2]int{name + " of queries": {0, n / 3}, name + " of values": {2 * n / 3, n}}
}

func TestTrainingEqualsTransformers(t *testing.T) {
	eachRecorded(t, func(t *testing.T, r *recorded, m *Model) {
		pool := parallel.New(2)
		defer pool.Close()
		p, b := NewPass(m, pool), r.batch()
		adam := optim.NewAdamW(len(m.Parameters), optim.AdamConfig{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}, r.Trained.Decay, spared(m)...)
		gradient, seed := make([]float32, len(m.Parameters)), make([]float32, b.Results())
		for i := range seed {
			seed[i] = -1 / float32(len(seed))
		}
		for step := range r.Trained.Steps {
			p.Forward(b)
			loss := -kernel.Sum(p.LogProb) / float32(b.Results())
			if want := r.Trained.Losses[step]; math.Abs(float64(loss)-want) > 1e-5*want {
				t.Fatalf("loss of step %d is %v, want %v", step, loss, want)
			}
			clear(gradient)
			p.Backward(gradient, seed, nil, nil)
			adam.Step(m.Parameters, gradient, r.Trained.Rate, 1)
		}
		for _, s := range m.slots() {
			want, ok := r.Trained.Tensors[s.name]
			if !ok {
				continue // the scalar head was not trained
			}
			got := s.give(m.Parameters)
			for name, part := range parts(s.name, len(got)) {
				golden.Close(t, name, got[part[0]:part[1]], want[part[0]:part[1]], golden.Tolerance{
					Absolute: 1e-4, Why: "AdamW divides a gradient by its size: where it is tiny, rounding moves a parameter by a share of the rate",
				})
			}
		}
	})
}

// spared is the scalar head: the recorded run had none.
func spared(m *Model) []optim.Range {
	return []optim.Range{{First: m.scalar.Offset, End: m.scalar.Offset + m.scalar.Size()}}
}

// wantNear fails if got is further from want than the given share of want's
// length.
func wantNear[W golden.Float](t *testing.T, what string, got []float32, want []W, share float64) {
	t.Helper()
	if d := golden.RelativeL2(got, want); !(d <= share) {
		t.Errorf("%s is off by %.3g of its length, with %.3g allowed", what, d, share)
	}
}
