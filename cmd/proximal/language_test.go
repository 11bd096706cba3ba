package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/lm/token"
	"github.com/proximal-rl/proximal/seed"
)

// writeLanguage writes a fresh nano model for a task into a folder, and returns
// it.
func writeLanguage(t *testing.T, folder, name string) *lm.Model {
	t.Helper()
	made, err := task.Make(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	spec := made.Spec()
	shape, err := lm.Sized("nano", spec.Tokenizer.Size(), spec.MaxPrompt+spec.MaxCompletion)
	if err != nil {
		t.Fatal(err)
	}
	shape.Begin = int(spec.Tokenizer.Begin())
	if end := spec.Tokenizer.End(); end != token.None {
		shape.End = []int{int(end)}
	}
	shape.InitSpread = 0.5 // far from uniform
	model, err := lm.New(shape)
	if err != nil {
		t.Fatal(err)
	}
	model.Initialize(seed.New(1))
	if err := model.Save(folder); err != nil {
		t.Fatal(err)
	}
	if err := spec.Tokenizer.Save(folder); err != nil {
		t.Fatal(err)
	}
	return model
}

// likely are the log-probabilities that a pass gives to all tokens but the first.
func likely(t *testing.T, m *lm.Model, tokens []int32) []float32 {
	t.Helper()
	pool := parallel.New(1)
	defer pool.Close()
	var batch lm.Batch
	batch.Append(tokens, 1)
	pass := lm.NewPass(m, pool)
	pass.Evaluate(&batch)
	return pass.LogProb
}

func TestScoreIsWhatAPassComputes(t *testing.T) {
	t.Chdir(t.TempDir())
	model := writeLanguage(t, "model", "add")
	begin := int32(model.Config.Begin)
	tokens := []int32{begin, 1, 2, 10, 3, 4, 11, 4, 6}
	want := likely(t, model, tokens)
	sum := 0.0
	for _, l := range want {
		sum -= float64(l)
	}
	for _, args := range [][]string{
		{"--text", "12+34=46"},
		{"--tokens", fmt.Sprintf("%d,1,2,10,3,4,11,4,6", begin), "--threads", "1"},
	} {
		out := mustProximal(t, append([]string{"score", "model", "--json"}, args...)...)
		keys(t, out, "tokens", "logprobs", "perplexity")
		var got score
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Tokens, tokens) || len(got.LogProbs) != len(tokens) || got.LogProbs[0] != nil {
			t.Fatalf("%v: %s", args, out)
		}
		for i, l := range want {
			if *got.LogProbs[i+1] != l {
				t.Errorf("%v: token %d has log-probability %v, want %v", args, i+1, *got.LogProbs[i+1], l)
			}
		}
		perplexity := math.Exp(sum / float64(len(want)))
		if math.Abs(*got.Perplexity-perplexity) > 1e-12*perplexity {
			t.Errorf("%v: perplexity %v, want %v", args, *got.Perplexity, perplexity)
		}
	}
}

// TestTokensNeedNoTokenizer, and one token has nothing to be likely after.
func TestTokensNeedNoTokenizer(t *testing.T) {
	t.Chdir(t.TempDir())
	writeLanguage(t, "model", "add")
	for _, file := range []string{"tokenizer.json", "tokenizer_config.json"} {
		if err := os.Remove(filepath.Join("model", file)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := mustProximal(t, "score", "model", "--tokens", "5", "--json"), `{"tokens":[5],"logprobs":[null],"perplexity":null}`+"\n"; got != want {
		t.Errorf("one token: %s", got)
	}
	if got, want := mustProximal(t, "score", "model", "--tokens", "5"), "  token  log-probability\n      5                –\n"; got != want {
		t.Errorf("one token: %q", got)
	}
	if got := mustProximal(t, "score", "model", "--tokens", "5,6,7"); strings.Count(got, "\n") != 6 || !strings.Contains(got, "over 2 tokens") {
		t.Errorf("three tokens: %s", got)
	}
	o := proximal(t, "", "score", "model", "--text", "1")
	if o.code != exitFailed || !strings.Contains(o.errs, "tokenizer.json") {
		t.Errorf("text without a tokenizer: exit code %d, %s", o.code, o.errs)
	}
}

func TestGenerate(t *testing.T) {
	t.Chdir(t.TempDir())
	model := writeLanguage(t, "model", "add")
	ask := []string{"generate", "model", "--prompt", "12+34=", "--prompt", "99+1", "--n", "3", "--json"}
	out := mustProximal(t, ask...)
	var got []completion
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 6 || got[2].Prompt != "12+34=" || got[3].Prompt != "99+1" {
		t.Fatalf("completions %s", out)
	}
	prompt := []int32{int32(model.Config.Begin), 1, 2, 10, 3, 4, 11}
	for _, c := range got[:3] {
		tokens := append(slices.Clone(prompt), c.Tokens...)
		if want := likely(t, model, tokens)[len(prompt)-1:]; !slices.Equal(want, c.LogProbs) {
			t.Errorf("%v has log-probabilities %v, want %v", c.Tokens, c.LogProbs, want)
		}
		if ended := slices.Contains(c.Tokens, int32(model.Config.End[0])); ended != c.Stopped {
			t.Errorf("%v: stopped %v", c.Tokens, c.Stopped)
		}
	}
	if again := mustProximal(t, append(ask, "--threads", "1")...); again != out {
		t.Errorf("one seed gives %s and %s", out, again)
	}
	if other := mustProximal(t, append(ask, "--seed", "2")...); other == out {
		t.Error("another seed gives the same completions")
	}
}

func TestGenerateTellsAPerson(t *testing.T) {
	t.Chdir(t.TempDir())
	writeLanguage(t, "model", "add")
	ask := []string{"generate", "model", "--prompt", "12+34=", "--max-tokens", "2", "--greedy"}
	var got []completion
	if err := json.Unmarshal([]byte(mustProximal(t, append(ask, "--json")...)), &got); err != nil {
		t.Fatal(err)
	}
	line := "12+34=" + got[0].Text
	if !got[0].Stopped {
		line += "…"
	}
	if out := mustProximal(t, ask...); out != line+"\n" {
		t.Errorf("it says %q, want %q", out, line)
	}
	if out := mustProximal(t, append(ask, "--logprobs")...); strings.Count(out, "\n") != 2+len(got[0].Tokens) ||
		!strings.Contains(out, fmt.Sprintf("%.4f", got[0].LogProbs[0])) {
		t.Errorf("with log-probabilities it says %s", out)
	}
	// A completion of the most likely token is the same however it is drawn.
	for _, sampling := range [][]string{{"--top-k", "1"}, {"--top-p", "1e-9"}, {"--min-p", "1"}, {"--temperature", "1e-3"}} {
		args := append([]string{"generate", "model", "--prompt", "12+34=", "--max-tokens", "2"}, sampling...)
		if out := mustProximal(t, args...); out != line+"\n" {
			t.Errorf("%v gives %q, want %q", sampling, out, line)
		}
	}
}

// TestTheModelOfARunIsItsLast: a run folder stands for its last checkpoint.
func TestTheModelOfARunIsItsLast(t *testing.T) {
	t.Chdir(t.TempDir())
	writeLanguage(t, "run/checkpoints/last", "add")
	write(t, "run/config.toml", "[run]\n")
	for _, ask := range [][]string{{"generate", "--prompt", "1"}, {"score", "--text", "1"}} {
		run := mustProximal(t, append(ask, "run")...)
		if folder := mustProximal(t, append(ask, "run/checkpoints/last")...); run != folder || run == "" {
			t.Errorf("%s gives %q of the run and %q of its model", ask[0], run, folder)
		}
	}
}

func TestLanguageMistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	model := writeLanguage(t, "model", "add")
	write(t, "empty/notes.txt", "mine")
	write(t, "control/config.toml", "[run]\n")
	write(t, "control/checkpoints/last.safetensors", "")
	writeLanguage(t, "cut", "add")
	damage(t, "cut/model.safetensors", func(data []byte) []byte { return data[:len(data)-8] })
	writeLanguage(t, "stranger", "add")
	damage(t, "stranger/config.json", func(data []byte) []byte {
		return []byte(strings.Replace(string(data), "LlamaForCausalLM", "MambaForCausalLM", 1))
	})
	writeLanguage(t, "mixed", "bandit")
	damage(t, "mixed/tokenizer.json", func([]byte) []byte { return nil })
	other, err := task.Make("preference", map[string]any{"letters": "abcdefghijklmnopqrstuvwxyz"})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Spec().Tokenizer.Save("mixed"); err != nil {
		t.Fatal(err)
	}
	writeLanguage(t, "broken", "add")
	for i := range model.Parameters {
		model.Parameters[i] = float32(math.NaN())
	}
	if err := model.Save("broken"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args string
		code int
		want []string
	}{
		{"generate", 2, []string{"accepts 1 arg"}},
		{"generate nowhere", 2, []string{"there is no folder nowhere"}},
		{"generate empty", 2, []string{"empty is neither a run folder nor a language model's", "config.toml", "config.json"}},
		{"generate control", 2, []string{"control has no language model", "checkpoints/last/config.json"}},
		{"generate cut", 1, []string{"cut/model.safetensors"}},
		{"generate stranger", 1, []string{"stranger/config.json", "MambaForCausalLM"}},
		{"generate mixed", 1, []string{"the tokenizer in mixed has 27 tokens", "config.json a vocabulary of 13"}},
		{"generate broken", 1, []string{"NaN", "model in broken"}},
		{"generate model --n 0", 2, []string{"--n 0", "at least 1"}},
		{"generate model --threads 0", 2, []string{"--threads 0", "at least 1"}},
		{"generate model --temperature 0", 2, []string{"temperature = 0: must be above 0"}},
		{"generate model --top-p 1.5", 2, []string{"top_p = 1.5"}},
		{"generate model --prompt 1+x", 2, []string{`prompt "1+x"`, `character "x" has no token`}},
		{"generate model --prompt 111111111111", 2, []string{`prompt "111111111111": has 13 tokens, must be at most 11`}},
		{"score model", 2, []string{"--text or --tokens"}},
		{"score model --text 1 --tokens 1", 2, []string{"--text or --tokens", "one of them"}},
		{"score model --tokens 1,x", 2, []string{"--tokens", "x"}},
		{"score model --tokens 1,14", 2, []string{"token 14, number 2 of them: must be 0 to 13"}},
		{"score model --tokens 1,-1", 2, []string{"token -1, number 2 of them"}},
		{"score model --tokens 1,1,1,1,1,1,1,1,1,1,1,1,1", 2, []string{"13 tokens: must be at most 12"}},
		{"score model --text 1 --threads 0", 2, []string{"--threads 0"}},
		{"score broken --tokens 1,2", 1, []string{"token 2 has log-probability NaN", "broken"}},
		{"tasks ad", 2, []string{`unknown task "ad"; did you mean add?`}},
		{"tasks add --set task.digit=3", 2, []string{"task.digit: unknown key; did you mean task.digits?"}},
		{"tasks add --set task.digits=0", 2, []string{"task.digits = 0"}},
		{"tasks --set task.digits=3", 2, []string{"--set task.digits=3: of which task?"}},
	} {
		o := proximal(t, "", strings.Fields(test.args)...)
		if o.code != test.code || !strings.HasPrefix(o.errs, "proximal: ") || o.out != "" {
			t.Errorf("proximal %s: exit code %d, want %d\n%s%s", test.args, o.code, test.code, o.out, o.errs)
		}
		for _, want := range test.want {
			if !strings.Contains(o.errs, want) {
				t.Errorf("proximal %s: the error does not say %q:\n%s", test.args, want, o.errs)
			}
		}
	}
}

// damage changes the bytes of a file.
func damage(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(data), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestTasks(t *testing.T) {
	var all []textTask
	if err := json.Unmarshal([]byte(mustProximal(t, "tasks", "--json")), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != len(task.List()) {
		t.Errorf("%d tasks, want %d", len(all), len(task.List()))
	}
	for _, d := range all {
		if out := mustProximal(t, "tasks", d.Task); !strings.HasPrefix(out, d.Task+"  "+d.Summary+"\n") || !strings.Contains(out, "demonstration") {
			t.Errorf("tasks %s: %s", d.Task, out)
		}
		for _, e := range d.Examples {
			if e.Reward < d.RewardWorst || e.Reward > d.RewardBest {
				t.Errorf("%s rewards %v", d.Task, e)
			}
		}
		if len(d.Examples) == 0 || len(d.Options) == 0 {
			t.Errorf("%s: %+v", d.Task, d)
		}
	}
	var add textTask
	out := mustProximal(t, "tasks", "add", "--set", "task.digits=3", "--json")
	keys(t, out, "task", "summary", "reward_worst", "reward_best", "bayes_accuracy", "max_prompt", "max_completion",
		"held_out", "options", "examples")
	if err := json.Unmarshal([]byte(out), &add); err != nil {
		t.Fatal(err)
	}
	if add.MaxPrompt != 9 || add.BayesAccuracy != nil || len(add.Examples) != shownExamples || add.Examples[0].Reward != 1 || len(add.Examples[0].Prompt) != 8 {
		t.Errorf("three digits: %s", out)
	}
	if out := mustProximal(t, "tasks"); !strings.Contains(out, "  --set task.digits=2  Number of digits of each summand.\n") {
		t.Errorf("tasks: %s", out)
	}
	if out := mustProximal(t, "__complete", "tasks", "co"); !strings.Contains(out, "countdown") {
		t.Errorf("completion of tasks: %s", out)
	}
}
