package explain

import (
	"fmt"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/objective"
)

// order is the tolerance of numbers that both sides compute in float64.
var order = golden.Tolerance{Absolute: 1e-14, Relative: 1e-12, Why: "sums in another order, carried through up to 200 steps"}

// fixture is what torch, autograd and brute enumeration have.
type fixture struct {
	Softmax []struct {
		Logits, Advantages []float64
		Low, High, Dual    float64
		Rate               float64
		Epochs, Iterations int
		Steps              []struct{ Probabilities, Ratios, Gradient []float64 }
	}
	Lucky []struct {
		Probability, Low, High, Rate float64
		Epochs                       int
		Unclipped, Clip, Max         []float64
	}
	Reuse []struct {
		Logits, Advantages []float64
		Rate               float64
		Epochs             int
		Uses               []struct {
			Probabilities        []float64
			Unweighted, Weighted float64
			SecondMoment         float64 `json:"second_moment"`
		}
	}
	Promises []struct {
		Old, Low, High float64
		Pay            [2][2]float64
		Ratios         []float64
		Rows           []struct{ Return, Unclipped, Clip float64 }
	}
	Exp struct{ X, Y []float64 }
}

func readFixture(t *testing.T) (f fixture) {
	t.Helper()
	golden.Read(t, "testdata/torch.json", &f)
	return f
}

// bounds returns settings with a range of its own.
func bounds(low, high, dual float64) objective.Settings {
	s := objective.DefaultSettings()
	s.Low, s.High, s.Dual = low, high, dual
	return s
}

// TestAscentOfTorch: every probability, ratio and gradient of clipped ascents
// through epochs and iterations.
func TestAscentOfTorch(t *testing.T) {
	for i, c := range readFixture(t).Softmax {
		trace, err := Softmax{
			Logits: c.Logits, Advantages: c.Advantages, Clip: bounds(c.Low, c.High, c.Dual),
			Temperature: 1, LearningRate: c.Rate, Epochs: c.Epochs, Iterations: c.Iterations,
		}.Trace()
		if err != nil || len(trace.Steps) != len(c.Steps) {
			t.Fatalf("case %d: %d steps instead of %d, %v", i, len(trace.Steps), len(c.Steps), err)
		}
		for j, want := range c.Steps {
			got := trace.Steps[j]
			if got.Iteration != j/c.Epochs+1 || got.Epoch != j%c.Epochs+1 {
				t.Fatalf("case %d, step %d: iteration %d, epoch %d", i, j, got.Iteration, got.Epoch)
			}
			where := fmt.Sprintf("case %d, iteration %d, epoch %d: ", i, got.Iteration, got.Epoch)
			golden.Close(t, where+"probabilities", got.Probabilities, want.Probabilities, order)
			golden.Close(t, where+"ratios", got.Ratios, want.Ratios, order)
			golden.Close(t, where+"gradient", got.Gradient, want.Gradient, order)
		}
	}
}

func TestLuckOfTorch(t *testing.T) {
	for i, c := range readFixture(t).Lucky {
		path, err := Lucky{Probability: c.Probability, Clip: bounds(c.Low, c.High, 0), LearningRate: c.Rate, Epochs: c.Epochs}.Update()
		if err != nil {
			t.Fatal(err)
		}
		var unclipped, clipped, maximum []float64
		for _, l := range path {
			unclipped, clipped, maximum = append(unclipped, l.Unclipped), append(clipped, l.Clipped), append(maximum, l.Maximum)
		}
		where := fmt.Sprintf("case %d: ", i)
		golden.Close(t, where+"unclipped", unclipped, c.Unclipped, order)
		golden.Close(t, where+"clip", clipped, c.Clip, order)
		golden.Close(t, where+"max", maximum, c.Max, order)
	}
}

func TestReuseOfTorch(t *testing.T) {
	for i, c := range readFixture(t).Reuse {
		s := DefaultSoftmax()
		s.Logits, s.Advantages, s.LearningRate, s.Epochs = c.Logits, c.Advantages, c.Rate, c.Epochs
		uses, err := Reuse(s)
		if err != nil || len(uses) != c.Epochs {
			t.Fatalf("case %d: %d uses, %v", i, len(uses), err)
		}
		for j, want := range c.Uses {
			where := fmt.Sprintf("case %d, epoch %d: ", i, uses[j].Epoch)
			golden.Close(t, where+"probabilities", uses[j].Probabilities, want.Probabilities, order)
			golden.Close(t, where+"errors and moment", []float64{uses[j].Unweighted, uses[j].Weighted, 1 / uses[j].Effective},
				[]float64{want.Unweighted, want.Weighted, want.SecondMoment}, order)
		}
	}
}

func TestPromisesOfTorch(t *testing.T) {
	for i, c := range readFixture(t).Promises {
		promises, err := Promises(c.Ratios, c.Old, c.Pay, bounds(c.Low, c.High, 0))
		if err != nil || len(promises) != len(c.Rows) {
			t.Fatalf("case %d: %d promises, %v", i, len(promises), err)
		}
		for j, want := range c.Rows {
			golden.Close(t, fmt.Sprintf("case %d, ratio %v", i, c.Ratios[j]),
				[]float64{promises[j].Return, promises[j].Unclipped, promises[j].Clipped},
				[]float64{want.Return, want.Unclipped, want.Clip}, order)
		}
	}
}

func TestExp(t *testing.T) {
	c := readFixture(t).Exp
	for i, x := range c.X {
		if d := golden.ULP64(exp(x), c.Y[i]); d > 1 {
			t.Errorf("exp(%v) = %v is %d ulp from %v", x, exp(x), d, c.Y[i])
		}
	}
	if exp(0) != 1 || exp(-1e4) != 0 {
		t.Errorf("exp(0) = %v, exp(-1e4) = %v", exp(0), exp(-1e4))
	}
}
