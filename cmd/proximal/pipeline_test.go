package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// quickly makes a pipeline quick.
var quickly = []string{
	"--set", "sft:run.steps=3", "--set", "sft.batch=8", "--set", "reward:run.steps=3", "--set", "reward.batch=8", "--set", "reward.pairs=64",
	"--set", "ppo:run.steps=3", "--set", "ppo.prompts=4", "--set", "ppo.samples=2",
	"--set", "eval.every=0", "--set", "eval.final_prompts=4", "--set", "eval.samples=2",
}

func TestPipeline(t *testing.T) {
	t.Chdir(t.TempDir())
	out := mustProximal(t, append([]string{"pipeline", "rlhf", "preference", "--run", "all", "--seed", "3", "--json"}, quickly...)...)
	keys(t, out, "run", "task", "seed", "pair_accuracy", "bayes_accuracy", "kl_target", "penalized", "unpenalized", "stages", "figure")
	var r rlhfReport
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Stages) != 4 || r.PairAccuracy == nil || r.TargetKL == nil || r.BayesAccuracy < 0.7 || r.BayesAccuracy > 0.75 || r.Penalized.GoldHeldOut == nil {
		t.Errorf("%s", out)
	}
	// The two differ in the penalty alone: the first completions are the same.
	if r.Penalized.GoldBefore != r.Unpenalized.GoldBefore || r.Penalized.LearnedBefore != r.Unpenalized.LearnedBefore {
		t.Errorf("the runs begin differently: %+v and %+v", r.Penalized, r.Unpenalized)
	}
	for _, file := range []string{"all/sft/summary.json", "all/reward/config.toml", "all/ppo/completions.jsonl", "all/unpenalized/curve.png", "all/overoptimization.png"} {
		if !exists(file) {
			t.Errorf("there is no %s", file)
		}
	}
	settings, err := readRunSettings("all/unpenalized")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"start = \"all/sft\"", "reward = \"all/reward\"", "steps = 3"} {
		if !strings.Contains(settings.text, want) {
			t.Errorf("the settings do not say %s", want)
		}
	}
	if out := mustProximal(t, "evaluate", "all/reward", "--prompts", "4", "--json"); !strings.Contains(out, "pair_accuracy") {
		t.Errorf("evaluate says %s", out)
	}
	if out := mustProximal(t, "compare", "all/ppo", "all/unpenalized"); !strings.Contains(out, "ppo.penalty.coefficient = 0") {
		t.Errorf("compare says %s", out)
	}
}

func TestPipelineMistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "used/notes.txt", "mine")
	for _, test := range []struct{ args, want string }{
		{"pipeline rhlf preference", `unknown command "rhlf"; did you mean rlhf?`},
		{"pipeline rlhf", "accepts 1 arg"},
		{"pipeline rlhf preferense", `unknown task "preferense"; did you mean preference?`},
		{"pipeline rlhf add", "task add prefers no completion to another"},
		{"pipeline rlhf preference --run used", "used is not empty"},
		{"pipeline rlhf preference --threads 0", "--threads 0"},
		{"pipeline rlhf preference --model big", `unknown model "big"`},
		{"pipeline rlhf preference --set optim.learning_rate=1", "of which stage? As in --set ppo:optim.learning_rate=1"},
		{"pipeline rlhf preference --set ppo.clipp=1", "ppo.clipp: unknown key; did you mean ppo.clip?"},
		{"pipeline rlhf preference --set ppo.shape.overlong_buffer=99", "stage ppo: ppo.shape.overlong_buffer = 99: must be at most 12"},
		{"pipeline rlhf preference --set reward:run.steps=0", "run.steps = 0: must be at least 1"},
	} {
		o := proximal(t, "", strings.Fields(test.args)...)
		if o.code != exitUnusable || !strings.HasPrefix(o.errs, "proximal: ") || !strings.Contains(o.errs, test.want) || o.out != "" {
			t.Errorf("proximal %s: exit code %d, %q instead of %q", test.args, o.code, o.errs, test.want)
		}
	}
	if exists("runs") {
		t.Error("mistakes left something behind")
	}
}
