package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// A packed matrix gives the bits of the matrix itself, whichever way it was packed
// and at whatever level.
func TestLinearPacked(t *testing.T) {
	eachShape(t, func(t *testing.T, s source, r *rand.Rand, what string, rows, in, out int) {
		x, w, bias := s.slice(r, rows*in), s.slice(r, in*out), s.slice(r, out)
		if r.IntN(3) == 0 {
			bias = nil
		}
		want := make([]float32, rows*out)
		linearByDefinition(want, x, w, bias, rows, in, out)
		transposed := make([]float32, in*out)
		for k := range in {
			for j := range out {
				transposed[j*in+k] = w[k*out+j]
			}
		}
		var p Packed
		for _, pack := range []struct {
			name string
			run  func()
		}{
			{"Pack", func() { p.Pack(w, in, out) }},
			{"PackTransposed", func() { p.PackTransposed(transposed, in, out) }},
		} {
			pack.run()
			dst, gx := atAnyOffset(r, s.slice(r, rows*out)), atAnyOffset(r, x)
			LinearPacked(dst.slice, gx.slice, &p, bias, rows)
			dst.mustHold(t, what+", "+pack.name, want)
			gx.mustHold(t, what+", x", x)
		}
	})
}

// A matrix that one level has packed is read by all.
func TestPackedAtAnotherLevel(t *testing.T) {
	const rows, in, out = 13, 300, 75
	r := rand.New(rand.NewPCG(33, 33))
	x, w, bias := sources[0].slice(r, rows*in), sources[0].slice(r, in*out), sources[0].slice(r, out)
	want := make([]float32, rows*out)
	linearByDefinition(want, x, w, bias, rows, in, out)
	for _, level := range Levels() {
		restore, err := Use(level)
		if err != nil {
			t.Fatal(err)
		}
		var p Packed
		p.Pack(w, in, out)
		restore()
		eachLevel(t, func(t *testing.T) {
			got := make([]float32, rows*out)
			LinearPacked(got, x, &p, bias, rows)
			place(got, 0).mustHold(t, "packed at "+level, want)
		})
	}
}

// The columns of a weight's gradient together are the gradient.
func TestLinearWeightColumns(t *testing.T) {
	eachShape(t, func(t *testing.T, s source, r *rand.Rand, what string, rows, in, out int) {
		x, dy := s.slice(r, rows*in), s.slice(r, rows*out)
		want, wantBias := s.slice(r, in*out), s.slice(r, out)
		dw, dbias := atAnyOffset(r, want), atAnyOffset(r, wantBias)
		lo := r.IntN(out + 1)
		hi := lo + r.IntN(out-lo+1)
		linearWeightByDefinition(want, wantBias, x, dy, rows, in, out)
		for _, cut := range [][2]int{{0, lo}, {hi, out}, {lo, hi}} {
			LinearWeightColumns(dw.slice, dbias.slice, x, dy, rows, in, out, cut[0], cut[1])
		}
		dw.mustHold(t, fmt.Sprintf("%s, cut at %d and %d", what, lo, hi), want)
		dbias.mustHold(t, what+", dbias", wantBias)
	})
}

// Sizes at which strips of the right operand are copied, and few outputs of more rows
// than one call of assembly takes.
func TestLinearCopied(t *testing.T) {
	for _, d := range [][3]int{{100, 130, 101}, {97, 300, 96}, {70, 120, 110}, {4099, 129, 1}, {2731, 67, 3}} {
		rows, in, out := d[0], d[1], d[2]
		agree(t, fmt.Sprint(d), func() [][]float32 {
			r := rand.New(rand.NewPCG(34, 34))
			x, w, dy := sources[0].slice(r, rows*in), sources[0].slice(r, in*out), sources[0].slice(r, rows*out)
			y, dw := make([]float32, rows*out), sources[0].slice(r, in*out)
			Linear(y, x, w, nil, rows, in, out)
			LinearWeight(dw, nil, x, dy, rows, in, out)
			return [][]float32{y, dw}
		})
	}
}

func TestPackedIsReused(t *testing.T) {
	w := normals(40 * 50)
	var p Packed
	p.Pack(w, 40, 50)
	if n := testing.AllocsPerRun(10, func() { p.Pack(w[:20*50], 20, 50); p.PackTransposed(w, 50, 40) }); n != 0 {
		t.Errorf("packing again allocates %g times", n)
	}
}

func TestPackedPanics(t *testing.T) {
	w := make([]float32, 6)
	var p Packed
	mustPanic(t, "kernel: Pack: length of w is not in*out", func() { p.Pack(w, 2, 2) })
	mustPanic(t, "kernel: Pack: negative dimension", func() { p.Pack(w, -2, -3) })
	mustPanic(t, "kernel: PackTransposed: length of w is not in*out", func() { p.PackTransposed(w, 3, 3) })
	p.Pack(w, 2, 3)
	mustPanic(t, "kernel: LinearPacked: length of dst is not rows*out", func() { LinearPacked(w, w[:2], &p, nil, 1) })
	mustPanic(t, "kernel: LinearPacked: length of x is not rows*in", func() { LinearPacked(w[:3], w[:3], &p, nil, 1) })
	mustPanic(t, "kernel: LinearPacked: length of bias is not out", func() { LinearPacked(w[:3], w[:2], &p, w[:2], 1) })
	mustPanic(t, "kernel: LinearWeight: columns out of range", func() { LinearWeightColumns(w, nil, w[:2], w[:3], 1, 2, 3, 2, 4) })
}
