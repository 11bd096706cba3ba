package preset

import (
	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/optim"
)

// grpo are the presets of GRPO, on what sft leaves.
var grpo = []Alignment{
	{
		Task: "add", Method: "grpo", Source: ownRuns, Steps: 800, Model: "nano",
		Evaluation: align.DefaultEvaluation(),
		make:       grpoWith(func(c *align.GRPO) { c.Draws = 4 }), // seven groups in ten are without signal at the end
	},
	{
		Task: "reverse", Method: "grpo", Source: ownRuns, Steps: 200, Model: "nano",
		Evaluation: align.DefaultEvaluation(),
		make:       grpoWith(func(*align.GRPO) {}),
	},
	{
		Task: "sort", Method: "grpo", Source: ownRuns, Steps: 200, Model: "nano",
		Evaluation: align.DefaultEvaluation(),
		make:       grpoWith(func(*align.GRPO) {}),
	},
}

// grpoWith makes GRPO's defaults with two passes over the experience, a rate that
// falls from about as high as a new optimiser bears, and changes.
func grpoWith(change func(*align.GRPO)) func() align.Editable {
	return method(align.DefaultGRPO, func(c *align.GRPO) {
		c.Optim.LearningRate = optim.Linear(5e-4, 5e-5)
		c.Epochs = 2
		change(c)
	})
}
