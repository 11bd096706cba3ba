package objective_test

import (
	"math"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/seed"
)

// loss is any of the losses over the columns of a table, the last of which
// holds the weights. It writes the derivatives to d.
type loss struct {
	name    string
	columns int
	of      func(d []float32, columns [][]float32) float64
}

var losses = append(surrogateLosses(), []loss{
	{"squared error", 3, func(d []float32, c [][]float32) float64 {
		return objective.SquaredError(d, c[0], c[1], c[2], 0.5)
	}},
	{"clipped error", 4, func(d []float32, c [][]float32) float64 {
		return objective.ClippedError(d, c[0], c[1], c[2], c[3], 0.2, 0.5)
	}},
	{"near error", 4, func(d []float32, c [][]float32) float64 {
		return objective.NearError(d, c[0], c[1], c[2], c[3], 0.2, 0.5)
	}},
	{"entropy", 2, func(d []float32, c [][]float32) float64 {
		return objective.Entropy(d, c[0], c[1], 0.01)
	}},
}...)

// surrogateLosses are the surrogates, each row a sequence of its own.
func surrogateLosses() (all []loss) {
	for _, v := range objective.Variants() {
		surrogate := v.New(objective.DefaultSettings())
		all = append(all, loss{v.Name, 5, func(d []float32, c [][]float32) float64 {
			b := &objective.Batch{LogProb: c[0], OldLogProb: c[1], Advantage: c[2], Behavior: c[3], Weight: c[4]}
			for i := range b.LogProb { // a selection that stays with the row
				b.Selected = append(b.Selected, math.Mod(math.Abs(float64(b.LogProb[i])), 0.25) < 0.1)
			}
			return surrogate(d, b, new(objective.Stats))
		}})
	}
	return all
}

const weightedRows = 90

// table draws the columns, all weights being equal to 1/rows.
func (l loss) table() [][]float32 {
	rng := seed.New(5)
	var columns [][]float32
	for range l.columns - 1 {
		columns = append(columns, normal(weightedRows, 0.5, rng))
	}
	return append(columns, slices.Repeat([]float32{1. / weightedRows}, weightedRows))
}

// selected is a table of the rows of c with the given numbers.
func selected(c [][]float32, rows []int) [][]float32 {
	out := make([][]float32, len(c))
	for k := range c {
		for _, i := range rows {
			out[k] = append(out[k], c[k][i])
		}
	}
	return out
}

func sequence(n int) []int {
	x := make([]int, n)
	for i := range x {
		x[i] = i
	}
	return x
}

var regrouped = golden.Tolerance{Relative: 1e-12, Why: "float64 sums in another order"}

// The order of the rows does not matter, and the loss of a batch is the mean of
// the losses of its rows: the bug in which a column meets a row and every row is
// paired with every other fails both.
func TestLossIsTheMeanOverRowsInAnyOrder(t *testing.T) {
	for _, l := range losses {
		c, d := l.table(), make([]float32, weightedRows)
		whole := l.of(d, c)

		order := sequence(weightedRows)
		slices.Reverse(order)
		order = append(order[30:], order[:30]...)
		permuted := make([]float32, weightedRows)
		golden.Close(t, l.name+" in another order", []float64{l.of(permuted, selected(c, order))}, []float64{whole}, regrouped)
		golden.Same(t, l.name+"'s derivatives in another order", permuted, selected([][]float32{d}, order)[0])

		mean, one := 0.0, make([]float32, 1)
		for i := range weightedRows {
			alone := selected(c, []int{i})
			alone[l.columns-1][0] = 1
			mean += l.of(one, alone) * float64(c[l.columns-1][i])
		}
		golden.Close(t, l.name+" row by row", []float64{mean}, []float64{whole}, regrouped)
	}
}

// Because weights carry the normaliser, shards need not know of each other.
func TestShardsAddUp(t *testing.T) {
	for _, l := range losses {
		c, d := l.table(), make([]float32, weightedRows)
		whole := l.of(d, c)
		sum, all := 0.0, sequence(weightedRows)
		for _, shard := range [][]int{all[:1], all[1:40], all[40:40], all[40:]} {
			part := make([]float32, len(shard))
			sum += l.of(part, selected(c, shard))
			golden.Same(t, l.name+"'s derivatives in a shard", part, selected([][]float32{d}, shard)[0])
		}
		golden.Close(t, l.name+" over shards", []float64{sum}, []float64{whole}, regrouped)
	}
}

// Two copies of a row with half the weight are that row, and a weight of zero
// takes a row out, whatever stands in it.
func TestWeights(t *testing.T) {
	for _, l := range losses {
		c, d := l.table(), make([]float32, weightedRows)
		whole := l.of(d, c)
		last := l.columns - 1

		twice := selected(c, append(sequence(weightedRows), sequence(weightedRows)...))
		for i := range twice[last] {
			twice[last][i] /= 2
		}
		golden.Close(t, l.name+" with halved rows", []float64{l.of(make([]float32, 2*weightedRows), twice)}, []float64{whole}, regrouped)

		padded := selected(c, append(sequence(weightedRows), 0, 1))
		for k := range last {
			padded[k][weightedRows], padded[k][weightedRows+1] = float32(200*(1-k)), -float32(200*(1-k))
		}
		padded[last][weightedRows], padded[last][weightedRows+1] = 0, 0
		longer := make([]float32, weightedRows+2)
		if got := l.of(longer, padded); got != whole {
			t.Errorf("%s with rows of weight 0 is %v, without %v", l.name, got, whole)
		}
		for _, d := range longer[weightedRows:] {
			if d != 0 {
				t.Errorf("%s: a row of weight 0 has the derivative %v", l.name, d)
			}
		}
	}
}

func TestMismatchedLengthsPanic(t *testing.T) {
	for _, l := range losses {
		for k := range l.columns {
			c := l.table()
			c[k] = c[k][1:]
			wantPanic(t, func() { l.of(make([]float32, weightedRows), c) })
		}
		wantPanic(t, func() { l.of(make([]float32, weightedRows+1), l.table()) })
	}
}

func TestNothingIsAllocated(t *testing.T) {
	b, d := complete(draw(50, seed.New(7))), make([]float32, 50)
	s, sum := new(objective.Stats), new(objective.Stats)
	edges, counts := make([]float64, objective.RatioBins-1), make([]int, objective.RatioBins)
	var surrogates []objective.Surrogate
	for _, v := range objective.Variants() {
		surrogates = append(surrogates, v.New(objective.DefaultSettings()))
	}
	b.Segment = []int32{0, 20, 50}
	allocations := testing.AllocsPerRun(10, func() {
		for _, surrogate := range surrogates {
			surrogate(d, b, s)
		}
		s.RatioHistogram(edges, counts)
		objective.SquaredError(d, b.LogProb, b.OldLogProb, b.Weight, 1)
		objective.ClippedError(d, b.LogProb, b.OldLogProb, b.Advantage, b.Weight, 0.2, 1)
		objective.NearError(d, b.LogProb, b.OldLogProb, b.Advantage, b.Weight, 0.2, 1)
		objective.Entropy(d, b.LogProb, b.Weight, 1)
		sum.Merge(s)
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

// span is rows first to end of a batch.
func span(b *objective.Batch, first, end int) *objective.Batch {
	return &objective.Batch{
		LogProb:    b.LogProb[first:end],
		OldLogProb: b.OldLogProb[first:end],
		Advantage:  b.Advantage[first:end],
		Weight:     b.Weight[first:end],
	}
}

func normal(n int, spread float64, rng *seed.Rand) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(spread * rng.Normal())
	}
	return x
}

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func wantPanic(t *testing.T, call func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Helper()
			t.Error("did not panic")
		}
	}()
	call()
}
