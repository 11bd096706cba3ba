package preset

import "github.com/proximal-rl/proximal/align"

// ownRuns is the source of settings that were found by runs of our own.
const ownRuns = "own runs, docs/results.md"

// sft are the presets of supervised fine-tuning. They end early: what is left to
// learn is what reinforcement is shown on.
var sft = []Alignment{
	imitation("add", 800),
	imitation("copy", 60),
	imitation("preference", 100), // of its language all there is to learn is the alphabet
	imitation("reverse", 90),
	imitation("sort", 100),
}

// imitation is the preset of a task that needs so many steps.
func imitation(task string, steps int) Alignment {
	return Alignment{
		Task: task, Method: "sft", Source: ownRuns, Steps: steps, Model: "nano",
		Evaluation: align.DefaultEvaluation(),
		make:       method(align.DefaultSFT, func(*align.SFT) {}),
	}
}
