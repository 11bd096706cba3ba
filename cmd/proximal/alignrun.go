package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/record"
)

// alignOutcome is the outcome of a run of align, as --json shows it. Figures that
// were not measured, or that the method does not have, are null.
type alignOutcome struct {
	Run             string   `json:"run"`
	Method          string   `json:"method"`
	Task            string   `json:"task"`
	Seed            uint64   `json:"seed"`
	Steps           int      `json:"steps"`
	Seconds         float64  `json:"seconds"`
	CPUSeconds      float64  `json:"cpu_seconds"`
	Tokens          int64    `json:"tokens"`
	TokensPerSecond float64  `json:"tokens_per_second"`
	RewardMean      *float64 `json:"reward_mean"`
	AccuracySampled *float64 `json:"accuracy_sampled"`
	AccuracyGreedy  *float64 `json:"accuracy_greedy"`
	KLReference     *float64 `json:"kl_reference"`
	ClipFraction    *float64 `json:"clip_fraction"` // of the last update
}

// alignSummary is what summary.json has of it: more of the final evaluation.
type alignSummary struct {
	alignOutcome
	PassAt        map[int]float64 `json:"pass_at_k"`
	ImitationLoss *float64        `json:"imitation_loss"`
	PairAccuracy  *float64        `json:"pair_accuracy"`
}

// run trains, and tells the user on the way and at the end.
func (j *alignJob) run(ctx context.Context, out, errs io.Writer) error {
	talk := out // to the user
	if j.json {
		talk = errs
	}
	if j.quiet {
		talk = io.Discard
	}
	s, err := j.train(ctx, talk, errs)
	if err != nil || !j.json {
		return err
	}
	return printJSON(out, s.alignOutcome)
}

// train trains and completes the run folder. It talks to the user on the way, and
// says on errs how to go on from a run that was interrupted.
func (j *alignJob) train(ctx context.Context, talk, errs io.Writer) (*alignSummary, error) {
	j.announce(talk)
	display := newDisplay(talk, languageView)
	o := j.options
	o.Dir = j.alignFlags.run
	o.Observe = func(p align.Progress) {
		display.show(advance{steps: p.Step, total: p.Steps, seconds: p.Seconds, row: p.Row, list: spell(p.Samples)})
	}
	result, err := align.Run(ctx, j.settings.Method, j.task, o)
	display.end()
	if result == nil {
		if exists(filepath.Join(o.Dir, align.LastCheckpoint)) {
			fmt.Fprintf(errs, "%s keeps the model that was saved last. %s", o.Dir, j.onward(0))
		}
		return nil, err
	}
	s := j.summarize(result)
	if err := s.save(j.alignFlags.run); err != nil {
		return nil, err
	}
	if err := saveCurve(j.alignFlags.run); err != nil {
		return nil, err
	}
	if errors.Is(err, context.Canceled) {
		if result.Steps == j.settings.Run.Steps {
			fmt.Fprintf(errs, "interrupted in the final evaluation; %s is complete but for that. To make up for it:\n  proximal evaluate %s\n", o.Dir, o.Dir)
			return nil, err
		}
		fmt.Fprintf(errs, "interrupted after %d of %s; %s keeps the model and all that was recorded. %s",
			result.Steps, plural(j.settings.Run.Steps, "step"), o.Dir, j.onward(result.Steps))
		return nil, err
	}
	j.print(talk, s, result)
	return s, err
}

// onward says how to go on from the model in the folder of a run that has not come to
// its end, after so many steps; 0: nobody knows how many. The reference stays what it
// was.
func (j *alignJob) onward(made int) string {
	m := &j.settings.Model
	command := fmt.Sprintf("proximal align --config %s --from %s", filepath.Join(j.alignFlags.run, record.ConfigFile), j.alignFlags.run)
	if made > 0 {
		command += fmt.Sprintf(" --steps %d", j.settings.Run.Steps-made)
	}
	if m.Reference == "" && j.options.Model != nil && j.settings.Run.Method != "reward" {
		command += " --reference " + m.Start
	}
	return "A new run goes on from it, with its optimiser and its schedules from their beginning:\n  " + command + "\n"
}

// announce says what is about to be done.
func (j *alignJob) announce(w io.Writer) {
	s := j.settings
	fmt.Fprintf(w, "%s on %s, seed %d, %s\n", s.Run.Method, s.Task.Name, s.Run.Seed, plural(s.Run.Steps, "step"))
	fmt.Fprintf(w, "settings  %s\n", j.source)
	if j.options.Model == nil {
		fmt.Fprintf(w, "model     %s, new\n", s.Model.Start)
	} else {
		fmt.Fprintf(w, "model     from %s, %s\n", s.Model.Start, plural(len(j.options.Model.Parameters), "parameter"))
	}
	if s.Model.Reference != "" {
		fmt.Fprintf(w, "reference %s\n", s.Model.Reference)
	}
	if s.Model.Reward != "" {
		fmt.Fprintf(w, "rewards   by the model in %s\n", s.Model.Reward)
	}
	fmt.Fprintf(w, "folder    %s\n\n", j.alignFlags.run)
}

func (j *alignJob) summarize(r *align.Result) *alignSummary {
	s := &alignSummary{alignOutcome: alignOutcome{
		Run: j.alignFlags.run, Method: j.settings.Run.Method, Task: j.settings.Task.Name, Seed: j.settings.Run.Seed,
		Steps: r.Steps, Seconds: r.Seconds, CPUSeconds: r.CPUSeconds,
		Tokens: r.Tokens, TokensPerSecond: r.TokensPerSecond,
	}}
	if clipped, ok := r.Last.Value(record.PolicyClipFraction); ok {
		s.ClipFraction = finite(clipped)
	}
	if found := r.Scores; found != nil {
		s.RewardMean, s.KLReference = finite(found.Reward), finite(found.KL)
		s.AccuracySampled, s.AccuracyGreedy = finite(found.Sampled), finite(found.Greedy)
		s.PassAt = found.PassAt
		s.ImitationLoss, s.PairAccuracy = finite(found.Imitated), finite(found.Pairs)
	}
	return s
}

// save writes summary.json into the run folder.
func (s *alignSummary) save(dir string) error {
	var b bytes.Buffer
	if err := printJSON(&b, s); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, record.SummaryFile), b.Bytes(), 0o666)
}

// print tells a person how the run went.
func (j *alignJob) print(w io.Writer, s *alignSummary, r *align.Result) {
	fmt.Fprintf(w, "trained   %s in %s (%s tokens/s), %s CPU\n",
		plural(s.Steps, "step"), seconds(s.Seconds), thousands(int(s.TokensPerSecond)), seconds(s.CPUSeconds))
	if r.Scores != nil {
		shown := *r.Scores
		if j.options.Model == nil && j.options.Reference == nil {
			shown.KL = math.NaN() // how far it is from the new model that it was says nothing
		}
		fmt.Fprintf(w, "evaluated %s\n", verbalize(&shown))
	}
	for _, line := range spell(r.Samples) {
		fmt.Fprintln(w, line)
	}
	silent, _ := r.Last.Value(record.TextWithoutSignal)
	if accuracy, ok := r.Last.Value(record.TextAccuracy); ok && silent == 1 && accuracy == 0 {
		fmt.Fprintln(w, "note      in the last step nothing was right, and no group of completions had anything to compare: imitation comes first, as in proximal align sft")
	}
	if exists(filepath.Join(s.Run, curveFile)) {
		fmt.Fprintf(w, "curve     %s\n", filepath.Join(s.Run, curveFile))
	}
	fmt.Fprintf(w, "next      proximal evaluate %s\n", s.Run)
}

// verbalize puts the scores of an evaluation into words.
func verbalize(s *align.Scores) string {
	if !math.IsNaN(s.Pairs) {
		return fmt.Sprintf("%.1f %% of the held-out pairs rated right; at best %.1f %%", 100*s.Pairs, 100*s.Bayes)
	}
	text := fmt.Sprintf("on %s: %.1f %% right as drawn, %.1f %% greedily, reward %.3f, length %.1f",
		plural(s.Prompts, "held-out prompt"), 100*s.Sampled, 100*s.Greedy, s.Reward, s.Length)
	if !math.IsNaN(s.KL) {
		text += fmt.Sprintf(", KL to the reference %.3f", s.KL)
	}
	return text
}

// languageView is the view of a run that trains a language model.
var languageView = view{
	speed: record.TimeTokensPerSecond, unit: "tokens",
	curves: []string{record.TextRewardMean, record.PairsAccuracy, record.SFTLoss},
	figures: []figure{
		{record.SFTLoss, "loss %.4f", 1},
		{record.PairsLoss, "loss %.4f", 1},
		{record.PairsAccuracy, "pairs right %.0f %%", 100},
		{record.TextRewardMean, "reward %.3f", 1},
		{record.TextGoldMean, "gold %.3f", 1},
		{record.PolicyKLReference, "kl to reference %.3f", 1},
		{record.PolicyClipFractionHigh, "clipped high %.1f %%", 100},
		{record.PolicyClipFractionLow, "low %.1f %%", 100},
		{record.TextWithoutSignal, "no signal %.0f %%", 100},
		{record.TextLengthMean, "length %.1f", 1},
		{record.EvalAccuracySampled, "right when evaluated %.1f %%", 100},
	},
}

// shownSamples is how many completions are shown at a time.
const shownSamples = 3

// spell writes completions with their rewards, one on a line.
func spell(samples []align.Sample) (lines []string) {
	for _, s := range samples[:min(len(samples), shownSamples)] {
		more := ""
		if !s.Ended {
			more = "…"
		}
		lines = append(lines, fmt.Sprintf("  %q %q%s  reward %.3g", s.Prompt, s.Completion, more, s.Reward))
	}
	return lines
}
