package kernel

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

// adamByDefinition is the loop in the comment of Adam.
func adamByDefinition(param, m, v, grad []float32, s AdamStep) {
	keep, gain1, gain2 := float32(1-float64(s.LearningRate*s.WeightDecay)), float32(1-s.Beta1), float32(1-s.Beta2)
	size := float32(s.LearningRate / s.Correction1)
	for i := range param {
		g := float32(grad[i] * float32(s.GradientScale))
		m[i] = bigFMA(g-m[i], gain1, m[i])
		v[i] = bigFMA(gain2*g, g, float32(s.Beta2)*v[i])
		d := float32(math.Sqrt(float64(v[i])))/float32(s.Correction2Sqrt) + float32(s.Epsilon)
		param[i] = float32(param[i]*keep) - size*m[i]/d
	}
}

func TestAdam(t *testing.T) {
	steps := []AdamStep{
		{LearningRate: 3e-4, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-5, Correction1: 0.1, Correction2Sqrt: 0.03, GradientScale: 1},
		{LearningRate: 0.1, Beta1: 0, Beta2: 0.5, Epsilon: 1e-8, Correction1: 1, Correction2Sqrt: 0.7, GradientScale: 0.37, WeightDecay: 0.01},
	}
	eachLevel(t, func(t *testing.T) {
		eachSource(t, func(t *testing.T, s source, r *rand.Rand) {
			for n := range longest + 1 {
				param, m, v, grad := s.slice(r, n), s.slice(r, n), s.slice(r, n), s.slice(r, n)
				step := steps[n%len(steps)]
				wantParam, wantM, wantV := place(param, 0).slice, place(m, 0).slice, place(v, 0).slice
				adamByDefinition(wantParam, wantM, wantV, grad, step)
				for offset := 0; offset < offsets; offset += stride() {
					what := fmt.Sprintf("length %d, offset %d", n, offset)
					p, a, b := place(param, offset), place(m, (offset*3+n)%offsets), place(v, (offset*5+n)%offsets)
					g := place(grad, (offset*7+n)%offsets)
					Adam(p.slice, a.slice, b.slice, g.slice, step)
					p.mustHold(t, what+", param", wantParam)
					a.mustHold(t, what+", m", wantM)
					b.mustHold(t, what+", v", wantV)
					g.mustHold(t, what+", grad", grad)
				}
			}
		})
	})
}

// TestAdamLikeTorch follows torch.optim.Adam and AdamW: the moments in every bit,
// the parameters but for the last bit, because torch's vector code does not
// round square roots correctly.
func TestAdamLikeTorch(t *testing.T) {
	data, err := os.ReadFile("testdata/adam.json")
	if err != nil {
		t.Fatal(err)
	}
	var fixture struct {
		Initial   []uint32
		Gradients [][]uint32
		Cases     []struct {
			LearningRate float64 `json:"learning_rate"`
			Beta1, Beta2 float64
			Epsilon      float64
			WeightDecay  float64 `json:"weight_decay"`
			Steps        []struct{ Param, M, V []uint32 }
		}
	}
	if err := json.Unmarshal(data, &fixture); err != nil {
		t.Fatal(err)
	}
	eachLevel(t, func(t *testing.T) {
		for _, c := range fixture.Cases {
			n := len(fixture.Initial)
			param, m, v := fromBits(fixture.Initial), make([]float32, n), make([]float32, n)
			for i, want := range c.Steps {
				Adam(param, m, v, fromBits(fixture.Gradients[i]), AdamStep{
					LearningRate:    c.LearningRate,
					Beta1:           c.Beta1,
					Beta2:           c.Beta2,
					Epsilon:         c.Epsilon,
					Correction1:     1 - math.Pow(c.Beta1, float64(i+1)),
					Correction2Sqrt: math.Sqrt(1 - math.Pow(c.Beta2, float64(i+1))),
					GradientScale:   1,
					WeightDecay:     c.WeightDecay,
				})
				what := fmt.Sprintf("learning rate %g, step %d", c.LearningRate, i+1)
				place(m, 0).mustHold(t, what+", m", fromBits(want.M))
				place(v, 0).mustHold(t, what+", v", fromBits(want.V))
				for j, p := range fromBits(want.Param) {
					if ulps(param[j], float64(p)) > 1 {
						t.Errorf("%s: param[%d] is %x, want %x", what, j, param[j], p)
					}
				}
			}
		}
	})
}

func fromBits(u []uint32) []float32 {
	x := make([]float32, len(u))
	for i, b := range u {
		x[i] = math.Float32frombits(b)
	}
	return x
}

func TestAdamPanics(t *testing.T) {
	a, b := make([]float32, 2), make([]float32, 3)
	mustPanic(t, "kernel: Adam: length of m differs from param", func() { Adam(a, b, a, a, AdamStep{}) })
	mustPanic(t, "kernel: Adam: length of v differs from param", func() { Adam(a, a, b, a, AdamStep{}) })
	mustPanic(t, "kernel: Adam: length of grad differs from param", func() { Adam(a, a, a, b, AdamStep{}) })
}
