package align

import (
	"math"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
)

// method is a published method, written out by hand: what it makes of rewards and of
// ratios.
type method struct {
	samples int // completions of a prompt

	// whole is the advantage of completion i of those of a batch, and own whether it is
	// then whitened over all tokens, after a price has been taken from each of them.
	whole  func(b batch, i int) float64
	price  float64
	whiten bool

	weight func(b batch, i int) float64                         // of each token of completion i
	gain   func(b batch, i int, ratio, mean, a float64) float64 // derivative of the objective by log π
	loss   func(d float64) float64                              // derivative of the price in the loss by log π
}

// batch is completions, prompt by prompt.
type batch struct {
	samples int
	reward  []float64
	length  []int
	change  [][]float64 // log π_old − log ρ of each token
}

// group are the numbers of those beside completion i, itself among them.
func (b batch) group(i int) (all []int) {
	for j := range b.samples {
		all = append(all, i/b.samples*b.samples+j)
	}
	return all
}

// over is the sum of a number over completions.
func over(all []int, of func(i int) float64) (sum float64) {
	for _, i := range all {
		sum += of(i)
	}
	return sum
}

func (b batch) everything() (all []int) {
	for i := range b.reward {
		all = append(all, i)
	}
	return all
}

// mean and spread are of the rewards of some completions.
func (b batch) mean(all []int) float64 {
	return over(all, func(i int) float64 { return b.reward[i] }) / float64(len(all))
}

func (b batch) spread(all []int) float64 {
	mean := b.mean(all)
	return math.Sqrt(over(all, func(i int) float64 { return (b.reward[i] - mean) * (b.reward[i] - mean) }) / float64(len(all)-1))
}

// others are the group without completion i.
func (b batch) others(i int) (rest []int) {
	for _, j := range b.group(i) {
		if j != i {
			rest = append(rest, j)
		}
	}
	return rest
}

func (b batch) tokens() float64 {
	return over(b.everything(), func(i int) float64 { return float64(b.length[i]) })
}

// The ways in which the methods are put together.
var (
	std = func(b batch, i int) float64 {
		return (b.reward[i] - b.mean(b.group(i))) / (b.spread(b.group(i)) + 1e-6)
	}
	mid = func(b batch, i int) float64 { return b.reward[i] - b.mean(b.group(i)) }
	raw = func(b batch, i int) float64 { return b.reward[i] }

	tokenMean    = func(b batch, _ int) float64 { return 1 / b.tokens() }
	sequenceMean = func(b batch, i int) float64 { return 1 / float64(len(b.reward)*b.length[i]) }
	sequenceSum  = func(b batch, _ int) float64 { return 1 / float64(len(b.reward)) }
	constant     = func(b batch, _ int) float64 { return 1 / float64(4*len(b.reward)) }

	plain = func(_ batch, _ int, ratio, _, a float64) float64 { return ratio * a }
	score = func(_ batch, _ int, _, _, a float64) float64 { return a }
)

// clipped is PPO's rule for a ratio.
func clipped(ratio, a, low, high float64) float64 {
	if a > 0 && ratio > 1+high || a < 0 && ratio < 1-low {
		return 0
	}
	return ratio * a
}

func clip(low, high float64) func(batch, int, float64, float64, float64) float64 {
	return func(_ batch, _ int, ratio, _, a float64) float64 { return clipped(ratio, a, low, high) }
}

// published are the methods of the page, by the name in its table.
var published = map[string]method{
	"GRPO": {samples: 4, whole: std, weight: sequenceMean, gain: clip(0.2, 0.2),
		loss: func(d float64) float64 { return 0.04 * (1 - math.Exp(-d)) }},
	"Dr. GRPO": {samples: 4, whole: mid, weight: constant, gain: clip(0.2, 0.2)},
	"DAPO": {samples: 4, weight: tokenMean, gain: clip(0.2, 0.28), whole: func(b batch, i int) float64 {
		punished := b
		punished.reward = append([]float64(nil), b.reward...)
		for j, n := range b.length {
			punished.reward[j] -= math.Max(0, float64(n-2)/2)
		}
		return std(punished, i)
	}},
	"RLOO": {samples: 4, weight: sequenceSum, gain: plain, whole: func(b batch, i int) float64 {
		paid := func(j int) float64 {
			cost := 0.0
			for _, d := range b.change[j] {
				cost += 0.05 * d
			}
			return b.reward[j] - cost
		}
		return paid(i) - over(b.others(i), paid)/3
	}},
	"REINFORCE++": {samples: 1, whole: raw, price: 0.01, whiten: true, weight: tokenMean, gain: clip(0.2, 0.2)},
	"REINFORCE++-baseline": {samples: 4, whole: mid, whiten: true, weight: tokenMean, gain: clip(0.2, 0.2),
		loss: func(d float64) float64 { return 0.01 * d }},
	"GSPO": {samples: 4, whole: std, weight: sequenceMean, gain: func(_ batch, _ int, _, mean, a float64) float64 {
		return clipped(math.Exp(mean), a, 3e-4, 4e-4)
	}},
	"CISPO": {samples: 4, whole: std, weight: tokenMean, gain: func(_ batch, _ int, ratio, _, a float64) float64 {
		return math.Min(math.Max(ratio, 0.01), 5) * a
	}},
	"OPO": {samples: 4, weight: tokenMean, gain: score, whole: func(b batch, i int) float64 {
		length := func(j int) float64 { return float64(b.length[j]) }
		return b.reward[i] - over(b.group(i), func(j int) float64 { return length(j) * b.reward[j] })/over(b.group(i), length)
	}},
	"Lite PPO": {samples: 4, weight: tokenMean, gain: clip(0.2, 0.2), whole: func(b batch, i int) float64 {
		return mid(b, i) / (b.spread(b.everything()) + 1e-6)
	}},
	"GPG": {samples: 4, weight: tokenMean, gain: score, whole: func(b batch, i int) float64 {
		return mid(b, i) * 8 / 6 // two of eight have no reward
	}},
	"MaxRL as in SkyRL": {samples: 4, weight: tokenMean, gain: clip(0.2, 0.2), whole: func(b batch, i int) float64 {
		return mid(b, i) / (b.mean(b.group(i)) + 1e-6)
	}},
	"GRPO as in NeMo-RL": {samples: 4, weight: tokenMean, gain: clip(0.2, 0.2),
		whole: func(b batch, i int) float64 {
			return (b.reward[i] - b.mean(b.others(i))) / (b.spread(b.others(i)) + 1e-6)
		},
		loss: func(d float64) float64 { return 0.01 * (1 - math.Exp(-d)) }},
	"REINFORCE": {samples: 1, whole: raw, weight: sequenceSum, gain: score},
}

// advantages are those of all tokens, by hand.
func (m method) advantages(b batch) (all [][]float64) {
	n, sum, squares := b.tokens(), 0.0, 0.0
	for i, length := range b.length {
		row := make([]float64, length)
		for k := length - 1; k >= 0; k-- {
			row[k] = m.whole(b, i)
			for _, d := range b.change[i][k:] {
				row[k] -= m.price * d
			}
			sum += row[k]
		}
		all = append(all, row)
	}
	if !m.whiten {
		return all
	}
	for _, row := range all {
		for _, a := range row {
			squares += (a - sum/n) * (a - sum/n)
		}
	}
	for _, row := range all {
		for k := range row {
			row[k] = (row[k] - sum/n) / math.Sqrt(squares/(n-1)+1e-8)
		}
	}
	return all
}

// rows of the table and settings in it.
var (
	tableRow = regexp.MustCompile("(?m)^\\| ([^|,]+?)(?:, [^|]+)? \\| ((?:`grpo\\.[^`]+` ?)+) \\|$")
	inTable  = regexp.MustCompile("`([^`]+)`")
)

// TestPublishedMethodsAreSettings: what the table of the page sets makes GRPO the method
// that the row names, in advantages, weights and derivatives by log-probabilities.
func TestPublishedMethodsAreSettings(t *testing.T) {
	page, err := os.ReadFile("../docs/algorithms/grpo.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, row := range tableRow.FindAllStringSubmatch(string(page), -1) {
		name := row[1]
		m, ok := published[name]
		if !ok || seen[name] {
			t.Errorf("the table has %q, which is not written out here, or twice", name)
			continue
		}
		seen[name] = true
		t.Run(name, func(t *testing.T) {
			var settings []string
			for _, s := range inTable.FindAllStringSubmatch(row[2], -1) {
				settings = append(settings, s[1])
			}
			m.compare(t, settings)
		})
	}
	if len(seen) != len(published) {
		t.Errorf("the table has %d of %d methods", len(seen), len(published))
	}
}

// compare holds GRPO with some settings against the method.
func (m method) compare(t *testing.T, settings []string) {
	c := DefaultGRPO()
	s := Settings{Run: RunSection{Steps: 1}, Method: &c, Evaluation: DefaultEvaluation()}
	if err := s.Set(settings); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if m.samples == 1 != (c.Group == 1) {
		t.Fatalf("a group has %d completions", c.Group)
	}
	w := bench(t, 1)
	e := recorded(t, w, m.samples)
	l := begun(t, c, w)
	differentiated(l, e)
	current, got := moved(e), l.actor.minibatch.batch
	dLogProb := make([]float32, e.rows())
	got.LogProb = current
	l.actor.surrogate.Loss(dLogProb, &got, &l.actor.seen.all)
	if l.penalty.inLoss() {
		l.penalty.loss(dLogProb, current, got.OldLogProb, got.Reference, got.Weight)
	}

	b := batch{samples: m.samples, reward: e.score}
	for i := range e.texts {
		b.length = append(b.length, e.texts[i].length())
		var change []float64
		for k := e.segment[i]; k < e.segment[i+1]; k++ {
			change = append(change, float64(e.logProb[k])-float64(e.reference[k]))
		}
		b.change = append(b.change, change)
	}
	var advantages, weights, derivatives []float64
	for i, row := range m.advantages(b) {
		mean := 0.0
		for k := range row {
			at := int(e.segment[i]) + k
			mean += (float64(current[at]) - float64(e.logProb[at])) / float64(len(row))
		}
		for k, a := range row {
			at := int(e.segment[i]) + k
			weight := m.weight(b, i)
			ratio := math.Exp(float64(current[at]) - float64(e.logProb[at]))
			d := -weight * m.gain(b, i, ratio, mean, a)
			if m.loss != nil {
				d += weight * m.loss(float64(current[at])-float64(e.reference[at]))
			}
			advantages, weights, derivatives = append(advantages, a), append(weights, weight), append(derivatives, d)
		}
	}
	rounded := golden.Tolerance{Absolute: 3e-7, Relative: 2e-6, Why: "rewards, ratios and results are float32"}
	golden.Close(t, "advantages", got.Advantage, advantages, rounded)
	golden.Close(t, "weights", got.Weight, weights, rounded)
	golden.Close(t, "derivatives", dLogProb, derivatives, rounded)
	if strings.Count(strings.Join(settings, " "), "penalty.coefficient") > 0 != (c.Penalty.Coefficient > 0) {
		t.Errorf("the penalty is %+v", c.Penalty)
	}
}
