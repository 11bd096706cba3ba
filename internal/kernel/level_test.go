package kernel

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var expected = flag.String("levels", "generic", "levels, separated by commas, that the processor must be able to run")

// TestExpectedLevels fails if this processor cannot run a level that it should:
// the tests of that level would be left out without a word.
func TestExpectedLevels(t *testing.T) {
	t.Logf("levels: %s; expected: %s", strings.Join(Levels(), ", "), *expected)
	for name := range strings.SplitSeq(*expected, ",") {
		if !slices.Contains(Levels(), name) {
			t.Errorf("level %q cannot be run, only %q", name, Levels())
		}
	}
}

// TestAVX2IsNoMore fails if the assembly for AVX2 asks for more: the generator takes
// registers of AVX-512 without a word where the others do not suffice.
func TestAVX2IsNoMore(t *testing.T) {
	text, err := os.ReadFile("avx2_amd64.s")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the assembly is not where the tests run")
	}
	if err != nil {
		t.Fatal(err)
	}
	if more := regexp.MustCompile(`AVX512|\b[XYZ](1[6-9]|2\d|3[01])\b|\bZ\d`).Find(text); more != nil {
		t.Errorf("avx2_amd64.s has %s", more)
	}
}

// TestElementaryOfLevels holds the functions that were compared with float64 one
// by one to what every level makes of them, over all float32 from NaN to NaN.
func TestElementaryOfLevels(t *testing.T) {
	step := uint64(4093)
	if *exhaustive {
		step = 1
	}
	eachLevel(t, func(t *testing.T) {
		x, y := make([]float32, 0, 4099), make([]float32, 4099)
		for u := uint64(0); u < 1<<32; {
			for x = x[:0]; len(x) < cap(x) && u < 1<<32; u += step {
				x = append(x, math.Float32frombits(uint32(u)))
			}
			for _, c := range []struct {
				name string
				all  func(dst, x []float32)
				one  func(float32) float32
			}{{"Exp", Exp, Exp1}, {"Log", Log, Log1}, {"Tanh", Tanh, Tanh1}} {
				c.all(y[:len(x)], x)
				for i, v := range x {
					if want := c.one(v); !same(y[i], want) {
						t.Fatalf("%s(%x) is %x, want %x", c.name, v, y[i], want)
					}
				}
			}
		}
	})
}

// TestLevelsAgreeOnLongSlices holds every level to the generic one where calls
// are cut into pieces and loops run long.
func TestLevelsAgreeOnLongSlices(t *testing.T) {
	const n, rows = 70_003, 53
	r := rand.New(rand.NewPCG(13, 13))
	x, y, z := sources[0].slice(r, n), sources[0].slice(r, n), sources[0].slice(r, n)
	step := AdamStep{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Correction1: 0.1, Correction2Sqrt: 0.1, GradientScale: 1}
	results := func() [][]float32 {
		var all [][]float32
		into := func(f func(dst []float32)) {
			dst := place(x, 0).slice
			f(dst)
			all = append(all, dst)
		}
		into(func(dst []float32) { Tanh(dst, x) })
		into(func(dst []float32) { TanhBackward(dst, x, y) })
		into(func(dst []float32) { ReLU(dst, x) })
		into(func(dst []float32) { ReLUBackward(dst, x, y) })
		into(func(dst []float32) { Exp(dst, x) })
		into(func(dst []float32) { Log(dst, x) })
		into(func(dst []float32) { LogSoftmax(dst, x, 1, n) })
		into(func(dst []float32) { LogSoftmax(dst[:n/rows*rows], x[:n/rows*rows], rows, n/rows) })
		into(func(dst []float32) { Add(dst, y) })
		into(func(dst []float32) { Axpy(dst, 0.3, y) })
		into(func(dst []float32) { Scale(dst, 0.3) })
		into(func(dst []float32) {
			m, v := place(y, 0).slice, make([]float32, n)
			Adam(dst, m, v, z, step)
			all = append(all, m, v)
		})
		into(func(dst []float32) { all = append(all, []float32{AddSumSquares(dst, y)}) })
		return append(all, []float32{Sum(x), Dot(x, y), Max(x)})
	}
	restore, err := Use("generic")
	if err != nil {
		t.Fatal(err)
	}
	want := results()
	restore()
	eachLevel(t, func(t *testing.T) {
		for i, got := range results() {
			place(got, 0).mustHold(t, "long slices", want[i])
		}
	})
}

// TestLinearOfNothing has no rows, or no inputs, or no outputs, and many of the
// others.
func TestLinearOfNothing(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, d := range [][3]int{{0, 300, 2}, {0, 2, 300}, {300, 0, 2}, {2, 0, 300}, {300, 2, 0}, {2, 300, 0}} {
			rows, in, out := d[0], d[1], d[2]
			x, w, bias := make([]float32, rows*in), make([]float32, in*out), normals(out)
			y, dx, dw, dbias := normals(rows*out), normals(rows*in), normals(in*out), normals(out)
			wantDW, wantDBias := place(dw, 0).slice, place(dbias, 0).slice
			Linear(y, x, w, bias, rows, in, out)
			LinearInput(dx, make([]float32, rows*out), w, rows, in, out)
			LinearWeight(dw, dbias, x, make([]float32, rows*out), rows, in, out)
			for i, v := range y {
				if v != bias[i%out] {
					t.Fatalf("%v: Linear gives %g, want the bias %g", d, v, bias[i%out])
				}
			}
			place(dx, 0).mustHold(t, "LinearInput", make([]float32, len(dx)))
			place(dw, 0).mustHold(t, "LinearWeight", wantDW)
			place(dbias, 0).mustHold(t, "LinearWeight, dbias", wantDBias)
		}
	})
}

// FuzzLevels holds every level to the generic one on matrices of any shape.
func FuzzLevels(f *testing.F) {
	f.Add(uint64(1), uint16(65), uint16(130), uint16(2))
	f.Add(uint64(2), uint16(9), uint16(33), uint16(49))
	f.Fuzz(func(t *testing.T, seed uint64, rows, in, out uint16) {
		n, k, m := int(rows%300), int(in%300), int(out%300)
		results := func() [][]float32 {
			r := rand.New(rand.NewPCG(seed, 14))
			s := sources[r.IntN(len(sources))]
			x, w, bias, dy := s.slice(r, n*k), s.slice(r, k*m), s.slice(r, m), s.slice(r, n*m)
			dx, dw, dbias := make([]float32, n*k), s.slice(r, k*m), s.slice(r, m)
			y, z, logs := make([]float32, n*m), make([]float32, n*m), make([]float32, n*k)
			Linear(y, x, w, bias, n, k, m)
			LinearReLU(z, x, w, bias, n, k, m)
			LinearInput(dx, dy, w, n, k, m)
			LinearWeight(dw, dbias, x, dy, n, k, m)
			LogSoftmax(logs, x, n, k)
			all := [][]float32{y, z, dx, dw, dbias, logs}
			return append(all, tableResults(r, s, n, k%40)...)
		}
		agree(t, fmt.Sprintf("[%d,%d,%d]", n, k, m), results)
	})
}

// tableResults are those of the functions that take rows or columns as lanes.
func tableResults(r *rand.Rand, s source, rows, n int) [][]float32 {
	x, dist, a, b := s.slice(r, rows*n), s.slice(r, 2*rows*n), s.slice(r, rows), s.slice(r, rows)
	logProb, entropy, d, y := make([]float32, rows), make([]float32, rows), make([]float32, 2*rows*n), make([]float32, rows*n)
	mean, variance := make([]float64, n), make([]float64, n)
	GaussianLogProb(logProb, x, dist, rows, n)
	Entropy(entropy, x, rows, n)
	GaussianBackward(d, a, b, x, dist, rows, n)
	ColumnMoments(mean, variance, x, rows, n)
	Standardize(y, x, mean, variance, 3, rows, n)
	return [][]float32{logProb, entropy, d, y, bits64(mean), bits64(variance)}
}

func TestSaturate(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		one := Saturate(1)
		if one <= 0 {
			t.Fatalf("one round is %d operations", one)
		}
		for _, rounds := range []int{0, 1, 1025} {
			if got := Saturate(rounds); got != rounds*one {
				t.Errorf("%d rounds are %d operations, want %d", rounds, got, rounds*one)
			}
		}
	})
	mustPanic(t, "kernel: Saturate: negative rounds", func() { Saturate(-1) })
}

// FuzzElements holds every level to the generic one on slices of any length, with
// numbers of any kind.
func FuzzElements(f *testing.F) {
	f.Add(uint64(1), uint16(17))
	f.Add(uint64(2), uint16(130))
	f.Fuzz(func(t *testing.T, seed uint64, length uint16) {
		n := int(length % 700)
		results := func() [][]float32 {
			r := rand.New(rand.NewPCG(seed, 15))
			s := sources[r.IntN(len(sources))]
			var all [][]float32
			x, y := s.slice(r, n), s.slice(r, n)
			for _, kernel := range []func(dst []float32){
				func(dst []float32) { Tanh(dst, dst) },
				func(dst []float32) { TanhBackward(dst, dst, y) },
				func(dst []float32) { ReLU(dst, dst) },
				func(dst []float32) { ReLUBackward(dst, dst, y) },
				func(dst []float32) { Exp(dst, dst) },
				func(dst []float32) { Log(dst, dst) },
				func(dst []float32) { Add(dst, y) },
				func(dst []float32) { Axpy(dst, -0.3, y) },
				func(dst []float32) { Scale(dst, 3) },
				func(dst []float32) { all = append(all, []float32{AddSumSquares(dst, y)}) },
				func(dst []float32) {
					m, v := s.slice(r, n), s.slice(r, n)
					Adam(dst, m, v, y, AdamStep{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Correction1: 0.1, Correction2Sqrt: 0.1, GradientScale: 0.7})
					all = append(all, m, v)
				},
			} {
				dst := slices.Clone(x)
				kernel(dst)
				all = append(all, dst)
			}
			return append(all, []float32{Sum(x), Dot(x, y), Max(x)})
		}
		agree(t, fmt.Sprintf("%d elements", n), results)
	})
}

// agree fails unless every level has the results of the generic one.
func agree(t *testing.T, what string, results func() [][]float32) {
	t.Helper()
	var want [][]float32
	for _, name := range slices.Backward(Levels()) { // generic is the last
		restore, err := Use(name)
		if err != nil {
			t.Fatal(err)
		}
		got := results()
		restore()
		if want == nil {
			want = got
		}
		for i, slice := range got {
			place(slice, 0).mustHold(t, fmt.Sprintf("%s: result %d of %s", name, i, what), want[i])
		}
	}
}
