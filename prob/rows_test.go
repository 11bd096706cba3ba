package prob_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/seed"
)

// Every row has the same bits alone as among others.
func TestRowAloneEqualsRowInBatch(t *testing.T) {
	const rows = 300
	for _, f := range families() {
		rng := seed.New(10)
		p, action := f.draw(rows, rng)
		q, _ := f.draw(rows, rng)
		a, b := normal(rows, 1, rng), normal(rows, 1, rng)
		outputs := func(p, q, action, a, b []float32) [][]float32 {
			return [][]float32{
				f.normalized(p), f.logProb(action, p), f.entropy(p), f.kl(p, q),
				f.backward(a, b, action, p), f.klBackward(a, p, q),
			}
		}
		batch := outputs(p, q, action, a, b)
		for i := range rows {
			alone := outputs(row(p, f.Parameters(), i), row(q, f.Parameters(), i), row(action, f.Size(), i), a[i:i+1], b[i:i+1])
			for k, got := range alone {
				golden.Same(t, fmt.Sprintf("%s: output %d of row %d", f.name, k, i), got, row(batch[k], len(batch[k])/rows, i))
			}
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	const rows = 30
	for _, f := range families() {
		rng := seed.New(11)
		p, action := f.draw(rows, rng)
		p = f.normalized(p)
		dst, d := make([]float32, rows), make([]float32, len(p))
		ones := slices.Repeat([]float32{1}, rows)
		allocations := testing.AllocsPerRun(20, func() {
			f.Normalize(p)
			f.Sample(row(action, f.Size(), 0), row(p, f.Parameters(), 0), rng)
			f.Mode(row(action, f.Size(), 1), row(p, f.Parameters(), 1))
			f.LogProb(dst, action, p)
			f.Entropy(dst, p)
			f.KL(dst, p, p)
			f.Backward(d, ones, ones, action, p)
			f.KLBackward(d, ones, p, p)
		})
		if allocations != 0 {
			t.Errorf("%s: %v allocations", f.name, allocations)
		}
	}
}

func TestMismatchedLengthsPanic(t *testing.T) {
	for _, f := range families() {
		p, action := f.draw(2, seed.New(12))
		one, two, three := make([]float32, 1), make([]float32, 2), make([]float32, 3)
		long := append(slices.Clone(p), p[:f.Parameters()]...)
		for _, call := range []func(){
			func() { f.LogProb(one, action, p) },
			func() { f.Entropy(one, p) },
			func() { f.KL(one, p, p) },
			func() { f.LogProb(three, action, p) },
			func() { f.LogProb(two, action[:f.Size()], p) },
			func() { f.Entropy(three, p) },
			func() { f.KL(three, p, p) },
			func() { f.KL(two, p, long) },
			func() { f.KL(two, long, p) },
			func() { f.Backward(long, two, two, action, p) },
			func() { f.Backward(make([]float32, len(p)), three, two, action, p) },
			func() { f.Backward(make([]float32, len(p)), two, three, action, p) },
			func() { f.Backward(make([]float32, len(p)), two, two, action[:f.Size()], p) },
			func() { f.KLBackward(long, two, p, p) },
			func() { f.KLBackward(make([]float32, len(p)), three, p, p) },
			func() { f.KLBackward(make([]float32, len(p)), two, p, long) },
		} {
			wantPanic(t, call)
		}
		if f.Parameters() > 1 {
			wantPanic(t, func() { f.LogProb(two, action, p[1:]) })
		}
	}
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
