package study

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func ExampleScores() {
	lander := [][]float64{{200, 100}, {50, math.NaN()}} // the last run failed
	fmt.Println(Scores(lander, -150))
	// Output: [[1.1666666666666667 0.8333333333333334] [0.6666666666666666 0]]
}

// TestScoresDependOnNothingButTheScale: shifting and stretching all returns of a
// task changes no score.
func TestScoresDependOnNothingButTheScale(t *testing.T) {
	returns := [][]float64{{1, 2, 3}, {8, 6}, {-4}}
	want := [][]float64{{0.125, 0.25, 0.375}, {1, 0.75}, {-0.5}}
	const random, best = 0, 7
	for v := range want {
		for k := range want[v] {
			want[v][k] *= 8. / best
		}
	}
	moved := make([][]float64, len(returns))
	for v := range returns {
		for _, r := range returns[v] {
			moved[v] = append(moved[v], 16*r-1000)
		}
	}
	for _, got := range [][][]float64{Scores(returns, random), Scores(moved, -1000)} {
		for v := range want {
			if !slices.EqualFunc(got[v], want[v], func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }) {
				t.Errorf("variant %d has %v, want %v", v, got[v], want[v])
			}
		}
	}
	if returns[1][0] != 8 {
		t.Error("the returns were changed")
	}
}

func TestScoresWithoutABest(t *testing.T) {
	for v, runs := range Scores([][]float64{{-1, 0}, {math.NaN()}}, 0) {
		for _, score := range runs {
			if !math.IsNaN(score) {
				t.Errorf("variant %d has a score of %v where nothing is better than random", v, score)
			}
		}
	}
	for name, call := range map[string]func(){
		"no run":                 func() { Scores([][]float64{{}}, 0) },
		"a random return of NaN": func() { Scores([][]float64{{1}}, math.NaN()) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call()
		}()
	}
}
