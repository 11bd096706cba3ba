package advantage_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/proximal-rl/proximal/advantage"
)

// Both sides round to float32 at each step, in a different order, so their
// distance is measured against the size of the whole.
const tolerance = 1e-6

func TestGAEOfStableBaselines(t *testing.T) {
	data, err := os.ReadFile("testdata/stablebaselines.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Gamma, Lambda         float32
		Environments          int
		Reward, Value         []float32
		Terminated, Truncated []bool
		FinalValue            []float32 `json:"final_value"`
		LastValue             []float32 `json:"last_value"`
		Advantage, Returns    []float32
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("gamma=%v,lambda=%v", c.Gamma, c.Lambda), func(t *testing.T) {
			h := history{
				n: c.Environments, gamma: c.Gamma, lambda: c.Lambda,
				reward: c.Reward, value: c.Value, finalValue: c.FinalValue, lastValue: c.LastValue,
				end: make([]status, len(c.Reward)),
			}
			for i := range h.end {
				h.end[i] = status{c.Terminated[i], c.Truncated[i]}
			}
			got, returns := h.gae(), make([]float32, len(c.Reward))
			advantage.Returns(returns, got, h.value)
			if d := distance(got, c.Advantage); d > tolerance {
				t.Errorf("advantages differ by %.3g", d)
			}
			if d := distance(returns, c.Returns); d > tolerance {
				t.Errorf("returns differ by %.3g", d)
			}
		})
	}
}

// distance is the relative distance of x from y in the Euclidean norm.
func distance(x, y []float32) float64 {
	if len(x) != len(y) {
		return math.Inf(1)
	}
	var difference, size float64
	for i := range y {
		d := float64(x[i]) - float64(y[i])
		difference += d * d
		size += float64(y[i]) * float64(y[i])
	}
	return math.Sqrt(difference / size)
}
