package align

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/seed"
)

// newComparison returns a comparer at work on a task, with a new nano model.
func newComparison(t testing.TB, of task.Task, c Comparisons) *comparer {
	t.Helper()
	spec := of.Spec()
	shape, err := lm.Sized("nano", spec.Tokenizer.Size(), spec.MaxPrompt+spec.MaxCompletion)
	if err != nil {
		t.Fatal(err)
	}
	m, err := lm.New(shape)
	if err != nil {
		t.Fatal(err)
	}
	d, err := newComparer(&workplace{task: of, spec: spec, tokenizer: spec.Tokenizer, model: m, seed: 5}, c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// testPool is a pool of two threads for the time of a test.
func testPool(t testing.TB) *parallel.Pool {
	pool := parallel.New(2)
	t.Cleanup(pool.Close)
	return pool
}

// TestPairsAreGoneThroughInPasses: each pair once in a pass, every pass in an order of
// its own, wherever batches end, and whatever step is asked for.
func TestPairsAreGoneThroughInPasses(t *testing.T) {
	d := newComparison(t, makeTask(t, "preference", nil), Comparisons{Pairs: 10, Batch: 4})
	var all []*comparison
	for step := range 5 {
		batch, err := d.next(step)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, batch...)
	}
	for pass := range 2 {
		for _, c := range d.fixed {
			n := 0
			for _, other := range all[pass*10:][:10] {
				if c == other {
					n++
				}
			}
			if n != 1 {
				t.Errorf("a pair is in pass %d %d times", pass, n)
			}
		}
	}
	if slices.Equal(all[:10], all[10:]) || slices.Equal(all[:10], d.fixed) {
		t.Error("two passes have the same order")
	}
	again, err := newComparison(t, d.task, d.Comparisons).next(3)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range again {
		if !slices.Equal(c.chosen.tokens, all[12+i].chosen.tokens) || !slices.Equal(c.rejected.tokens, all[12+i].rejected.tokens) {
			t.Error("a step has other pairs when it is the first to be asked for")
		}
	}
}

// TestPairsByNumber: new pairs are those that would be gone through, and with labels
// turned exact they are of the same completions.
func TestPairsByNumber(t *testing.T) {
	of := makeTask(t, "preference", nil).(task.Comparer)
	d := newComparison(t, of, Comparisons{Pairs: 8, Batch: 4})
	fresh := newComparison(t, of, Comparisons{Batch: 4})
	exact := newComparison(t, of, Comparisons{Batch: 4, ExactLabels: true})
	sure := 0.0
	for step := range 2 {
		drawn, err := fresh.next(step)
		if err != nil {
			t.Fatal(err)
		}
		weighed, err := exact.next(step)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range drawn {
			if k := 4*step + i; !slices.Equal(c.chosen.tokens, d.fixed[k].chosen.tokens) {
				t.Errorf("pair %d is another", k)
			}
			w := weighed[i]
			a, b := w.chosen.tokens, w.rejected.tokens
			if slices.Equal(b, c.chosen.tokens) {
				a, b = b, a
			}
			if !slices.Equal(a, c.chosen.tokens) || !slices.Equal(b, c.rejected.tokens) {
				t.Errorf("exact labels are of other completions")
			}
			sure += math.Abs(w.certainty - 0.5)
		}
	}
	if sure == 0 || sure == 4 {
		t.Errorf("certainties are off ½ by %v on average", sure/8)
	}
}

// TestLaidOutPairs: weights add up to 1, and a label that is not certain counts both
// ways, with the reference of each text.
func TestLaidOutPairs(t *testing.T) {
	x, y := text{[]int32{0, 1, 2}, 1}, text{[]int32{0, 3}, 1}
	m := lay([]*comparison{
		{chosen: x, rejected: y, certainty: 1, reference: []float32{1, 2, 3}},
		{chosen: y, rejected: x, certainty: 0.75, reference: []float32{4, 5, 6}},
	})
	lengths := []int{}
	for _, t := range m.texts {
		lengths = append(lengths, t.length())
	}
	if !slices.Equal(lengths, []int{2, 1, 1, 2, 2, 1}) {
		t.Errorf("texts of %v tokens", lengths)
	}
	golden.Same(t, "weights", m.weight, []float32{0.5, 0.375, 0.125})
	golden.Same(t, "reference", m.reference, []float32{1, 2, 3, 4, 5, 6, 5, 6, 4})
	golden.Same(t, "weights of a part", m.of(&part{first: 2, last: 6}), []float32{0.375, 0.125})
}

// listener is a task that remembers which prompts it was asked to prefer after.
type listener struct {
	task.Comparer
	heard *[]string
}

func (l listener) Prefer(prompt, a, b string) float64 {
	*l.heard = append(*l.heard, prompt)
	return l.Comparer.Prefer(prompt, a, b)
}

// TestPairsAreOfTheTrainingSide, and those that are rated afterwards are not.
func TestPairsAreOfTheTrainingSide(t *testing.T) {
	var heard []string
	of := listener{makeTask(t, "preference", nil).(task.Comparer), &heard}
	sides := func() (count [2]int) {
		for _, prompt := range heard {
			count[task.SideOf(of, prompt)]++
		}
		heard = nil
		return count
	}
	w := newComparison(t, of, Comparisons{Pairs: 300, Batch: 1}).workplace
	if got := sides(); got != [2]int{task.Training: 300} {
		t.Errorf("pairs to learn from are of %v prompts of either side", got)
	}
	rater := w.model.WithScalar(0, seed.New(1))
	if _, err := EvaluateReward(t.Context(), rater, w.tokenizer, of, Trial{Prompts: 40, Threads: 1}); err != nil {
		t.Fatal(err)
	}
	if got := sides(); got != [2]int{task.HeldOut: 40 * pairsPerPrompt} {
		t.Errorf("pairs to rate are of %v prompts of either side", got)
	}
}

// strange is a task whose preferences are no probabilities.
type strange struct{ task.Comparer }

func (strange) Prefer(string, string, string) float64 { return math.NaN() }

// TestUnusableComparisonsAreRefused.
func TestUnusableComparisonsAreRefused(t *testing.T) {
	odd := strange{makeTask(t, "preference", nil).(task.Comparer)}
	long := makeTask(t, "preference", map[string]any{"length": 30})
	short := newComparison(t, makeTask(t, "preference", nil), Comparisons{Batch: 1}).model
	exact := DefaultDPO()
	exact.ExactLabels = true
	smooth := DefaultDPO()
	smooth.Loss, smooth.LabelSmoothing = "hinge", 0.1
	for _, c := range []struct {
		name   string
		method Method
		task   task.Task
		model  *lm.Model
		want   string
	}{
		{"no preferences", DefaultDPO(), makeTask(t, "add", nil), nil, "task add prefers no completion to another"},
		{"no preferences", DefaultReward(), makeTask(t, "sort", nil), nil, "task sort prefers no completion to another"},
		{"no probability", exact, odd, nil, "with a probability of NaN"},
		{"no room", DefaultReward(), long, short, "the model's context is 17"},
		{"no room", DefaultDPO(), long, short, "the model's context is 17"},
		{"no smoothing", smooth, odd, nil, "label_smoothing = 0.1: must be 0 for the loss hinge"},
	} {
		_, err := Run(t.Context(), c.method, c.task, Options{Steps: 1, Threads: 1, Model: c.model, Evaluation: Evaluation{Prompts: 1, Samples: 1}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

// TestPairMethodsAreTheSameForAnyThreads, byte for byte.
func TestPairMethodsAreTheSameForAnyThreads(t *testing.T) {
	rewarder, policy := DefaultReward(), DefaultDPO()
	rewarder.Pairs, rewarder.Batch = 12, 8
	policy.Pairs, policy.Batch, policy.Optim.MicroBatch = 12, 8, 5
	for _, m := range []Method{rewarder, policy} {
		var want [][]byte
		for _, threads := range []int{1, 2} {
			dir := filepath.Join(t.TempDir(), "run")
			_, err := Run(t.Context(), m, makeTask(t, "preference", nil), Options{
				Seed: 3, Steps: 4, Threads: threads, Dir: dir,
				Evaluation: Evaluation{Every: 2, Prompts: 4, FinalPrompts: 4, Samples: 2},
			})
			if err != nil {
				t.Fatal(err)
			}
			var got [][]byte
			for _, name := range []string{LastCheckpoint + "/model.safetensors", LastCheckpoint + "/optimizer.safetensors", BestCheckpoint + "/model.safetensors"} {
				data, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, data)
			}
			if want != nil && !slices.EqualFunc(got, want, bytes.Equal) {
				t.Errorf("%s: checkpoints differ between 1 and %d threads", m.Name(), threads)
			}
			want = got
		}
	}
}

// preferences is testdata/preference/pairs.json: steps of PyTorch.
type preferences struct {
	Rate, Decay, Norm, Beta, Smoothing, Margin, Center float64
	Pairs                                              []struct{ Prompt, Chosen, Rejected []int32 }
	DPO, Reward                                        []struct{ Loss, Margin, Accuracy, Norm float64 }
}

// comparer hands the recorded pairs out, all of them in every step.
func (r *preferences) comparer(w *workplace) *comparer {
	n := len(r.Pairs)
	d := &comparer{workplace: w, Comparisons: Comparisons{Pairs: n, Batch: n}, order: make([]int32, n), pass: -1}
	for _, p := range r.Pairs {
		of := func(completion []int32) text { return text{slices.Concat(p.Prompt, completion), len(p.Prompt)} }
		d.fixed = append(d.fixed, &comparison{chosen: of(p.Chosen), rejected: of(p.Rejected), certainty: 1})
	}
	return d
}

// optim is how the recorded steps were made.
func (r *preferences) optim() Optim {
	o := DefaultOptim()
	o.LearningRate, o.WeightDecay, o.MaxGradientNorm, o.MicroBatch = optim.Constant(r.Rate), r.Decay, r.Norm, 4
	return o
}

// load reads a model of testdata/preference.
func (r *preferences) load(t *testing.T, name string) *lm.Model {
	t.Helper()
	m, err := lm.Load(filepath.Join("testdata/preference", name))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestStepsEqualPyTorch: loss, statistics, gradient and parameters of both methods,
// over three steps.
func TestStepsEqualPyTorch(t *testing.T) {
	var r preferences
	golden.Read(t, "testdata/preference/pairs.json", &r)
	pool := testPool(t)
	w := &workplace{model: r.load(t, "policy"), reference: r.load(t, "reference"), pool: pool}
	policy := &dpo{
		DPO: DPO{Optim: r.optim()}, workplace: w, comparer: r.comparer(w), loss: newPairLoss("sigmoid", r.Beta, r.Smoothing),
		tuner: newTuner(w.model, pool, r.optim(), askTokens, 1), frozen: lm.NewPass(w.reference, pool),
	}
	v := &workplace{model: r.load(t, "policy").WithScalar(0, seed.New(1)), pool: pool}
	rater := &reward{
		Reward: Reward{Optim: r.optim(), Margin: r.Margin, Center: r.Center}, workplace: v, comparer: r.comparer(v),
		tuner: newTuner(v.model, pool, r.optim(), askLast, 1),
	}
	for _, c := range []struct {
		name    string
		learner learner
		tuner   *tuner
		want    []struct{ Loss, Margin, Accuracy, Norm float64 }
	}{{"dpo", policy, policy.tuner, r.DPO}, {"reward", rater, rater.tuner, r.Reward}} {
		for step, want := range c.want {
			var row record.Row
			if err := c.learner.iterate(t.Context(), step, 0, &row); err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]float64{
				record.PairsLoss: want.Loss, record.PairsMargin: want.Margin, record.PairsAccuracy: want.Accuracy, record.OptimGradientNorm: want.Norm,
			} {
				got, _ := row.Value(name)
				golden.Close(t, c.name+": "+name, []float64{got}, []float64{want}, golden.Tolerance{
					Absolute: 2e-6, Relative: 1e-5, Why: "float32 against float64",
				})
			}
		}
		if d := golden.RelativeL2(c.tuner.gradient, r.load(t, c.name+"-gradient").Parameters); !(d < 2e-5) {
			t.Errorf("%s: the last gradient is off by %.3g of its length", c.name, d)
		}
		golden.Close(t, c.name+": parameters", c.tuner.model.Parameters, r.load(t, c.name).Parameters, golden.Tolerance{
			Absolute: 1e-4, Why: "AdamW divides a gradient by its size: where it is tiny, rounding moves a parameter by a share of the rate",
		})
	}
}
