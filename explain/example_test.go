package explain_test

import (
	"fmt"

	"github.com/proximal-rl/proximal/explain"
	"github.com/proximal-rl/proximal/objective"
)

// A bad action that has become more likely: the clip has no say, and the
// gradient brings the policy back.
func ExampleSample() {
	s := objective.DefaultSettings()
	row, err := explain.Sample(1.5, -1, s)
	if err != nil {
		panic(err)
	}
	fmt.Println(row.Unclipped, row.Clipped, row.Objective, row.Gradient, row.Case)
	fmt.Println(explain.Explain(row, s).Thrown)
	// Output:
	// -1.5 -1.2 -1.5 -1 no
	// No. It counts in full, with the weight r·A = -1.5.
}

func ExampleTable() {
	rows, err := explain.Table([]float64{0.5, 0.8, 1, 1.2, 1.5}, 1, objective.DefaultSettings())
	if err != nil {
		panic(err)
	}
	for _, r := range rows {
		fmt.Println(r.Ratio, r.Objective, r.Gradient, r.Case)
	}
	// Output:
	// 0.5 0.5 1 no
	// 0.8 0.8 1 boundary
	// 1 1 1 no
	// 1.2 1.2 1 boundary
	// 1.5 1.2 0 yes
}

// Three actions, a good, a neutral and a bad one, through five epochs: the
// fourth still moves the good action, whose own gradient is gone.
func ExampleSoftmax_Trace() {
	policy := explain.DefaultSoftmax()
	policy.Epochs, policy.Iterations = 5, 1
	trace, err := policy.Trace()
	if err != nil {
		panic(err)
	}
	fmt.Printf("proposal %.3f, ratios %.3f\n", trace.Proposal, trace.ProposalRatios)
	for _, s := range trace.Steps {
		fmt.Printf("epoch %d: ratios %.3f\n", s.Epoch, s.Ratios)
	}
	// Output:
	// proposal [0.665 0.245 0.090], ratios [1.996 0.734 0.270]
	// epoch 1: ratios [1.067 0.999 0.934]
	// epoch 2: ratios [1.137 0.991 0.871]
	// epoch 3: ratios [1.210 0.978 0.812]
	// epoch 4: ratios [1.231 0.991 0.777]
	// epoch 5: ratios [1.231 0.991 0.777]
}

// A lucky batch, used for sixty epochs.
func ExampleLucky_Update() {
	path, err := explain.DefaultLucky().Update()
	if err != nil {
		panic(err)
	}
	last := path[len(path)-1]
	fmt.Printf("unclipped %.3f, PPO %.3f, max in place of min %.3f\n", last.Unclipped, last.Clipped, last.Maximum)
	// Output: unclipped 0.991, PPO 0.749, max in place of min 0.991
}

// A bandit that is pulled twice and pays 1 for two different arms: the surrogate
// promises most where the true return is worst.
func ExamplePromises() {
	pay := [2][2]float64{{0, 1}, {1, 0}}
	promises, err := explain.Promises([]float64{1, 1.2, 3}, 0.3, pay, objective.DefaultSettings())
	if err != nil {
		panic(err)
	}
	for _, p := range promises {
		fmt.Printf("ratio %.1f: promised %.3f, true %.3f\n", p.Ratio, p.Unclipped, p.Return)
	}
	// Output:
	// ratio 1.0: promised 0.420, true 0.420
	// ratio 1.2: promised 0.468, true 0.461
	// ratio 3.0: promised 0.900, true 0.180
}

// Ten epochs on one batch: without importance weights the gradient is a third
// off; with them it is right on average, from four fifths of the samples.
func ExampleReuse() {
	uses, err := explain.Reuse(explain.DefaultSoftmax())
	if err != nil {
		panic(err)
	}
	u := uses[9]
	fmt.Printf("error %.0f %% without weights, %.0f %% with them, effective share %.0f %%\n", 100*u.Unweighted, 100*u.Weighted, 100*u.Effective)
	// Output: error 32 % without weights, 0 % with them, effective share 81 %
}
