package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// several tries a kernel that writes to outs slices from ins slices, element by
// element, on all lengths and offsets, against want, which is its definition. What
// is written to may be read too: both see its old content.
func several(t *testing.T, outs, ins int, kernel func(out, in [][]float32, a, b float32), want func(out, in []float32, a, b float32)) {
	eachLevel(t, func(t *testing.T) {
		eachSource(t, func(t *testing.T, s source, r *rand.Rand) {
			for n := range longest + 1 {
				a, b := s.draw(r), s.draw(r)
				out, in, results := make([][]float32, outs), make([][]float32, ins), make([][]float32, outs)
				for k := range out {
					out[k], results[k] = s.slice(r, n), make([]float32, n)
				}
				for k := range in {
					in[k] = s.slice(r, n)
				}
				for i := range n {
					o, x := make([]float32, outs), make([]float32, ins)
					for k := range o {
						o[k] = out[k][i]
					}
					for k := range x {
						x[k] = in[k][i]
					}
					want(o, x, a, b)
					for k := range o {
						results[k][i] = o[k]
					}
				}
				for offset := 0; offset < offsets; offset += 3 * stride() {
					what := fmt.Sprintf("length %d, offset %d", n, offset)
					var to, from []guarded
					var toSlices, fromSlices [][]float32
					for k, x := range out {
						to = append(to, place(x, (offset+3*k)%offsets))
						toSlices = append(toSlices, to[k].slice)
					}
					for k, x := range in {
						from = append(from, place(x, (offset*7+n+5*k)%offsets))
						fromSlices = append(fromSlices, from[k].slice)
					}
					kernel(toSlices, fromSlices, a, b)
					for k, g := range to {
						g.mustHold(t, fmt.Sprintf("%s, result %d", what, k), results[k])
					}
					for k, g := range from {
						g.mustHold(t, fmt.Sprintf("%s, input %d", what, k), in[k])
					}
				}
			}
		})
	})
}

func TestSwiGLU(t *testing.T) {
	several(t, 2, 2, func(out, in [][]float32, _, _ float32) { SwiGLU(out[0], out[1], in[0], in[1]) },
		func(out, in []float32, _, _ float32) {
			out[1] = 1 / (1 + Exp1(-in[0]))
			out[0] = float32(in[0]*out[1]) * in[1]
		})
}

func TestSwiGLUBackward(t *testing.T) {
	several(t, 2, 4, func(out, in [][]float32, _, _ float32) { SwiGLUBackward(out[0], out[1], in[0], in[1], in[2], in[3]) },
		func(out, in []float32, _, _ float32) {
			dy, bend, gate, number := in[0], in[1], in[2], in[3]
			g := dy * bend
			out[0], out[1] = float32(g*number)*(1+float32(gate*(1-bend))), g*gate
		})
}

func TestGELU(t *testing.T) {
	several(t, 2, 1, func(out, in [][]float32, _, _ float32) { GELU(out[0], out[1], in[0]) },
		func(out, in []float32, _, _ float32) {
			x := in[0]
			cube := float32(float32(float32(geluCube)*x)*x) * x
			out[1] = Tanh1(float32(geluSlope) * (x + float32(cube)))
			out[0] = float32(0.5*x) * (1 + out[1])
		})
}

func TestGELUBackward(t *testing.T) {
	several(t, 1, 3, func(out, in [][]float32, _, _ float32) { GELUBackward(out[0], in[0], in[1], in[2]) },
		func(out, in []float32, _, _ float32) {
			dy, bend, x := in[0], in[1], in[2]
			inner := float32(geluSlope) * (1 + float32(float32(float32(3*geluCube)*x)*x))
			slope := float32(float32(x*(1-float32(bend*bend))) * inner)
			out[0] = dy * float32(0.5*((1+bend)+slope))
		})
}

func TestAddProduct(t *testing.T) {
	several(t, 1, 2, func(out, in [][]float32, _, _ float32) { AddProduct(out[0], in[0], in[1]) },
		func(out, in []float32, _, _ float32) { out[0] += float32(in[0] * in[1]) })
}

func TestNormRow(t *testing.T) {
	several(t, 2, 2, func(out, in [][]float32, a, _ float32) { NormRow(out[0], out[1], in[0], in[1], a) },
		func(out, in []float32, a, _ float32) {
			out[1] = in[0] * a
			out[0] = out[1] * in[1]
		})
}

// normShapes are numbers of rows and widths.
func normShapes(visit func(rows, w int)) {
	for _, rows := range []int{1, 2, 5} {
		for _, w := range []int{1, 3, 15, 16, 17, 31, 32, 48, 64, 100, 128, 320} {
			visit(rows, w)
		}
	}
}

func TestRMSNorm(t *testing.T) {
	const epsilon = 1e-5
	eachLevel(t, func(t *testing.T) {
		eachSource(t, func(t *testing.T, s source, r *rand.Rand) {
			normShapes(func(rows, w int) {
				x, gain := s.slice(r, rows*w), s.slice(r, w)
				dst, unit, scale := make([]float32, rows*w), make([]float32, rows*w), make([]float32, rows)
				for i := range rows {
					in := x[i*w:][:w]
					scale[i] = float32(1 / math.Sqrt(float64(dotGeneric(in, in))/float64(w)+epsilon))
					for j, v := range in {
						unit[i*w+j] = v * scale[i]
						dst[i*w+j] = unit[i*w+j] * gain[j]
					}
				}
				what := fmt.Sprintf("%d rows of %d", rows, w)
				to, toUnit, toScale := place(make([]float32, rows*w), 1), place(make([]float32, rows*w), w%offsets), place(make([]float32, rows), 2)
				from, by := place(x, rows), place(gain, 3)
				RMSNorm(to.slice, toUnit.slice, toScale.slice, from.slice, by.slice, epsilon)
				to.mustHold(t, what, dst)
				toUnit.mustHold(t, what+", unit", unit)
				toScale.mustHold(t, what+", scale", scale)
				from.mustHold(t, what+", x", x)
				by.mustHold(t, what+", gain", gain)
				RMSNorm(from.slice, toUnit.slice, toScale.slice, from.slice, by.slice, epsilon)
				from.mustHold(t, what+" in place", dst)
			})
		})
	})
}

func TestRMSNormBackward(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		eachSource(t, func(t *testing.T, s source, r *rand.Rand) {
			normShapes(func(rows, w int) {
				dx, dy, gain, unit, scale := s.slice(r, rows*w), s.slice(r, rows*w), s.slice(r, w), s.slice(r, rows*w), s.slice(r, rows)
				to := place(dx, w%offsets)
				in := []guarded{place(dy, 1), place(gain, 2), place(unit, 3), place(scale, 4)}
				for i, f := range scale {
					up, u := dy[i*w:][:w], unit[i*w:][:w]
					along := dot3Generic(up, gain, u) / float32(w)
					for j := range w {
						dx[i*w+j] = bigFMA(-f*along, u[j], bigFMA(f, up[j]*gain[j], dx[i*w+j]))
					}
				}
				RMSNormBackward(to.slice, in[0].slice, in[1].slice, in[2].slice, in[3].slice)
				to.mustHold(t, fmt.Sprintf("%d rows of %d", rows, w), dx)
				for k, x := range [][]float32{dy, gain, unit, scale} {
					in[k].mustHold(t, fmt.Sprintf("input %d", k), x)
				}
			})
		})
	})
}

func TestRotate(t *testing.T) {
	turn := func(out, in []float32, a, _ float32) {
		x, y, cos, sin := in[0], in[1], in[2], in[3]
		out[0] = a * (float32(x*cos) - float32(y*sin))
		out[1] = a * (float32(y*cos) + float32(x*sin))
	}
	for _, heads := range []int{1, 3} {
		const gap = 5 // between a head and the next
		several(t, 2, 4, func(out, in [][]float32, a, _ float32) {
			half := len(in[0])
			line := 2*half + gap
			x, dst := make([]float32, heads*2*half), make([]float32, heads*line)
			for h := range heads {
				copy(x[2*h*half:], in[0])
				copy(x[(2*h+1)*half:], in[1])
			}
			Rotate(dst, x, in[2], in[3], heads, line, a)
			for h := range heads {
				if h > 0 && !slices.EqualFunc(dst[h*line:][:line], dst[:line], same) {
					t.Fatalf("head %d differs from the first", h)
				}
				for _, v := range dst[h*line+2*half:][:gap] {
					if v != 0 {
						t.Fatal("wrote between the heads")
					}
				}
			}
			copy(out[0], dst[:half])
			copy(out[1], dst[half:])
		}, turn)
	}
}

func TestSoftmaxBackward(t *testing.T) {
	several(t, 2, 0, func(out, _ [][]float32, a, b float32) { SoftmaxBackward(out[0], out[1], a, b) },
		func(out, _ []float32, a, b float32) {
			out[0] *= a
			out[1] = out[0] * (out[1] - b)
		})
}

func TestDot3(t *testing.T) {
	by := rand.New(rand.NewPCG(31, 31))
	c := sources[0].slice(by, longest)
	reduction(t, func(a, b []float32) float32 { return Dot3(a, b, c[:len(a)]) }, func(a, b []float32) float32 {
		products := make([]float32, len(a))
		for i := range products {
			products[i] = a[i] * b[i]
		}
		return dotByDefinition(products, c[:len(a)])
	})
}

func TestExpSum(t *testing.T) {
	update(t, func(dst, _ []float32, a float32) {
		want := make([]float32, len(dst))
		for i, v := range dst {
			want[i] = Exp1(v - a)
		}
		if got, want := ExpSum(dst, a), sumByDefinition(want); !same(got, want) {
			t.Fatalf("length %d: %x, want %x", len(dst), got, want)
		}
	}, func(dst, _, a float32) float32 { return Exp1(dst - a) })
}

// TestLanguageOfLevelsLong holds the levels to each other on slices that are cut
// into pieces.
func TestLanguageOfLevelsLong(t *testing.T) {
	const n = 40_003
	agree(t, "long slices", func() [][]float32 {
		r := rand.New(rand.NewPCG(32, 32))
		x, y, z := sources[0].slice(r, n), sources[0].slice(r, n), sources[0].slice(r, n)
		a, b := make([]float32, n), make([]float32, n)
		dot := Dot3(x, y, z)
		sum := ExpSum(x, 0.3)
		SwiGLU(a, b, y, z)
		return [][]float32{{dot, sum}, x, a, b}
	})
}

func TestLanguagePanics(t *testing.T) {
	a, b := make([]float32, 2), make([]float32, 3)
	mustPanic(t, "kernel: SwiGLU: lengths differ", func() { SwiGLU(a, a, a, b) })
	mustPanic(t, "kernel: SwiGLUBackward: lengths differ", func() { SwiGLUBackward(a, a, a, a, a, b) })
	mustPanic(t, "kernel: GELU: lengths differ", func() { GELU(a, b, a) })
	mustPanic(t, "kernel: GELUBackward: lengths differ", func() { GELUBackward(a, a, b, a) })
	mustPanic(t, "kernel: AddProduct: lengths differ", func() { AddProduct(a, a, b) })
	mustPanic(t, "kernel: NormRow: lengths differ", func() { NormRow(a, a, a, b, 1) })
	mustPanic(t, "kernel: RMSNorm: length is not that of all rows", func() { RMSNorm(b, a, a[:1], a, a, 1) })
	mustPanic(t, "kernel: RMSNormBackward: length is not that of all rows", func() { RMSNormBackward(a, a, a, b, a[:1]) })
	mustPanic(t, "kernel: Dot3: lengths differ", func() { Dot3(a, a, b) })
	mustPanic(t, "kernel: Rotate: no heads, or lines that are too short", func() { Rotate(a, a, a[:1], a[:1], 1, 1, 1) })
	mustPanic(t, "kernel: Rotate: length of sin differs from cos", func() { Rotate(a, a, a[:1], a, 1, 2, 1) })
	mustPanic(t, "kernel: Rotate: length of x is not that of all heads", func() { Rotate(a, b, a[:1], a[:1], 1, 2, 1) })
	mustPanic(t, "kernel: Rotate: dst is too short", func() { Rotate(a[:1], a, a[:1], a[:1], 1, 2, 1) })
	mustPanic(t, "kernel: SoftmaxBackward: lengths differ", func() { SoftmaxBackward(a, b, 1, 1) })
}
