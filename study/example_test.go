package study_test

import (
	"fmt"

	"github.com/proximal-rl/proximal/study"
)

// Two settings, each with a handful of seeds: is one better?
func ExampleBootstrap_Difference() {
	wide := []float64{500, 498, 500, 451, 500, 477, 500, 500}
	narrow := []float64{488, 352, 411, 500, 290, 467, 402, 380}
	b := study.DefaultBootstrap()
	i := b.Difference(study.IQM, [][]float64{wide}, [][]float64{narrow})
	fmt.Printf("IQM %.1f against %.1f\n", study.IQM(wide), study.IQM(narrow))
	fmt.Printf("difference in [%.0f, %.0f], 0 in it: %v\n", i.Low, i.High, i.Contains(0))
	// Output:
	// IQM 499.5 against 415.0
	// difference in [22, 141], 0 in it: false
}

// One seed of five failed. The mean describes none of the runs.
func ExampleIQM() {
	returns := []float64{500, 500, 9, 496, 500}
	fmt.Printf("mean %.1f, IQM %.1f\n", study.Mean(returns), study.IQM(returns))
	// Output: mean 401.0, IQM 498.7
}

// When did training reach 475, judged by its latest 20 episodes?
func ExampleCurve_StepsTo() {
	c := study.Curve{
		Steps:  []float64{1000, 2000, 3000, 4000},
		Values: []float64{20, 480, 470, 490}, // mean return in each rollout
	}
	episodes := []float64{50, 12, 12, 12}
	fmt.Println(c.StepsTo(475), c.Trailing(episodes, 20).StepsTo(475))
	// Output: 2000 3000
}

func ExampleSummarize() {
	curve := study.Curve{Steps: []float64{500, 1000}, Values: []float64{0, 100}}
	episodes := []float64{20, 20}
	runs := []study.Run{
		{Return: 98, Curve: curve, Episodes: episodes},
		{Return: 100, Curve: curve, Episodes: episodes},
	}
	s := study.Summarize(runs, 90, 1000, study.DefaultBootstrap())
	fmt.Printf("IQM %.0f in [%.0f, %.0f], area %.0f, %d of %d solved it, after %.0f steps\n",
		s.IQM.Value, s.IQM.Low, s.IQM.High, s.Area.Value, s.Reached, s.Runs, s.StepsToThreshold)
	// Output: IQM 99 in [98, 100], area 25, 2 of 2 solved it, after 1000 steps
}
