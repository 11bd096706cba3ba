// Package align walks the circle for language models: imitate, draw completions,
// reward them, improve. Each method is a struct of settings and a short program;
// Run does what they share: evaluation, records, checkpoints, an orderly end. Check
// says beforehand what it would refuse.
//
//	t, err := task.Make("add", nil)
//	result, err := align.Run(ctx, align.DefaultSFT(), t, align.Options{Seed: 1, Steps: 500, Dir: "runs/imitate"})
//	result, err = align.Run(ctx, align.DefaultGRPO(), t, align.Options{Seed: 1, Steps: 400, Model: result.Model})
//
// An update is called a step. All that is random comes from the run's seed, by
// purpose and by number, so the bytes of a run do not depend on the number of
// threads.
package align
