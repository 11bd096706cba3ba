package objective_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/gradcheck"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/seed"
)

// preference returns a loss over pairs that must be there.
func preference(t testing.TB, name string) objective.Preference {
	t.Helper()
	p, ok := objective.FindPreference(name)
	if !ok {
		t.Fatalf("there is no preference %q", name)
	}
	return p
}

// prefer is a loss, its derivatives and the statistics of a batch.
func prefer(of objective.PairLoss, b *objective.Batch) (float64, []float32, objective.PairStats) {
	var s objective.PairStats
	d := make([]float32, len(b.LogProb))
	for i := range d {
		d[i] = 7 // to be overwritten
	}
	return of(d, b, &s), d, s
}

// smoothing is a share of wrong labels that the loss takes.
func smoothing(p objective.Preference, epsilon float64) float64 {
	if p.Smooths {
		return epsilon
	}
	return 0
}

// drawPairs makes pairs of sequences of 0 to 11 rows, some of them padding.
func drawPairs(pairs int, rng *seed.Rand) *objective.Batch {
	b := drawSequences(2*pairs, rng)
	b = &objective.Batch{LogProb: b.LogProb, Reference: b.OldLogProb, Mask: b.Mask, Segment: b.Segment}
	for range pairs {
		b.Weight = append(b.Weight, float32(rng.Uniform(0.1, 1)))
	}
	return b
}

// somePairs is the given pairs of a batch, in that order.
func somePairs(b *objective.Batch, pairs ...int) *objective.Batch {
	c := &objective.Batch{Segment: []int32{0}, Mask: []float32{}}
	for _, i := range pairs {
		from, to := b.Segment[2*i], b.Segment[2*i+2]
		shift := int32(len(c.LogProb)) - from
		c.LogProb = append(c.LogProb, b.LogProb[from:to]...)
		c.Reference = append(c.Reference, b.Reference[from:to]...)
		c.Mask = append(c.Mask, b.Mask[from:to]...)
		c.Weight = append(c.Weight, b.Weight[i])
		c.Segment = append(c.Segment, b.Segment[2*i+1]+shift, to+shift)
	}
	return c
}

// Sums of log-probabilities −5 and −7, of the reference −6 and −6.5, over 5 and 4
// tokens: losses computed apart in float64.
func TestPreferencesOfOnePair(t *testing.T) {
	b := &objective.Batch{Weight: []float32{1}, Segment: []int32{0, 5, 9}}
	for i := range 9 {
		if i < 5 {
			b.LogProb, b.Reference = append(b.LogProb, -1), append(b.Reference, -1.2)
		} else {
			b.LogProb, b.Reference = append(b.LogProb, -1.75), append(b.Reference, -1.625)
		}
	}
	for _, c := range []struct {
		name      string
		smoothing float64
		loss      float64
	}{
		{"sigmoid", 0, 0.620957},
		{"sigmoid", 0.1, 0.635957},
		{"robust", 0.1, 0.602207},
		{"ipo-sum", 0, 12.25},
		{"ipo", 0, 21.855625},
		{"hinge", 0, 0.85},
		{"sigmoid-mean", 0, 0.677029},
	} {
		loss, _, s := prefer(preference(t, c.name).New(0.1, c.smoothing), b)
		golden.Close(t, c.name, []float64{loss}, []float64{c.loss}, golden.Tolerance{
			Absolute: 6e-7, Relative: 1e-7, Why: "six decimals, and float32 inputs",
		})
		want := []float64{0.1, -0.05, 0.15, 1}
		if preference(t, c.name).Averages {
			want = []float64{0.1 / 5, -0.05 / 4, 0.1/5 + 0.05/4, 1}
		}
		golden.Close(t, c.name+"'s statistics", []float64{s.Chosen(), s.Rejected(), s.Margin(), s.Accuracy()}, want, rounding)
	}
}

// preferred is one case of testdata/preferences.json.
type preferred struct {
	Name            string
	Beta, Smoothing float64
	TRL             map[string]float64 `json:"trl"`
	LogProb         []float32          `json:"log_prob"`
	Reference       []float32
	Mask            []float32
	Segment         []int32
	Weight          []float32
	Loss            float64
	DLogProb        []float64 `json:"d_log_prob"`
}

// Losses and gradients as TRL computes them, and as torch does by the formulas.
func TestPreferencesAgainstTorch(t *testing.T) {
	var cases []preferred
	golden.Read(t, "testdata/preferences.json", &cases)
	seen := map[string]bool{}
	for _, c := range cases {
		seen[c.Name] = true
		what := fmt.Sprintf("%s, beta %v, smoothing %v, by TRL: %v", c.Name, c.Beta, c.Smoothing, c.TRL != nil)
		p := preference(t, c.Name)
		loss, d, s := prefer(p.New(c.Beta, c.Smoothing), &objective.Batch{
			LogProb: c.LogProb, Reference: c.Reference, Mask: c.Mask, Segment: c.Segment, Weight: c.Weight,
		})
		golden.Close(t, what, []float64{loss}, []float64{c.Loss}, golden.Tolerance{
			Absolute: 1e-12, Relative: 1e-12, Why: "float64 sums in another order",
		})
		golden.Close(t, what+": derivatives", d, c.DLogProb, golden.Tolerance{
			Absolute: 1e-12, Relative: 6.1e-8, Why: "derivatives are rounded to float32",
		})
		if c.TRL != nil && !p.Averages { // of an averaging loss TRL reports sums
			got := []float64{s.Chosen(), s.Rejected(), s.Margin(), s.Accuracy()}
			want := []float64{c.TRL["rewards/chosen"], c.TRL["rewards/rejected"], c.TRL["rewards/margins"], c.TRL["rewards/accuracies"]}
			golden.Close(t, what+": statistics", got, want, golden.Tolerance{
				Absolute: 1e-12, Relative: 1e-7, Why: "TRL counts in float32",
			})
		}
	}
	for _, p := range objective.Preferences() {
		if !seen[p.Name] {
			t.Errorf("%s is in none of the cases", p.Name)
		}
	}
}

func TestPreferencesAgainstFiniteDifferences(t *testing.T) {
	for _, p := range objective.Preferences() {
		b, of := drawPairs(9, seed.New(31)), p.New(0.7, smoothing(p, 0.15))
		_, d, _ := prefer(of, b)
		want := gradcheck.Gradient(func(logProb []float64) float64 {
			c := *b
			c.LogProb = make([]float32, len(logProb))
			for i, x := range logProb {
				c.LogProb[i] = float32(x)
			}
			loss, _, _ := prefer(of, &c)
			return loss
		}, widen(b.LogProb))
		golden.Close(t, p.Name, d, want, golden.Tolerance{
			Absolute: 1e-7, Relative: 1e-6, Why: "finite differences of a sum over all pairs",
		})
	}
}

// Cut between pairs and put together again, a batch is what it was, and the order
// of the pairs does not matter; that within a pair does.
func TestBatchesCutBetweenPairs(t *testing.T) {
	const count = 30
	b := drawPairs(count, seed.New(32))
	for _, p := range objective.Preferences() {
		of, all := p.New(0.3, smoothing(p, 0.1)), sequence(count)
		loss, d, whole := prefer(of, b)
		sum, pieces, merged := 0.0, []float32{}, objective.PairStats{}
		for _, part := range [][]int{all[:1], all[1:14], all[14:14], all[14:]} {
			l, d, s := prefer(of, somePairs(b, part...))
			sum += l
			pieces = append(pieces, d...)
			merged.Merge(&s)
		}
		figures := func(s *objective.PairStats) []float64 {
			return []float64{float64(s.Pairs), float64(s.ZeroGradient), s.Accuracy(), s.Chosen(), s.Rejected(), s.Margin()}
		}
		golden.Close(t, p.Name, []float64{sum}, []float64{loss}, regrouped)
		golden.Same(t, p.Name+"'s derivatives", pieces, d)
		golden.Close(t, p.Name+"'s statistics", figures(&merged), figures(&whole), golden.Tolerance{
			Relative: 1e-12, Absolute: 1e-14, Why: "float64 sums in another grouping",
		})

		exchanged := append(append([]int{}, all[11:]...), all[:11]...)
		l, moved, _ := prefer(of, somePairs(b, exchanged...))
		at := b.Segment[22]
		golden.Close(t, p.Name+" in another order", []float64{l}, []float64{loss}, regrouped)
		golden.Same(t, p.Name+"'s derivatives in another order", moved, append(append([]float32{}, d[at:]...), d[:at]...))
	}
	of := preference(t, "sigmoid").New(1, 0)
	pair := &objective.Batch{LogProb: []float32{-1, -2}, Reference: []float32{-2, -1}, Weight: []float32{1}}
	right, _, _ := prefer(of, pair)
	slices.Reverse(pair.LogProb)
	slices.Reverse(pair.Reference)
	wrong, _, s := prefer(of, pair)
	golden.Close(t, "a pair turned round", []float64{wrong - right, s.Accuracy()}, []float64{2, 0}, rounding)
}

// At first the policy is its reference: every log-ratio is 0, no pair is in the
// right order more than by half, and the chosen sequence is what is pulled up.
func TestPolicyThatIsItsReference(t *testing.T) {
	b := drawPairs(6, seed.New(33))
	b.Reference = b.LogProb
	for _, p := range objective.Preferences() {
		_, d, s := prefer(p.New(0.1, 0), b)
		if s.Accuracy() != 0.5 || s.Margin() != 0 || s.Pairs != 6 {
			t.Errorf("%s: statistics %+v", p.Name, s)
		}
		for k := range 12 {
			for j := b.Segment[k]; j < b.Segment[k+1]; j++ {
				if up := d[j] < 0; b.Mask[j] != 0 && up != (k%2 == 0) {
					t.Errorf("%s: derivative %v of sequence %d", p.Name, d[j], k)
				}
			}
		}
	}
}

// The least loss of a smoothed label is where σ(βh) = 1 − ε; that of ipo, where h is
// 1/(2β); the mean of robust over labels of which a share ε is wrong is the loss of
// right ones.
func TestPreferencesKeepTheirPromises(t *testing.T) {
	const beta, epsilon = 0.5, 0.2
	at := func(name string, epsilon, h float64) (float64, float64) {
		loss, d, _ := prefer(preference(t, name).New(beta, epsilon), &objective.Batch{
			LogProb: []float32{float32(h), 0}, Reference: []float32{0, 0}, Weight: []float32{1},
		})
		return loss, float64(d[0])
	}
	_, slope := at("sigmoid", epsilon, math.Log((1-epsilon)/epsilon)/beta)
	golden.Close(t, "slope of cDPO", []float64{slope}, []float64{0}, rounding)
	_, slope = at("ipo-sum", 0, 1/(2*beta))
	golden.Close(t, "slope of IPO", []float64{slope}, []float64{0}, rounding)
	for _, h := range []float64{-40, -3, -0.25, 0, 0.5, 2, 30} {
		right, dRight := at("robust", epsilon, h)
		wrong, dWrong := at("robust", epsilon, -h)
		want, dWant := at("sigmoid", 0, h)
		golden.Close(t, fmt.Sprint("robust in the mean at ", h),
			[]float64{(1-epsilon)*right + epsilon*wrong, (1-epsilon)*dRight - epsilon*dWrong}, []float64{want, dWant}, rounding)
	}
	if _, slope := at("hinge", 0, 2); slope != 0 {
		t.Errorf("hinge has the slope %v at its knee", slope)
	}
}

// Far away everything is finite, and as the limits have it.
func TestFarPreferences(t *testing.T) {
	for _, h := range []float32{100, 1e4, 1e30} {
		for _, c := range []struct {
			name             string
			near, far        float64 // loss, h being positive and negative
			nearPull, farOne float64 // derivative by the chosen sequence's
		}{
			{"sigmoid", math.Exp(-float64(h)), float64(h), -math.Exp(-float64(h)), -1},
			{"hinge", 0, 1 + float64(h), 0, -1},
			{"ipo-sum", square(float64(h) - 0.5), square(float64(h) + 0.5), 2*float64(h) - 1, -2*float64(h) - 1},
		} {
			of := preference(t, c.name).New(1, 0)
			b := &objective.Batch{LogProb: []float32{h, 0}, Reference: []float32{0, 0}, Weight: []float32{1}}
			loss, d, _ := prefer(of, b)
			b.LogProb[0] = -h
			lossFar, dFar, _ := prefer(of, b)
			golden.Close(t, fmt.Sprint(c.name, " at ", h),
				[]float64{loss, lossFar, float64(d[0]), float64(dFar[0])}, []float64{c.near, c.far, c.nearPull, c.farOne},
				golden.Tolerance{Relative: 1e-7, Absolute: 1e-45, Why: "derivatives are rounded to float32"})
		}
	}
}

// What cannot be makes loss, statistics and the pair's own derivatives NaN, and no
// other pair's.
func TestUnlawfulPairsAreNaN(t *testing.T) {
	for _, p := range objective.Preferences() {
		of := p.New(0.1, smoothing(p, 0.1))
		for _, x := range []float32{nan, inf, -inf} {
			for what, spoil := range map[string]func(b *objective.Batch){
				"log-probability": func(b *objective.Batch) { b.LogProb[3] = x },
				"reference":       func(b *objective.Batch) { b.Reference[2] = x },
				"both":            func(b *objective.Batch) { b.LogProb[2], b.Reference[2] = x, x },
				"weight":          func(b *objective.Batch) { b.Weight[1] = x },
			} {
				b := &objective.Batch{
					LogProb: []float32{-1, -2, -1, -2, -1, -2}, Reference: []float32{-1, -1, -1, -1, -1, -1}, Weight: []float32{1, 1, 1},
				}
				spoil(b)
				loss, d, s := prefer(of, b)
				for _, got := range []float64{loss, s.Accuracy(), s.Chosen(), s.Rejected(), s.Margin(), float64(d[2]), float64(d[3])} {
					if got == got {
						t.Errorf("%s, %s %v: loss %v, statistics %+v, derivatives %v", p.Name, what, x, loss, s, d)
						break
					}
				}
				if math.IsNaN(float64(d[0]+d[1])) || math.IsNaN(float64(d[4]+d[5])) || s.Pairs != 3 {
					t.Errorf("%s, %s %v: derivatives %v, %d pairs", p.Name, what, x, d, s.Pairs)
				}
			}
		}
	}
}

// Pairs of weight 0 and rows of mask 0 are passed over, whatever stands there.
func TestPairsWithoutWeightAreNothing(t *testing.T) {
	for _, p := range objective.Preferences() {
		of, b := p.New(0.1, 0), drawPairs(4, seed.New(34))
		want, wantD, seen := prefer(of, b)
		for _, x := range []float32{0, 200, inf, -inf, nan} {
			rows := len(b.LogProb)
			c := somePairs(b, 0, 1, 2, 3)
			c.LogProb, c.Reference = append(c.LogProb, x, 1, x), append(c.Reference, 0, x, x)
			c.Mask, c.Weight = append(c.Mask, 1, 1, 1), append(c.Weight, 0)
			last := int32(rows)
			c.Segment = append(c.Segment, last+2, last+3)
			// Padding between the last sequence and its end.
			c.LogProb = slices.Insert(c.LogProb, rows, x)
			c.Reference, c.Mask = slices.Insert(c.Reference, rows, x), slices.Insert(c.Mask, rows, 0)
			for k := 8; k < len(c.Segment); k++ {
				c.Segment[k]++
			}
			got, d, s := prefer(of, c)
			if got != want || s != seen {
				t.Errorf("%s: loss %v with statistics %+v, without %v: %v with %+v", p.Name, got, s, x, want, seen)
			}
			golden.Same(t, p.Name+"'s derivatives", d, append(slices.Clone(wantD), 0, 0, 0, 0))
		}
	}
}

func TestImpossiblePreferences(t *testing.T) {
	for _, p := range objective.Preferences() {
		for _, beta := range []float64{0, -1, math.NaN(), math.Inf(1)} {
			wantPanic(t, func() { p.New(beta, 0) })
		}
		for _, epsilon := range []float64{-0.1, 0.5, math.NaN()} {
			wantPanic(t, func() { p.New(0.1, epsilon) })
		}
		if !p.Smooths {
			wantPanic(t, func() { p.New(0.1, 0.1) })
		}
	}
	if _, ok := objective.FindPreference("dpo"); ok {
		t.Error("there is a preference dpo")
	}
	of, x := preference(t, "sigmoid").New(0.1, 0), make([]float32, 4)
	for _, b := range []objective.Batch{
		{LogProb: x, Reference: x[:3], Weight: x[:2]},
		{LogProb: x, Reference: x, Weight: x[:2], Mask: x[:1]},
		{LogProb: x, Reference: x, Weight: x}, // one for each row
		{LogProb: x, Reference: x, Weight: x[:1], Segment: []int32{0, 2, 3, 4}},
		{LogProb: x, Reference: x, Weight: x[:1], Segment: []int32{0, 2, 3}},
		{LogProb: x[:3], Reference: x[:3], Weight: x[:1]},
	} {
		wantPanic(t, func() { of(make([]float32, len(b.LogProb)), &b, new(objective.PairStats)) })
	}
}

func TestNoPairs(t *testing.T) {
	for _, p := range objective.Preferences() {
		loss, _, s := prefer(p.New(0.1, 0), &objective.Batch{})
		if loss != 0 || s.Pairs != 0 || !math.IsNaN(s.Accuracy()) || !math.IsNaN(s.Margin()) {
			t.Errorf("%s: loss %v, statistics %+v", p.Name, loss, s)
		}
		b := &objective.Batch{LogProb: []float32{-1}, Reference: []float32{-2}, Weight: []float32{1}, Segment: []int32{0, 0, 1}}
		if loss, d, s := prefer(p.New(0.1, 0), b); loss != loss || d[0] <= 0 || s.Margin() >= 0 {
			t.Errorf("%s: a chosen sequence without rows gives the loss %v and %v", p.Name, loss, d)
		}
	}
}

func TestPreferencesDoNotAllocate(t *testing.T) {
	b := drawPairs(8, seed.New(35))
	of, d, s := preference(t, "ipo").New(0.1, 0), make([]float32, len(b.LogProb)), objective.PairStats{}
	if n := testing.AllocsPerRun(10, func() { of(d, b, &s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// One pair of answers, of two tokens and of one. The policy has moved towards the
// chosen one, and is drawn there still.
func ExampleFindPreference() {
	dpo, _ := objective.FindPreference("sigmoid")
	batch := &objective.Batch{
		LogProb:   []float32{-1, -0.5, -3},
		Reference: []float32{-2, -0.5, -2},
		Segment:   []int32{0, 2, 3}, // chosen, rejected
		Weight:    []float32{1},     // of the pair
	}
	var stats objective.PairStats
	dLogProb := make([]float32, 3)
	loss := dpo.New(0.5, 0)(dLogProb, batch, &stats)

	fmt.Printf("loss %.3f\n", loss)
	fmt.Printf("derivatives %.3f\n", dLogProb)
	fmt.Printf("margin %.1f, accuracy %.0f\n", stats.Margin(), stats.Accuracy())
	// Output:
	// loss 0.313
	// derivatives [-0.134 -0.134 0.134]
	// margin 1.0, accuracy 1
}

// What each loss still asks of a pair that is 4 nats apart, β being ½.
func ExamplePreferences() {
	batch := &objective.Batch{LogProb: []float32{0, -4}, Reference: []float32{0, 0}, Weight: []float32{1}}
	for _, p := range objective.Preferences() {
		dLogProb := make([]float32, 2)
		p.New(0.5, 0)(dLogProb, batch, new(objective.PairStats))
		fmt.Printf("%s %.2f\n", p.Name, dLogProb[1])
	}
	// Output:
	// sigmoid 0.06
	// sigmoid-mean 0.06
	// robust 0.06
	// hinge 0.00
	// ipo -6.00
	// ipo-sum -6.00
}
