package objective_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/seed"
)

var (
	inf = float32(math.Inf(1))
	nan = float32(math.NaN())
)

// guarded is one row with extreme numbers.
type guarded struct {
	logProb, old, advantage, weight float32
}

func (g guarded) batch() *objective.Batch {
	return complete(&objective.Batch{
		LogProb: []float32{g.logProb}, OldLogProb: []float32{g.old},
		Advantage: []float32{g.advantage}, Weight: []float32{g.weight},
	})
}

// Every variant, row by row: what cannot be is NaN in loss, derivative and
// statistics, whatever the formula reads.
func TestUnlawfulRowsAreNaN(t *testing.T) {
	for _, v := range objective.Variants() {
		surrogate := v.New(objective.DefaultSettings())
		for _, a := range []float32{-1, 0, 1} {
			for _, g := range []guarded{
				{nan, -1, a, 1}, {inf, -1, a, 1},
				{-1, nan, a, 1}, {-1, inf, a, 1}, {-1, -inf, a, 1},
				{-inf, -inf, a, 1}, {inf, inf, a, 1}, {-inf, nan, a, 1},
				{-1, -1, nan, 1}, {-1, -1, inf, 1}, {-1, -1, -inf, 1}, {-3, -1, inf, 1}, {2, -1, inf, 1}, {-inf, -1, nan, 1},
				{-1, -1, a, nan}, {-1, -1, a, inf}, {-1, -1, a, -inf},
			} {
				b := g.batch()
				b.Selected[0] = a == 0 // taking a row out does not make it lawful
				loss, d, s := apply(surrogate, b)
				for what, x := range map[string]float64{
					"loss": loss, "derivative": float64(d[0]), "KL": s.KL(), "mean ratio": s.RatioMean(),
					"highest ratio": s.RatioMax, "effective sample size": s.EffectiveSampleSize(),
				} {
					if x == x {
						t.Errorf("%s with %+v: %s is %v", v.Name, g, what, x)
					}
				}
				if s.Rows != 1 {
					t.Errorf("%s with %+v: %d rows", v.Name, g, s.Rows)
				}
			}
		}
	}
}

// A broken row spoils the loss of the batch, but no other row's derivative, nor
// one of another sequence.
func TestUnlawfulRowsStayAlone(t *testing.T) {
	for _, v := range objective.Variants() {
		b := complete(&objective.Batch{
			LogProb: []float32{-1, nan, -1, -1}, OldLogProb: []float32{-1, -1, -1, -1.1},
			Advantage: []float32{1, 1, 1, 1}, Weight: []float32{1, 1, 1, 1}, Segment: []int32{0, 1, 2, 4},
		})
		loss, d, _ := apply(v.New(objective.DefaultSettings()), b)
		if loss == loss || d[1] == d[1] || d[0] != d[0] || d[2] != d[2] || d[3] != d[3] {
			t.Errorf("%s: loss %v, derivatives %v", v.Name, loss, d)
		}
	}
}

// The policy that drew the action must have been able to.
func TestUnlawfulBehavior(t *testing.T) {
	for _, x := range []float32{nan, inf, -inf} {
		b := at(1.1, 1)
		b.Behavior = []float32{x}
		if loss, d, _ := apply(find(t, "decoupled").New(objective.DefaultSettings()), b); loss == loss || d[0] == d[0] {
			t.Errorf("behaviour %v: loss %v, derivative %v", x, loss, d[0])
		}
		if loss, _, _ := apply(objective.Clip(0.2, 0.2, 0), b); loss != loss {
			t.Errorf("clip reads Behavior")
		}
	}
	b := at(1.1, 1) // 30 nats away count as 20
	b.Behavior = []float32{-30}
	loss, _, _ := apply(find(t, "decoupled").New(objective.DefaultSettings()), b)
	golden.Close(t, "decoupled, far away", []float64{loss}, []float64{-0.55 * math.Exp(20)}, rounding)
}

// Beyond ±20 a log-ratio is held: all is finite and as at the bound, but the
// gradient is zero where it is the ratio that carries it. A choice that the policy
// now excludes is such a row.
func TestFarRowsAreHeld(t *testing.T) {
	byLogProb := map[string]bool{"vanilla": true, "tis": true, "topr": true, "cispo": true, "quadratic": true}
	for _, v := range objective.Variants() {
		surrogate := v.New(objective.DefaultSettings())
		for _, a := range []float32{-2, 0, 1} {
			for _, c := range []struct{ logProb, bound float32 }{
				{-21.5, -21}, {-1000, -21}, {-math.MaxFloat32, -21}, {-inf, -21}, {19.5, 19}, {1000, 19}, {math.MaxFloat32, 19},
			} {
				loss, d, s := apply(surrogate, guarded{c.logProb, -1, a, 0.5}.batch())
				lossThere, dThere, there := apply(surrogate, guarded{c.bound, -1, a, 0.5}.batch())
				if !byLogProb[v.Name] {
					dThere[0] = 0
				}
				what := fmt.Sprintf("%s, log-probability %v, advantage %v", v.Name, c.logProb, a)
				golden.Same(t, what, []float64{loss, s.KL(), s.KL1(), s.RatioMax}, []float64{lossThere, there.KL(), there.KL1(), there.RatioMax})
				golden.Same(t, what, d, dThere)
				if s.Guarded != 1 || there.Guarded != 0 {
					t.Errorf("%s: %d rows guarded, on the bound %d", what, s.Guarded, there.Guarded)
				}
				if math.IsInf(loss, 0) || loss != loss || d[0] != d[0] || d[0] > math.MaxFloat32 {
					t.Errorf("%s: loss %v, derivative %v", what, loss, d[0])
				}
			}
		}
	}
}

// Rows of weight 0 are passed over, whatever stands there.
func TestRowsWithoutWeightAreNothing(t *testing.T) {
	for _, v := range objective.Variants() {
		surrogate := v.New(objective.DefaultSettings())
		for _, x := range []float32{0, 200, -200, inf, -inf, nan} {
			b := complete(draw(6, seed.New(6)))
			b.Behavior = b.OldLogProb
			want, _, seen := apply(surrogate, b)
			for _, g := range []guarded{{x, 0, 5, 0}, {0, x, 5, 0}, {0, 0, x, 0}} {
				b.LogProb, b.OldLogProb = append(b.LogProb, g.logProb), append(b.OldLogProb, g.old)
				b.Advantage, b.Weight = append(b.Advantage, g.advantage), append(b.Weight, 0)
				b.Selected = append(b.Selected, true)
			}
			b.Behavior = append(b.Behavior[:6:6], x, x, x)
			got, d, s := apply(surrogate, b)
			if got != want || s != seen {
				t.Errorf("%s: loss %v with statistics %+v, without %v: %v with %+v", v.Name, got, s, x, want, seen)
			}
			golden.Same(t, v.Name+"'s derivatives", d[6:], []float32{0, 0, 0})
		}
	}
}
