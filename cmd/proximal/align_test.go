package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proximal-rl/proximal/align"
)

// brisk makes runs of align quick.
var brisk = []string{"--steps", "3", "--set", "eval.every=2", "--set", "eval.prompts=4", "--set", "eval.final_prompts=8", "--set", "eval.samples=4"}

// imitate makes a quick run of supervised fine-tuning on add.
func imitate(t *testing.T, dir string, more ...string) {
	t.Helper()
	args := append([]string{"align", "sft", "add", "--run", dir, "--quiet", "--set", "sft.batch=8"}, brisk...)
	mustProximal(t, append(args, more...)...)
}

// reinforce is what a quick run of GRPO is asked for.
var reinforce = append([]string{"--set", "grpo.prompts=4", "--set", "grpo.group=4", "--set", "grpo.draws=1"}, brisk...)

func TestAlignThenEvaluateThenPlot(t *testing.T) {
	t.Chdir(t.TempDir())
	imitate(t, "first")
	out := mustProximal(t, append([]string{"align", "grpo", "add", "--from", "first", "--run", "second", "--seed", "4", "--json"}, reinforce...)...)
	keys(t, out, "run", "method", "task", "seed", "steps", "seconds", "cpu_seconds", "tokens", "tokens_per_second",
		"reward_mean", "accuracy_sampled", "accuracy_greedy", "kl_reference", "clip_fraction")
	var s alignSummary
	if err := json.Unmarshal([]byte(out), &s); err != nil || s.Method != "grpo" || s.Steps != 3 || s.RewardMean == nil || s.ClipFraction == nil || s.KLReference == nil {
		t.Errorf("%v: %s", err, out)
	}
	for _, file := range []string{"config.toml", "metrics.jsonl", "completions.jsonl", "summary.json", "curve.png",
		"checkpoints/last/model.safetensors", "checkpoints/last/tokenizer.json", "checkpoints/best/config.json"} {
		if !exists(filepath.Join("second", file)) {
			t.Errorf("the run folder has no %s", file)
		}
	}
	data, err := os.ReadFile("second/summary.json")
	if err != nil {
		t.Fatal(err)
	}
	keys(t, string(data), "run", "method", "task", "seed", "steps", "seconds", "cpu_seconds", "tokens", "tokens_per_second",
		"reward_mean", "accuracy_sampled", "accuracy_greedy", "kl_reference", "clip_fraction",
		"pass_at_k", "imitation_loss", "pair_accuracy")

	for _, dir := range []string{"first", "second"} {
		out := mustProximal(t, "evaluate", dir, "--prompts", "5", "--samples", "4", "--json")
		keys(t, out, "prompts", "accuracy_sampled", "accuracy_greedy", "pass_at_k", "reward_mean", "kl_reference", "length_mean")
		var e languageEvaluation
		if err := json.Unmarshal([]byte(out), &e); err != nil || e.Prompts != 5 || len(e.PassAt) != 2 || e.PassAt[1] != e.AccuracySampled {
			t.Errorf("%v: %s", err, out)
		}
		if known := e.KLReference != nil; known != (dir == "second") {
			t.Errorf("the divergence of %s from what it started from: %s", dir, out)
		}
		if again := mustProximal(t, "evaluate", dir, "--prompts", "5", "--samples", "4", "--threads", "3", "--json"); again != out {
			t.Errorf("evaluations of one seed differ: %s and %s", out, again)
		}
	}
	if best := mustProximal(t, "evaluate", "second", "--checkpoint", "best", "--prompts", "2"); !strings.HasPrefix(best, "second: on 2 held-out prompts: ") {
		t.Errorf("evaluate says %q", best)
	}
	mustProximal(t, "plot", "first", "second", "--metric", "eval/reward_mean", "--out", "both.png")
	mustProximal(t, "plot", "second", "--out", "curve.svg")
	if curve, err := os.ReadFile("curve.svg"); err != nil || !bytes.Contains(curve, []byte("text/reward_mean")) || !bytes.Contains(curve, []byte("updates")) {
		t.Errorf("the learning curve is not of rewards over updates: %v", err)
	}
	if out := mustProximal(t, "generate", "second", "--prompt", "12+34="); !strings.HasPrefix(out, "12+34=") {
		t.Errorf("generate says %q", out)
	}
}

// TestCompareAndListLanguageRuns: runs whose starts differ only in their seeds are
// one group.
func TestCompareAndListLanguageRuns(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, seed := range []string{"1", "2"} {
		imitate(t, "runs/start-"+seed, "--seed", seed)
		mustProximal(t, append([]string{"align", "grpo", "add", "--from", "runs/start-" + seed, "--run", "runs/then-" + seed, "--seed", seed, "--quiet"}, reinforce...)...)
	}
	out := mustProximal(t, "compare", "runs/start-1", "runs/start-2", "runs/then-1", "runs/then-2", "--json")
	var got comparison
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Tasks) != 1 || got.Tasks[0].Env != "add" || got.Tasks[0].Steps != 3 || len(got.Tasks[0].Groups) != 2 ||
		len(got.Tasks[0].Groups[1].Runs) != 2 || got.Tasks[0].Threshold != nil {
		t.Fatalf("compare: %s", out)
	}
	if set := got.Tasks[0].Groups[1].Settings; !strings.Contains(out, `{"key":"model.start","value":"\"runs/start-*\""}`) {
		t.Errorf("what differs: %v", set)
	}
	out = mustProximal(t, "runs")
	for _, want := range []string{"runs/start-2  add   sft     2     3      reward 0.000, right 0.0 %", "runs/then-1   add   grpo    1     3      reward 0.000, right 0.0 %"} {
		if !strings.Contains(out, want) {
			t.Errorf("runs does not list %q:\n%s", want, out)
		}
	}
}

func TestRunsListsWhatIsThere(t *testing.T) {
	t.Chdir(t.TempDir())
	finished(t, "runs/pole", "CartPole-v1", 7, 100, 120)
	finished(t, "runs/sweep/pole/killed", "CartPole-v1", 2, 100, 120)
	write(t, "runs/sweep/notes.txt", "mine")
	write(t, "runs/alien/config.toml", "[run]\nalgorithm = \"dqn\"\n")
	if err := os.Remove("runs/sweep/pole/killed/summary.json"); err != nil {
		t.Fatal(err)
	}
	o := proximal(t, "", "runs", "--json")
	want := `[{"run":"runs/pole","task":"CartPole-v1","method":"ppo","seed":7,"steps":100000,"state":"finished","return_mean":120,"reward_mean":null,"accuracy_sampled":null,"pair_accuracy":null},` +
		`{"run":"runs/sweep/pole/killed","task":"CartPole-v1","method":"ppo","seed":2,"steps":100000,"state":"unfinished","return_mean":null,"reward_mean":null,"accuracy_sampled":null,"pair_accuracy":null}]` + "\n"
	if o.code != exitDone || o.out != want || !strings.Contains(o.errs, "note: runs/alien/config.toml") || !strings.Contains(o.errs, "dqn") {
		t.Errorf("exit code %d\n%s%s", o.code, o.out, o.errs)
	}
	if out := mustProximal(t, "runs", "runs/pole"); !strings.Contains(out, "runs/pole  CartPole-v1  ppo     7     100,000  return 120.0\n") {
		t.Errorf("runs says\n%s", out)
	}
	if o := proximal(t, "", "runs", "nowhere"); o.code != exitUnusable || !strings.Contains(o.errs, "there is no folder nowhere") {
		t.Errorf("exit code %d, %s", o.code, o.errs)
	}
}

func TestALanguageConfigReproducesItsRun(t *testing.T) {
	t.Chdir(t.TempDir())
	imitate(t, "first", "--set", "task.digits=1", "--model", "nano")
	mustProximal(t, "align", "--config", "first/config.toml", "--run", "second", "--quiet", "--threads", "1")
	for _, file := range []string{"config.toml", "checkpoints/last/model.safetensors", "checkpoints/last/tokenizer.json"} {
		a, errA := os.ReadFile(filepath.Join("first", file))
		b, errB := os.ReadFile(filepath.Join("second", file))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs (%v, %v)", file, errA, errB)
		}
	}
}

func TestInterruptedAlignment(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	code := run(ctx, append([]string{"align", "sft", "add", "--run", "run"}, brisk...), strings.NewReader(""), &out, &errs)
	if code != exitInterrupted || !strings.Contains(errs.String(), "interrupted after 0 of 3 steps") || !strings.Contains(errs.String(), "proximal align --config run/config.toml --from run\n") {
		t.Errorf("exit code %d\n%s", code, errs.String())
	}
	if !exists("run/checkpoints/last/model.safetensors") {
		t.Error("nothing was saved")
	}
}

// TestRunsThatEndedEarly: they say so, and how to go on; what they say can be done.
func TestRunsThatEndedEarly(t *testing.T) {
	t.Chdir(t.TempDir())
	imitate(t, "start")
	ctx, cancel := context.WithCancel(context.Background())
	var out, errs bytes.Buffer
	done := make(chan int)
	go func() {
		done <- run(ctx, append([]string{"align", "grpo", "add", "--from", "start", "--run", "cut", "--quiet"}, append(reinforce, "--steps", "100000")...), strings.NewReader(""), &out, &errs)
	}()
	for !exists("cut/checkpoints/last/model.safetensors") {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if code := <-done; code != exitInterrupted {
		t.Fatalf("exit code %d\n%s", code, errs.String())
	}
	if out := mustProximal(t, "runs", "cut"); !strings.Contains(out, "interrupted after ") {
		t.Errorf("runs says\n%s", out)
	}
	_, command, found := strings.Cut(errs.String(), "\n  proximal ")
	if !found || !strings.Contains(command, "--from cut") || !strings.Contains(command, "--reference start") || !strings.Contains(command, " --steps ") {
		t.Fatalf("it says\n%s", errs.String())
	}
	mustProximal(t, append(strings.Fields(command), "--run", "on", "--steps", "1", "--quiet")...)
	s, err := align.ReadSettings("on/config.toml")
	if err != nil || s.Model.Start != "cut" || s.Model.Reference != "start" || s.Evaluation.Samples != 4 {
		t.Errorf("%v: %+v", err, s)
	}
}

// TestRewardModelsAreNotComparedWithOthers: one is measured by pairs, the others by what
// they write.
func TestRewardModelsAreNotComparedWithOthers(t *testing.T) {
	t.Chdir(t.TempDir())
	few := append([]string{"preference", "--quiet", "--model", "nano"}, brisk...)
	mustProximal(t, append([]string{"align", "sft", "--run", "sft"}, few...)...)
	mustProximal(t, append([]string{"align", "reward", "--run", "judge", "--set", "reward.pairs=64"}, few...)...)
	out := mustProximal(t, "compare", "sft", "judge")
	if !strings.Contains(out, "preference, 3 steps\n") || !strings.Contains(out, "preference, share of pairs rated right, 3 steps\n") || strings.Contains(out, "A − B") {
		t.Errorf("compare says\n%s", out)
	}
	if out := mustProximal(t, "runs", "judge"); !strings.Contains(out, "pairs right ") {
		t.Errorf("runs says\n%s", out)
	}
	var rated score
	if err := json.Unmarshal([]byte(mustProximal(t, "score", "judge", "--text", "abcd", "--json")), &rated); err != nil || rated.Rating == nil || rated.Perplexity == nil {
		t.Errorf("%v: score %+v", err, rated)
	}
	if o := proximal(t, "", "generate", "judge", "--prompt", "abcd"); o.code != exitDone || !strings.Contains(o.errs, "rates texts") {
		t.Errorf("generate: exit code %d, %s", o.code, o.errs)
	}
}

// TestAlignmentMistakes: one line that says what is wrong, and nothing is written.
func TestAlignmentMistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	imitate(t, "run")
	writeLanguage(t, "model", "preference")
	write(t, "used/notes.txt", "mine")
	finished(t, "control", "CartPole-v1", 1, 100, 120)
	broken := writeLanguage(t, "broken", "add")
	broken.Parameters[7] = float32(math.NaN())
	if err := broken.Save("broken"); err != nil {
		t.Fatal(err)
	}
	settings, err := os.ReadFile("run/config.toml")
	if err != nil {
		t.Fatal(err)
	}
	write(t, "started/config.toml", string(settings))
	write(t, "bad.toml", "[run]\nmethod = \"sft\"\n[task]\nname = \"add\"\n[sft]\nbach = 3\n")
	write(t, "other.toml", "[run]\nmethod = \"grpo\"\n[task]\nname = \"sort\"\n")
	before, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args string
		code int
		want []string
	}{
		{"align", 2, []string{"which method?", "sft", "grpo"}},
		{"align sft", 2, []string{"which task?", "proximal tasks"}},
		{"align sftt add", 2, []string{`unknown method "sftt"`, "did you mean sft?"}},
		{"align sft ad", 2, []string{`unknown task "ad"`, "did you mean add?"}},
		{"align sft add sort", 2, []string{"at most 2 arg"}},
		{"align sft add --threads 0", 2, []string{"--threads 0", "at least 1"}},
		{"align sft add --steps 0", 2, []string{"run.steps = 0: must be at least 1"}},
		{"align sft add --set sft.bach=3", 2, []string{"sft.bach: unknown key", "did you mean sft.batch?"}},
		{"align sft add --set task.digits=0", 2, []string{"task.digits = 0"}},
		{"align sft add --set task.name=sort", 2, []string{"--set cannot change the task"}},
		{"align sft add --config bad.toml", 2, []string{"bad.toml:6", "sft.bach"}},
		{"align sft --config other.toml", 2, []string{"the method is sft on the command line but grpo in other.toml"}},
		{"align grpo add --config other.toml", 2, []string{"the task is add on the command line but sort in other.toml"}},
		{"align sft add --config none.toml", 2, []string{"--config", "none.toml"}},
		{"align sft add --model micra", 2, []string{`unknown model "micra"`, "did you mean micro?", "no such folder"}},
		{"align sft add --model nano --from run", 2, []string{"--model and --from"}},
		{"align sft add --from nowhere/run", 2, []string{"model to start from: there is no folder nowhere/run"}},
		{"align sft add --from control", 2, []string{"control has no language model"}},
		{"align sft add --run used", 2, []string{"used is not empty"}},
		{"align grpo add --from run --reference model", 2, []string{"the reference has 9 tokens in its vocabulary, the model has 14"}},
		{"align grpo add --from run --reward run", 2, []string{"the reward model has no scalar head"}},
		{"align sft add --preset roll", 2, []string{"--preset roll: is for ppo, not for sft"}},
		{"align ppo add --preset rol", 2, []string{`unknown preset "rol"; did you mean roll?`}},
		{"align grpo add --from run --set grpo.group=1", 2, []string{"grpo.group = 1: must be at least 2"}},
		{"align sft add --reward run", 2, []string{"reward model: sft draws no completions that it could rate; grpo and ppo do"}},
		{"align sft sort --from run", 2, []string{`prompt "`, `character ">" has no token`}},
		{"align sft add --from run --set task.digits=8", 2, []string{`prompt "`, "context"}},
		{"align grpo add --from run --set grpo.shape.overlong_buffer=9", 2, []string{"grpo.shape.overlong_buffer = 9: must be at most 4"}},
		{"align sft add --set generate.top_k=3", 2, []string{"section generate: sft reads max_tokens of it alone"}},
		{"align dpo add --from run", 2, []string{"task add prefers no completion to another"}},
		{"align grpo add --from broken", 2, []string{"the model in broken is broken", "NaN"}},
		{"align grpo add --from started", 2, []string{"started has no language model", "no model has been saved yet"}},
		{"generate run --stream --json", 2, []string{"--stream: not together with --json or --logprobs"}},
		{"evaluate run --set task.digits=8", 2, []string{`prompt "`, "context"}},
		{"evaluate run --checkpoint broken", 1, []string{"the model in broken is broken"}},
		{"evaluate run --episodes 3", 2, []string{"--episodes is about policies"}},
		{"evaluate control --prompts 3", 2, []string{"--prompts is about language models"}},
		{"evaluate run --prompts 0", 2, []string{"--prompts 0", "at least 1"}},
		{"evaluate run --checkpoint bets", 2, []string{`unknown checkpoint "bets"`, "did you mean best?"}},
		{"evaluate run --set sft.batch=3", 2, []string{"--set sft.batch=3: only options of the task"}},
		{"render run", 2, []string{"run is a run of align"}},
		{"presets add --algo trpo", 2, []string{"no preset for add with trpo; there are: "}},
	} {
		o := proximal(t, "", strings.Fields(test.args)...)
		if o.code != test.code || !strings.HasPrefix(o.errs, "proximal: ") {
			t.Errorf("proximal %s: exit code %d, want %d\n%s", test.args, o.code, test.code, o.errs)
		}
		for _, want := range test.want {
			if !strings.Contains(o.errs, want) {
				t.Errorf("proximal %s: the error does not say %q:\n%s", test.args, want, o.errs)
			}
		}
	}
	after, err := os.ReadDir(".")
	if err != nil || len(after) > len(before) {
		t.Errorf("mistakes left something behind: %v", after)
	}
}

func TestAlignmentPresets(t *testing.T) {
	t.Chdir(t.TempDir())
	if out := mustProximal(t, "presets", "add", "--algo", "sft"); !strings.Contains(out, "\nmethod = \"sft\"\n") || !strings.Contains(out, "\nname = \"add\"\n") {
		t.Errorf("presets add --algo sft: %s", out)
	}
	imitate(t, "run")
	mustProximal(t, append([]string{"align", "ppo", "add", "--from", "run", "--preset", "roll", "--run", "as-roll", "--quiet",
		"--set", "ppo.prompts=4"}, brisk...)...)
	if s, err := readRunSettings("as-roll"); err != nil || !strings.Contains(s.text, "top_k = 50\n") || !strings.Contains(s.text, "normalizer = \"sequence-mean\"\n") {
		t.Errorf("the settings are not ROLL's: %v", err)
	}
	var rows []presetRow
	if err := json.Unmarshal([]byte(mustProximal(t, "presets", "--json")), &rows); err != nil {
		t.Fatal(err)
	}
	kinds := [3]int{}
	for _, r := range rows {
		switch {
		case r.Env != "" && r.Task == "":
			kinds[0]++
		case r.Task != "" && r.Env == "":
			kinds[1]++
		case r.Name != "" && r.Env == "" && r.Task == "":
			kinds[2]++
		}
	}
	if slices.Contains(kinds[:], 0) || kinds[0]+kinds[1]+kinds[2] != len(rows) {
		t.Errorf("%v of %d presets are of environments, of text tasks, for any task", kinds, len(rows))
	}
	if out := mustProximal(t, "presets"); !strings.Contains(out, "any task: --preset roll") || !strings.Contains(out, "BipedalWalker-v3 --preset smooth") {
		t.Errorf("presets: %s", out)
	}
}
