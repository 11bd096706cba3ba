package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/record"
)

// languageEvaluation is the outcome of the evaluation of a language model, as
// --json shows it. The divergence is null if the run began with a new model and
// named no reference: then there is none that was kept.
type languageEvaluation struct {
	Prompts         int             `json:"prompts"`
	AccuracySampled float64         `json:"accuracy_sampled"`
	AccuracyGreedy  float64         `json:"accuracy_greedy"`
	PassAt          map[int]float64 `json:"pass_at_k"`
	RewardMean      float64         `json:"reward_mean"`
	KLReference     *float64        `json:"kl_reference"`
	LengthMean      float64         `json:"length_mean"`
}

// evaluateLanguage asks the model of a run held-out prompts of its task.
func evaluateLanguage(ctx context.Context, dir, checkpoint string, set []string, trial align.Trial) (*align.Scores, error) {
	settings, err := align.ReadSettings(filepath.Join(dir, record.ConfigFile))
	if err != nil {
		return nil, unusable(err)
	}
	if trial.Prompts < 1 || trial.Samples < 1 || trial.Threads < 1 {
		return nil, unusable(fmt.Errorf("--prompts %d, --samples %d, --threads %d: all must be at least 1", trial.Prompts, trial.Samples, trial.Threads))
	}
	for _, assignment := range set {
		if !strings.HasPrefix(assignment, "task.") || strings.HasPrefix(assignment, "task.name=") {
			return nil, unusable(fmt.Errorf("--set %s: only options of the task can be changed here", assignment))
		}
	}
	if err := settings.Set(set); err != nil {
		return nil, unusable(err)
	}
	t, err := task.Make(settings.Task.Name, settings.Task.Options)
	if err != nil {
		return nil, unusable(err)
	}
	folder, err := languageCheckpoint(dir, checkpoint)
	if err != nil {
		return nil, unusable(err)
	}
	model, tokenizer, err := align.LoadModel(folder)
	if err != nil {
		return nil, err
	}
	if trial.Reference, err = referenceOf(settings); err != nil {
		return nil, err
	}
	if err := align.Check(settings.Method, t, align.Options{
		Steps: 1, Model: model, Tokenizer: tokenizer, Reference: trial.Reference,
	}); err != nil {
		return nil, unusable(err)
	}
	if settings.Run.Method == "reward" {
		return align.EvaluateReward(ctx, model, tokenizer, t, trial)
	}
	return align.Evaluate(ctx, model, tokenizer, t, trial)
}

// languageCheckpoint finds the folder of a model of a run by name, or any by its
// path.
func languageCheckpoint(dir, name string) (string, error) {
	switch name {
	case "last":
		return modelFolder(dir)
	case "best":
		return modelFolder(filepath.Join(dir, align.BestCheckpoint))
	}
	if !exists(name) {
		return "", config.Unknown("checkpoint", name, []string{"last", "best"})
	}
	return modelFolder(name)
}

// referenceOf loads the reference of a run: the one it names, or else the model
// that it started from; nil if that was a new one.
func referenceOf(s *align.Settings) (*lm.Model, error) {
	reference := s.Model.Reference
	if reference == "" && !slices.Contains(lm.Sizes(), s.Model.Start) {
		reference = s.Model.Start
	}
	return loadCompanion("reference", reference)
}

// rewardEvaluation is the outcome of the evaluation of a reward model.
type rewardEvaluation struct {
	Prompts       int     `json:"prompts"`
	PairAccuracy  float64 `json:"pair_accuracy"`
	BayesAccuracy float64 `json:"bayes_accuracy"` // the largest there can be
}

// showLanguage prints the outcome of an evaluation.
func showLanguage(w io.Writer, dir string, s *align.Scores, asJSON bool) error {
	switch {
	case !asJSON:
		text := verbalize(s)
		if math.IsNaN(s.Pairs) && math.IsNaN(s.KL) {
			text += "; no KL: the run began with a new model, which is not kept"
		}
		_, err := fmt.Fprintf(w, "%s: %s\n", dir, text)
		return err
	case !math.IsNaN(s.Pairs):
		return printJSON(w, rewardEvaluation{s.Prompts, s.Pairs, s.Bayes})
	}
	return printJSON(w, languageEvaluation{
		s.Prompts, s.Sampled, s.Greedy, s.PassAt, s.Reward, finite(s.KL), s.Length,
	})
}
