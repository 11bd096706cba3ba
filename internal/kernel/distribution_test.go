package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The three functions below are the loops in the comments of GaussianLogProb,
// GaussianBackward and Entropy.

func gaussianLogProbByDefinition(dst, x, dist []float32, rows, n int) {
	for r := range rows {
		dst[r] = 0
		for i := range n {
			mean, logStd := dist[2*r*n+i], dist[(2*r+1)*n+i]
			z := float32(x[r*n+i]-mean) * Exp1(-logStd)
			term := float32(0.5 * float32(z*z))
			term += logStd
			term += float32(0.5 * math.Log(2*math.Pi))
			dst[r] -= term
		}
	}
}

func gaussianBackwardByDefinition(dDist, dLogProb, dEntropy, x, dist []float32, rows, n int) {
	for r := range rows {
		for i := range n {
			inverse := Exp1(-dist[(2*r+1)*n+i])
			z := float32(x[r*n+i]-dist[2*r*n+i]) * inverse
			dDist[2*r*n+i] = dLogProb[r] * float32(z*inverse)
			dDist[(2*r+1)*n+i] = float32(dLogProb[r]*(float32(z*z)-1)) + dEntropy[r]
		}
	}
}

func entropyByDefinition(dst, logProb []float32, rows, n int) {
	for r := range rows {
		dst[r] = 0
		for j := range n {
			if p := Exp1(logProb[r*n+j]); p > 0 {
				dst[r] -= float32(p * logProb[r*n+j])
			}
		}
	}
}

// tables are [rows, n], each dimension going through all lengths while the other is
// small.
func tables() [][2]int {
	var all [][2]int
	for n := range longest + 1 {
		all = append(all, [2]int{n, 1}, [2]int{n, 2}, [2]int{n, 3}, [2]int{n, 7}, [2]int{1, n}, [2]int{5, n}, [2]int{17, n}, [2]int{33, n})
	}
	return all
}

// eachTable calls the test for every kind of number and every size.
func eachTable(t *testing.T, f func(t *testing.T, s source, r *rand.Rand, what string, rows, n int)) {
	eachLevel(t, func(t *testing.T) {
		eachSource(t, func(t *testing.T, s source, r *rand.Rand) {
			for i, d := range tables() {
				if i%stride() == 0 {
					f(t, s, r, fmt.Sprint(d), d[0], d[1])
				}
			}
		})
	})
}

func TestGaussianLogProb(t *testing.T) {
	eachTable(t, func(t *testing.T, s source, r *rand.Rand, what string, rows, n int) {
		x, dist, want := s.slice(r, rows*n), s.slice(r, 2*rows*n), make([]float32, rows)
		gaussianLogProbByDefinition(want, x, dist, rows, n)
		dst, gx, gd := atAnyOffset(r, s.slice(r, rows)), atAnyOffset(r, x), atAnyOffset(r, dist)
		GaussianLogProb(dst.slice, gx.slice, gd.slice, rows, n)
		dst.mustHold(t, what, want)
		gx.mustHold(t, what+", x", x)
		gd.mustHold(t, what+", dist", dist)
	})
}

func TestGaussianBackward(t *testing.T) {
	eachTable(t, func(t *testing.T, s source, r *rand.Rand, what string, rows, n int) {
		x, dist, want := s.slice(r, rows*n), s.slice(r, 2*rows*n), make([]float32, 2*rows*n)
		dLogProb, dEntropy := s.slice(r, rows), s.slice(r, rows)
		gaussianBackwardByDefinition(want, dLogProb, dEntropy, x, dist, rows, n)
		d, ga, ge := atAnyOffset(r, s.slice(r, 2*rows*n)), atAnyOffset(r, dLogProb), atAnyOffset(r, dEntropy)
		gx, gd := atAnyOffset(r, x), atAnyOffset(r, dist)
		GaussianBackward(d.slice, ga.slice, ge.slice, gx.slice, gd.slice, rows, n)
		d.mustHold(t, what, want)
		ga.mustHold(t, what+", dLogProb", dLogProb)
		ge.mustHold(t, what+", dEntropy", dEntropy)
		gx.mustHold(t, what+", x", x)
		gd.mustHold(t, what+", dist", dist)
	})
}

func TestEntropy(t *testing.T) {
	eachTable(t, func(t *testing.T, s source, r *rand.Rand, what string, rows, n int) {
		logProb, want := s.slice(r, rows*n), make([]float32, rows)
		for i, v := range logProb { // of both kinds: those of probabilities, and any
			if i%2 == 0 {
				logProb[i] = -max(v, -v)
			}
		}
		entropyByDefinition(want, logProb, rows, n)
		dst, from := atAnyOffset(r, s.slice(r, rows)), atAnyOffset(r, logProb)
		Entropy(dst.slice, from.slice, rows, n)
		dst.mustHold(t, what, want)
		from.mustHold(t, what+", input", logProb)
	})
}

// TestRowOfDistributionAlone holds a row among thousands to the row alone.
func TestRowOfDistributionAlone(t *testing.T) {
	const rows, n = 4096, 3
	r := rand.New(rand.NewPCG(41, 41))
	x, dist, dLogProb := sources[0].slice(r, rows*n), sources[0].slice(r, 2*rows*n), sources[0].slice(r, rows)
	eachLevel(t, func(t *testing.T) {
		logProb, entropy, d := make([]float32, rows), make([]float32, rows), make([]float32, 2*rows*n)
		GaussianLogProb(logProb, x, dist, rows, n)
		Entropy(entropy, x, rows, n)
		GaussianBackward(d, dLogProb, dLogProb, x, dist, rows, n)
		one, row := make([]float32, 1), make([]float32, 2*n)
		for i := range rows {
			x, dist := x[i*n:][:n], dist[2*i*n:][:2*n]
			GaussianLogProb(one, x, dist, 1, n)
			place(one, 0).mustHold(t, "log-probability", logProb[i:i+1])
			Entropy(one, x, 1, n)
			place(one, 0).mustHold(t, "entropy", entropy[i:i+1])
			GaussianBackward(row, dLogProb[i:i+1], dLogProb[i:i+1], x, dist, 1, n)
			place(row, 0).mustHold(t, "gradient", d[2*i*n:][:2*n])
		}
	})
}

// TestDistributionErrors bounds the distance from float64, in units of 2⁻²⁴ of the
// magnitudes that are added.
func TestDistributionErrors(t *testing.T) {
	const rows, n = 4000, 6
	r := rand.New(rand.NewPCG(42, 42))
	x, dist, logits := sources[0].slice(r, rows*n), sources[0].slice(r, 2*rows*n), sources[0].slice(r, rows*n)
	for i := range logits {
		logits[i] *= 3
	}
	eachLevel(t, func(t *testing.T) {
		logProb, entropy, logs := make([]float32, rows), make([]float32, rows), make([]float32, rows*n)
		ones, zeros, d := slices.Repeat([]float32{1}, rows), make([]float32, rows), make([]float32, 2*rows*n)
		GaussianLogProb(logProb, x, dist, rows, n)
		GaussianBackward(d, ones, zeros, x, dist, rows, n)
		LogSoftmax(logs, logits, rows, n)
		Entropy(entropy, logs, rows, n)
		var worst, worstMean, worstStd, worstEntropy float64
		for i := range rows {
			sum, size, h, hSize := 0.0, 0.0, 0.0, 0.0
			for j := range n {
				l, z := float64(dist[(2*i+1)*n+j]), float64(x[i*n+j])-float64(dist[2*i*n+j])
				inverse := math.Exp(-l)
				z *= inverse
				sum -= z*z/2 + l + 0.5*math.Log(2*math.Pi)
				size += z*z/2 + math.Abs(l) + 0.5*math.Log(2*math.Pi)
				worstMean = max(worstMean, math.Abs(float64(d[2*i*n+j])-z*inverse)/math.Abs(z*inverse))
				worstStd = max(worstStd, math.Abs(float64(d[(2*i+1)*n+j])-(z*z-1))/(z*z+1))
				logP := float64(logs[i*n+j])
				h -= math.Exp(logP) * logP
				hSize += math.Abs(math.Exp(logP) * logP)
			}
			worst = max(worst, math.Abs(float64(logProb[i])-sum)/size)
			worstEntropy = max(worstEntropy, math.Abs(float64(entropy[i])-h)/hSize)
		}
		for _, c := range []struct {
			name         string
			error, bound float64
		}{
			{"GaussianLogProb", worst, 8},
			{"GaussianBackward, mean", worstMean, 8},
			{"GaussianBackward, log std", worstStd, 9},
			{"Entropy", worstEntropy, 6},
		} {
			t.Logf("%s: %.2f", c.name, c.error*0x1p24)
			if c.error*0x1p24 > c.bound {
				t.Errorf("%s: error %.2f, want at most %g", c.name, c.error*0x1p24, c.bound)
			}
		}
	})
}

// TestDistributionsOfLevelsLong holds the levels to each other where calls are cut
// into pieces.
func TestDistributionsOfLevelsLong(t *testing.T) {
	for _, d := range [][2]int{{20_011, 1}, {37, 1001}, {9, 20_000}, {19, 20_000}} {
		rows, n := d[0], d[1]
		agree(t, fmt.Sprint(d), func() [][]float32 {
			r := rand.New(rand.NewPCG(43, 43))
			x, dist := sources[0].slice(r, rows*n), sources[0].slice(r, 2*rows*n)
			a, b, dDist := make([]float32, rows), make([]float32, rows), make([]float32, 2*rows*n)
			GaussianLogProb(a, x, dist, rows, n)
			Entropy(b, x, rows, n)
			GaussianBackward(dDist, a, b, x, dist, rows, n)
			return [][]float32{a, b, dDist}
		})
	}
}

func TestExponentials(t *testing.T) {
	var m Exponentials
	for _, c := range []struct {
		i int
		x float32
	}{{0, 0}, {0, 0}, {1, 2}, {17, 3}, {1, 2}, {-1, 5}, {1, float32(math.NaN())}, {1, float32(math.Inf(-1))}, {1, float32(math.Inf(-1))}} {
		if got := m.Exp1(c.i, c.x); !same(got, Exp1(c.x)) {
			t.Errorf("Exp1(%d, %g) is %g", c.i, c.x, got)
		}
	}
}

func TestDistributionPanics(t *testing.T) {
	a, b, c := make([]float32, 2), make([]float32, 4), make([]float32, 8)
	mustPanic(t, "kernel: GaussianLogProb: negative dimension", func() { GaussianLogProb(nil, nil, nil, -1, -1) })
	mustPanic(t, "kernel: GaussianLogProb: length of dst is not rows", func() { GaussianLogProb(b, b, c, 2, 2) })
	mustPanic(t, "kernel: GaussianLogProb: length of x is not rows*n", func() { GaussianLogProb(a, a, c, 2, 2) })
	mustPanic(t, "kernel: GaussianLogProb: length of dist is not rows*2n", func() { GaussianLogProb(a, b, b, 2, 2) })
	mustPanic(t, "kernel: GaussianBackward: negative dimension", func() { GaussianBackward(nil, nil, nil, nil, nil, 0, -1) })
	mustPanic(t, "kernel: GaussianBackward: length of dDist is not rows*2n", func() { GaussianBackward(b, a, a, b, c, 2, 2) })
	mustPanic(t, "kernel: GaussianBackward: length of dLogProb is not rows", func() { GaussianBackward(c, b, a, b, c, 2, 2) })
	mustPanic(t, "kernel: GaussianBackward: length of dEntropy is not rows", func() { GaussianBackward(c, a, b, b, c, 2, 2) })
	mustPanic(t, "kernel: GaussianBackward: length of x is not rows*n", func() { GaussianBackward(c, a, a, a, c, 2, 2) })
	mustPanic(t, "kernel: GaussianBackward: length of dist is not rows*2n", func() { GaussianBackward(c, a, a, b, b, 2, 2) })
	mustPanic(t, "kernel: Entropy: negative dimension", func() { Entropy(nil, nil, -1, 0) })
	mustPanic(t, "kernel: Entropy: length of dst is not rows", func() { Entropy(b, b, 2, 2) })
	mustPanic(t, "kernel: Entropy: length of logProb is not rows*n", func() { Entropy(a, a, 2, 2) })
}
