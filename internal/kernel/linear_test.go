package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// The three functions below are the loops in the comments of Linear,
// LinearInput and LinearWeight, with the definition of FMA.

func linearByDefinition(dst, x, w, bias []float32, rows, in, out int) {
	for r := range rows {
		for j := range out {
			acc := float32(0)
			if bias != nil {
				acc = bias[j]
			}
			for k := range in {
				acc = bigFMA(x[r*in+k], w[k*out+j], acc)
			}
			dst[r*out+j] = acc
		}
	}
}

func linearInputByDefinition(dx, dy, w []float32, rows, in, out int) {
	for r := range rows {
		for k := range in {
			acc := float32(0)
			for j := range out {
				acc = bigFMA(dy[r*out+j], w[k*out+j], acc)
			}
			dx[r*in+k] = acc
		}
	}
}

func linearWeightByDefinition(dw, dbias, x, dy []float32, rows, in, out int) {
	for r := range rows {
		for k := range in {
			for j := range out {
				dw[k*out+j] = bigFMA(x[r*in+k], dy[r*out+j], dw[k*out+j])
			}
		}
		for j := range dbias {
			dbias[j] += dy[r*out+j]
		}
	}
}

// shapes are [rows, in, out], each dimension going through all lengths while
// the others are small.
func shapes() [][3]int {
	all := [][3]int{{9, 300, 10}, {300, 7, 9}, {12, 17, 260}, {33, 34, 35}}
	for n := range longest + 1 {
		all = append(all, [3]int{n, 8, 1}, [3]int{n, 12, 2}, [3]int{n, 4, 3})
		all = append(all, [3]int{n, 3, 5}, [3]int{n, 2, 9}, [3]int{3, n, 9}, [3]int{9, n, 2}, [3]int{2, 5, n}, [3]int{9, 1, n})
	}
	return all
}

func TestLinear(t *testing.T) {
	eachShape(t, func(t *testing.T, s source, r *rand.Rand, what string, rows, in, out int) {
		x, w, bias := s.slice(r, rows*in), s.slice(r, in*out), s.slice(r, out)
		if r.IntN(4) == 0 {
			bias = nil
		}
		want := make([]float32, rows*out)
		linearByDefinition(want, x, w, bias, rows, in, out)
		dst, gx, gw, gb := atAnyOffset(r, s.slice(r, rows*out)), atAnyOffset(r, x), atAnyOffset(r, w), guarded{}
		if bias != nil {
			gb = atAnyOffset(r, bias)
		}
		Linear(dst.slice, gx.slice, gw.slice, gb.slice, rows, in, out)
		dst.mustHold(t, what, want)
		for i, y := range want {
			if y <= 0 {
				want[i] = 0
			}
		}
		LinearReLU(dst.slice, gx.slice, gw.slice, gb.slice, rows, in, out)
		dst.mustHold(t, what+", ReLU", want)
		gx.mustHold(t, what+", x", x)
		gw.mustHold(t, what+", w", w)
		gb.mustHold(t, what+", bias", bias)
	})
}

func TestLinearInput(t *testing.T) {
	eachShape(t, func(t *testing.T, s source, r *rand.Rand, what string, rows, in, out int) {
		dy, w := s.slice(r, rows*out), s.slice(r, in*out)
		want := make([]float32, rows*in)
		linearInputByDefinition(want, dy, w, rows, in, out)
		dx, gy, gw := atAnyOffset(r, s.slice(r, rows*in)), atAnyOffset(r, dy), atAnyOffset(r, w)
		LinearInput(dx.slice, gy.slice, gw.slice, rows, in, out)
		dx.mustHold(t, what, want)
		gy.mustHold(t, what+", dy", dy)
		gw.mustHold(t, what+", w", w)
	})
}

func TestLinearWeight(t *testing.T) {
	eachShape(t, func(t *testing.T, s source, r *rand.Rand, what string, rows, in, out int) {
		dw, dbias, x, dy := s.slice(r, in*out), s.slice(r, out), s.slice(r, rows*in), s.slice(r, rows*out)
		gdw, gdb, gx, gy := atAnyOffset(r, dw), atAnyOffset(r, dbias), atAnyOffset(r, x), atAnyOffset(r, dy)
		if r.IntN(4) == 0 {
			dbias, gdb = nil, guarded{}
		}
		LinearWeight(gdw.slice, gdb.slice, gx.slice, gy.slice, rows, in, out)
		linearWeightByDefinition(dw, dbias, x, dy, rows, in, out)
		gdw.mustHold(t, what, dw)
		gdb.mustHold(t, what+", dbias", dbias)
		gx.mustHold(t, what+", x", x)
		gy.mustHold(t, what+", dy", dy)
	})
}

func eachShape(t *testing.T, f func(t *testing.T, s source, r *rand.Rand, what string, rows, in, out int)) {
	eachLevel(t, func(t *testing.T) {
		eachSource(t, func(t *testing.T, s source, r *rand.Rand) {
			for _, d := range shapes() {
				f(t, s, r, fmt.Sprintf("rows %d, in %d, out %d", d[0], d[1], d[2]), d[0], d[1], d[2])
			}
		})
	})
}

func atAnyOffset(r *rand.Rand, x []float32) guarded { return place(x, r.IntN(offsets)) }

func TestOneRowOneResult(t *testing.T) {
	const rows, in, out = 4096, 33, 20
	eachLevel(t, func(t *testing.T) {
		for _, s := range sources[:2] {
			r := rand.New(rand.NewPCG(12, 12))
			x, w, bias := s.slice(r, rows*in), s.slice(r, in*out), s.slice(r, out)
			dst, dx := make([]float32, rows*out), make([]float32, rows*in)
			Linear(dst, x, w, bias, rows, in, out)
			LinearInput(dx, dst, w, rows, in, out)
			for row := range rows {
				y, dy := make([]float32, out), dst[row*out:][:out]
				Linear(y, x[row*in:][:in], w, bias, 1, in, out)
				place(y, 0).mustHold(t, fmt.Sprint(s.name, ", forward, row ", row), dy)
				d := make([]float32, in)
				LinearInput(d, dy, w, 1, in, out)
				place(d, 0).mustHold(t, fmt.Sprint(s.name, ", input gradient, row ", row), dx[row*in:][:in])
			}
		}
	})
}

// TestLinearNearMidpoint has each output meet one sum that rounding twice gets
// wrong, mostly in a step in which its neighbours meet none.
func TestLinearNearMidpoint(t *testing.T) {
	const in, out = 40, 37
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(6, 6))
		for range 1000 {
			x, w, bias := make([]float32, in), make([]float32, in*out), make([]float32, out)
			a := nearOne(r)
			for k := range x {
				x[k] = a * 0x1p-40
			}
			for j := range out {
				w[r.IntN(in)*out+j], bias[j] = nearMidpoint(r, a)
			}
			want := make([]float32, out)
			linearByDefinition(want, x, w, bias, 1, in, out)
			dst := atAnyOffset(r, make([]float32, out))
			Linear(dst.slice, x, w, bias, 1, in, out)
			dst.mustHold(t, "near midpoint", want)
		}
	})
}

// TestLinearWeightInParts checks that a chain may be cut anywhere: rows given in
// two calls are the same as in one.
func TestLinearWeightInParts(t *testing.T) {
	const rows, in, out = 300, 11, 13
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 3))
		x, dy := sources[0].slice(r, rows*in), sources[0].slice(r, rows*out)
		whole, wholeBias := make([]float32, in*out), make([]float32, out)
		LinearWeight(whole, wholeBias, x, dy, rows, in, out)
		for _, cut := range []int{0, 1, 7, 128, 200, rows} {
			dw, dbias := make([]float32, in*out), make([]float32, out)
			LinearWeight(dw, dbias, x[:cut*in], dy[:cut*out], cut, in, out)
			LinearWeight(dw, dbias, x[cut*in:], dy[cut*out:], rows-cut, in, out)
			place(dw, 0).mustHold(t, fmt.Sprint("dw, cut at ", cut), whole)
			place(dbias, 0).mustHold(t, fmt.Sprint("dbias, cut at ", cut), wholeBias)
		}
	})
}

// TestLinearError bounds the distance from the exact result: n fused
// multiply-adds lose at most n·2⁻²⁴ of the sum of the magnitudes, and a bit for
// the second order.
func TestLinearError(t *testing.T) {
	const rows, in, out = 16, 512, 16
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(4, 4))
		x, w, bias := sources[0].slice(r, rows*in), sources[0].slice(r, in*out), sources[0].slice(r, out)
		dst := make([]float32, rows*out)
		Linear(dst, x, w, bias, rows, in, out)
		worst := 0.0
		for i, y := range dst {
			exact, magnitude := float64(bias[i%out]), math.Abs(float64(bias[i%out]))
			for k := range in {
				p := float64(x[i/out*in+k]) * float64(w[k*out+i%out])
				exact, magnitude = exact+p, magnitude+math.Abs(p)
			}
			worst = max(worst, math.Abs(float64(y)-exact)/magnitude)
		}
		t.Logf("largest error %.3g of the sum of magnitudes", worst)
		if worst > in*0x1.01p-24 {
			t.Errorf("largest error is %g of the sum of magnitudes", worst)
		}
	})
}

func TestLinearPanics(t *testing.T) {
	a, b := make([]float32, 6), make([]float32, 4)
	mustPanic(t, "kernel: Linear: negative dimension", func() { Linear(nil, nil, nil, nil, -1, 0, 0) })
	mustPanic(t, "kernel: Linear: length of dst is not rows*out", func() { Linear(a, a, a, nil, 2, 3, 2) })
	mustPanic(t, "kernel: Linear: length of x is not rows*in", func() { Linear(b, b, a, nil, 2, 3, 2) })
	mustPanic(t, "kernel: Linear: length of w is not in*out", func() { Linear(b, a, b, nil, 2, 3, 2) })
	mustPanic(t, "kernel: Linear: length of bias is not out", func() { Linear(b, a, a, b, 2, 3, 2) })
	mustPanic(t, "kernel: LinearInput: negative dimension", func() { LinearInput(nil, nil, nil, 0, -1, 0) })
	mustPanic(t, "kernel: LinearInput: length of dx is not rows*in", func() { LinearInput(b, b, a, 2, 3, 2) })
	mustPanic(t, "kernel: LinearInput: length of dy is not rows*out", func() { LinearInput(a, a, a, 2, 3, 2) })
	mustPanic(t, "kernel: LinearInput: length of w is not in*out", func() { LinearInput(a, b, b, 2, 3, 2) })
	mustPanic(t, "kernel: LinearWeight: negative dimension", func() { LinearWeight(nil, nil, nil, nil, 0, 0, -1) })
	mustPanic(t, "kernel: LinearWeight: length of dw is not in*out", func() { LinearWeight(b, nil, a, b, 2, 3, 2) })
	mustPanic(t, "kernel: LinearWeight: length of dbias is not out", func() { LinearWeight(a, b, a, b, 2, 3, 2) })
	mustPanic(t, "kernel: LinearWeight: length of x is not rows*in", func() { LinearWeight(a, nil, b, b, 2, 3, 2) })
	mustPanic(t, "kernel: LinearWeight: length of dy is not rows*out", func() { LinearWeight(a, nil, a, a, 2, 3, 2) })
}

func FuzzLinear(f *testing.F) {
	f.Add(uint64(1), uint8(9), uint8(17), uint8(11))
	f.Fuzz(func(t *testing.T, seed uint64, rows, in, out uint8) {
		rng := rand.New(rand.NewPCG(seed, 5))
		s := sources[rng.IntN(len(sources))]
		n, k, m := int(rows%40), int(in%140), int(out%40)
		x, w, bias := s.slice(rng, n*k), s.slice(rng, k*m), s.slice(rng, m)
		want := make([]float32, n*m)
		linearByDefinition(want, x, w, bias, n, k, m)
		for _, name := range Levels() {
			restore, err := Use(name)
			if err != nil {
				t.Fatal(err)
			}
			dst := place(make([]float32, n*m), rng.IntN(offsets))
			Linear(dst.slice, x, w, bias, n, k, m)
			restore()
			dst.mustHold(t, fmt.Sprintf("%s: %s [%d,%d,%d]", name, s.name, n, k, m), want)
		}
	})
}
