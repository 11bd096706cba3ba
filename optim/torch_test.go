package optim_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/proximal-rl/proximal/optim"
)

// A hundred steps that PyTorch took, clipped and not, two settings: the norms
// on the way and the state after 1, 10 and 100 steps agree to about float32.
func TestAdamAndClipNormOfTorch(t *testing.T) {
	const tolerance = 1e-6
	data, err := os.ReadFile("testdata/torch.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Beta1, Beta2, Epsilon float64
		MaxNorm               float64 `json:"max_norm"`
		Initial               []float32
		LearningRate          []float64 `json:"learning_rate"`
		Gradient              [][]float32
		Norm                  []float64
		After                 []struct {
			Steps                   int
			Parameter, Mean, Square []float32
		}
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("max_norm=%v", c.MaxNorm), func(t *testing.T) {
			param := c.Initial
			adam := optim.NewAdam(len(param), optim.AdamConfig{Beta1: c.Beta1, Beta2: c.Beta2, Epsilon: c.Epsilon})
			after := c.After
			for i, grad := range c.Gradient {
				norm, scale, err := optim.ClipNorm(grad, c.MaxNorm)
				if err != nil || !close(norm, c.Norm[i], tolerance) {
					t.Errorf("step %d: norm %v, want %v; error %v", i+1, norm, c.Norm[i], err)
				}
				adam.Step(param, grad, c.LearningRate[i], scale)
				if len(after) == 0 || after[0].Steps != adam.Steps() {
					continue
				}
				mean, square := adam.Moments()
				for _, test := range []struct {
					name      string
					got, want []float32
				}{
					{"parameters", param, after[0].Parameter},
					{"means", mean, after[0].Mean},
					{"squares", square, after[0].Square},
				} {
					if d := distance(test.got, test.want); d > tolerance {
						t.Errorf("after %d steps %s differ by %.3g", adam.Steps(), test.name, d)
					}
				}
				after = after[1:]
			}
			if len(after) > 0 {
				t.Errorf("%d states were not reached", len(after))
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
