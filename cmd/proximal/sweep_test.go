package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proximal-rl/proximal/study"
)

// asProgram makes the test binary the program: a sweep starts itself again for
// each run.
const asProgram = "PROXIMAL_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Setenv(asProgram, "1")
	os.Exit(m.Run())
}

// tiny is a sweep of two variants and two seeds that takes a second.
var tiny = []string{"sweep", "CartPole-v1", "--set", "ppo.clip=0.1,linear(0.3, 0)", "--seeds", "2", "--steps", "1024",
	"--set", "rollout.steps=32", "--set", "ppo.epochs=1", "--set", "policy.actor=[8]", "--set", "policy.critic=[8]",
	"--set", "eval.final_episodes=3", "--set", "eval.episodes=2", "--out", "out"}

// variants are the folders of tiny.
var variants = []string{"out/CartPole-v1/ppo.clip=0.1", "out/CartPole-v1/ppo.clip=linear-0.3-0"}

func TestSweepTrainsDrawsAndGoesOn(t *testing.T) {
	t.Chdir(t.TempDir())
	o := proximal(t, "", tiny...)
	if o.code != exitDone {
		t.Fatalf("exit code %d\n%s", o.code, o.errs)
	}
	for _, want := range []string{"2 variants, 2 seeds\n", "4 runs; 4,096 steps to train, about ", "folder    out\n", "4/4 runs  CartPole-v1, ppo.clip=",
		"figure    out", "CartPole-v1, 1,024 steps\n", "\n  ppo.clip=linear(0.3, 0)     2       0 "} {
		if !strings.Contains(o.out, want) {
			t.Errorf("it does not say %q:\n%s", want, o.out)
		}
	}
	if !strings.Contains(o.errs, "fewer than 5 runs of 2 variants") {
		t.Errorf("it says %q", o.errs)
	}
	f, err := os.Open("out/sweep.png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if picture, err := png.Decode(f); err != nil || picture.Bounds().Dx() < 600 {
		t.Errorf("the figure: %v", err)
	}

	// Each run is what train would have made of the same settings.
	var s summary
	read(t, variants[0]+"/seed-1/summary.json", &s)
	if filepath.ToSlash(s.Run) != variants[0]+"/seed-1" || s.Seed != 1 || s.Steps != 1024 || s.ReturnMean == nil {
		t.Errorf("summary %+v", s)
	}
	mustProximal(t, "train", "--config", variants[0]+"/seed-1/config.toml", "--run", "alone", "--quiet")
	for _, file := range []string{"config.toml", "checkpoints/last.safetensors"} {
		a, errA := os.ReadFile(filepath.Join(variants[0], "seed-1", file))
		b, errB := os.ReadFile(filepath.Join("alone", file))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s is not what train makes (%v, %v)", file, errA, errB)
		}
	}
	mustProximal(t, "evaluate", variants[1]+"/seed-0", "--episodes", "1")

	// The same command again trains nothing, and finds the same.
	before := modified(t, variants)
	again := proximal(t, "", append(slices.Clone(tiny), "--quiet")...)
	if after := modified(t, variants); !slices.Equal(before, after) {
		t.Error("finished runs were touched")
	}
	if _, table, _ := strings.Cut(o.out, "\n\nCartPole"); again.code != exitDone || again.out != "CartPole"+table {
		t.Errorf("exit code %d, and the table is\n%s\nwas\n%s", again.code, again.out, table)
	}
	// What the sweep has written about itself describes it.
	o = proximal(t, "", "sweep", "--file", "out/sweep.toml", "--out", "out", "--seeds", "3", "--threads", "2")
	if o.code != exitDone || !strings.Contains(o.out, "6 runs, 4 of them finished already; 2,048 steps to train") {
		t.Errorf("one seed more: exit code %d\n%s%s", o.code, o.out, o.errs)
	}
	if left, _ := filepath.Glob("out/*/*/*unfinished*"); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

// read reads a file of JSON.
func read(t *testing.T, path string, v any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// modified lists when the summaries of variants were written.
func modified(t *testing.T, dirs []string) (times []time.Time) {
	t.Helper()
	for _, dir := range dirs {
		for _, seed := range []string{"seed-0", "seed-1"} {
			info, err := os.Stat(filepath.Join(dir, seed, "summary.json"))
			if err != nil {
				t.Fatal(err)
			}
			times = append(times, info.ModTime())
		}
	}
	return times
}

// TestSweepCutShortGoesOn: an interrupted sweep exits with 130, says how to go
// on, and ends its runs; the next one does the rest.
func TestSweepCutShortGoesOn(t *testing.T) {
	t.Chdir(t.TempDir())
	args := append(slices.Clone(tiny), "--jobs", "1", "--steps", "1000000", "--set", "eval.every=0")
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			if under, _ := filepath.Glob("out/CartPole-v1/*/seed-0.unfinished-*/metrics.jsonl"); len(under) > 0 {
				return
			}
		}
	}()
	var out, errs bytes.Buffer
	code := run(ctx, args, strings.NewReader(""), &out, &errs)
	if want := "interrupted: 0 of 4 runs finished. To go on:\n  proximal sweep --file " + filepath.Join("out", "sweep.toml") + " --out out\n"; code != exitInterrupted || errs.String() != want {
		t.Fatalf("exit code %d, %q, want %q", code, errs.String(), want)
	}
	under, _ := filepath.Glob("out/CartPole-v1/*/seed-0.unfinished-*")
	if len(under) != 1 || !exists(filepath.Join(under[0], "checkpoints/last.safetensors")) {
		t.Errorf("the run under way was not saved: %v", under)
	}
	o := proximal(t, "", "sweep", "--file", "out/sweep.toml", "--out", "out", "--steps", "512", "--quiet")
	if o.code != exitDone || exists(under[0]) {
		t.Errorf("going on: exit code %d\n%s", o.code, o.errs)
	}
	write(t, "other.toml", "steps = 256\n")
	o = proximal(t, "", append(slices.Clone(tiny), "--steps", "256")...)
	if o.code != exitUnusable || !strings.Contains(o.errs, "has a run of other settings: ") {
		t.Errorf("other settings in the same folder: exit code %d\n%s", o.code, o.errs)
	}
}

// TestSweepFromAFile: several environments, a run that starts from another and
// one that fails, as JSON and CSV.
func TestSweepFromAFile(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "grid.toml", `
title = "Three"
environments = ["CartPole-v1"]
seeds = 1
steps = 512
set = ["rollout.steps=32", "ppo.epochs=1", "policy.actor=[8]", "policy.critic=[8]", "eval.final_episodes=2", "eval.episodes=2"]

[[variant]]
name = "warm"
set = ["ppo.clip=0.05"]
from = "cold"

[[variant]]
name = "cold"
environments = ["CartPole-v1", "Pendulum-v1"]

[[variant]]
name = "wild"
set = ["optim.learning_rate=1e30", "optim.max_gradient_norm=0"]
`)
	o := proximal(t, "", "sweep", "--file", "grid.toml", "--json")
	if o.code != exitDone {
		t.Fatalf("exit code %d\n%s", o.code, o.errs)
	}
	keys(t, o.out, "title", "level", "resamples", "folder", "environments")
	var r sweepReport
	if err := json.Unmarshal([]byte(o.out), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Environments) != 2 || len(r.Environments[0].Variants) != 3 || len(r.Environments[1].Variants) != 1 || r.Title != "Three" {
		t.Fatalf("read %+v", r)
	}
	warm, wild := r.Environments[0].Variants[0], r.Environments[0].Variants[2]
	if warm.From != "cold" || warm.Failed != 0 || warm.ReturnIQM == nil || *warm.Reached != 0 || r.Environments[1].Variants[0].Reached != nil {
		t.Errorf("warm: %+v", warm)
	}
	if wild.Failed != 1 || len(wild.FailedAfter) != 1 || wild.ReturnIQM != nil || wild.CPUSeconds != nil {
		t.Errorf("wild: %+v", wild)
	}
	if want := "note: CartPole-v1, wild, seed 0 failed after "; !strings.Contains(o.errs, want) || !strings.Contains(o.errs, "4/4 runs") {
		t.Errorf("it says %q, not %q", o.errs, want)
	}
	var origin struct{ Variant, From string }
	if read(t, "runs/grid/CartPole-v1/warm/seed-0/origin.json", &origin); origin.From != "cold" {
		t.Errorf("origin %+v", origin)
	}

	rows, err := csv.NewReader(strings.NewReader(mustProximal(t, "sweep", "--file", "grid.toml", "--csv"))).ReadAll()
	if err != nil || len(rows) != 5 || rows[0][2] != "name" || rows[3][2] != "wild" {
		t.Errorf("as CSV: %v, %v", rows, err)
	}
	out := mustProximal(t, "sweep", "--file", "grid.toml", "--markdown")
	for _, want := range []string{"| variant | runs | failed | mean |", "|---|---:|", "| `wild` | 1 | 1, after 256 | – | – | – | – (0/1) |"} {
		if !strings.Contains(out, want) {
			t.Errorf("the Markdown has no %q:\n%s", want, out)
		}
	}
}

func TestSweepMistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "mine/notes.txt", "mine")
	write(t, "bad.toml", "seed = 3\n[[variant]]\nnaem = \"x\"\n")
	write(t, "elsewhere.toml", "[[variant]]\nname = \"x\"\nenvironments = [\"CartPol\"]\n")
	for _, test := range []struct{ args, want string }{
		{"sweep", "which environment or text task?"},
		{"sweep CartPole", `unknown environment "CartPole"; did you mean CartPole-v1?`},
		{"sweep --file elsewhere.toml", "did you mean CartPole-v1?"},
		{"sweep CartPole-v1 --set ppo.clipp=0.1,0.2", "ppo.clipp: unknown key; did you mean ppo.clip?"},
		{"sweep CartPole-v1 --set ppo.clip=0.1,,0.2", "value 2 of the list is empty"},
		{"sweep CartPole-v1 --set ppo.clip=0.1,1.5", `variant "ppo.clip=1.5" on CartPole-v1`},
		{"sweep CartPole-v1 --set env.gravity=3", "env.gravity: unknown key"},
		{"sweep CartPole-v1 --set run.seed=1,2", "a sweep has settings of its own"},
		{"sweep CartPole-v1 --seeds 0", "seeds = 0: must be in [1, 10000]"},
		{"sweep CartPole-v1 --steps 0", "--steps 0: must be at least 1"},
		{"sweep CartPole-v1 --jobs -1", "--jobs -1: must be at least 1"},
		{"sweep CartPole-v1 --threads 0", "--threads 0: must be at least 1"},
		{"sweep CartPole-v1 --algo pppo", `unknown algorithm "pppo"; did you mean ppo?`},
		{"sweep CartPole-v1 --plot x.pdf", "--plot x.pdf: must end in .png or .svg"},
		{"sweep CartPole-v1 --out mine", "is not empty and no sweep's"},
		{"sweep CartPole-v1 --json --csv", "--json, --csv and --markdown exclude each other"},
		{"sweep --file none.toml", "--file"},
		{"sweep --file bad.toml", "bad.toml:1: seed: unknown key; did you mean seeds"},
		{"sweep --file bad.toml", "naem: unknown key; did you mean name?"},
	} {
		o := proximal(t, "", strings.Fields(test.args)...)
		if o.code != exitUnusable || !strings.HasPrefix(o.errs, "proximal: ") || !strings.Contains(o.errs, test.want) || o.out != "" {
			t.Errorf("proximal %s: exit code %d, %q instead of %q", test.args, o.code, o.errs, test.want)
		}
	}
	entries, err := os.ReadDir(".")
	if err != nil || len(entries) != 3 {
		t.Errorf("mistakes left something behind: %v %v", entries, err)
	}
}

// TestSweepTable: the tables of a sweep that was not trained but written down.
func TestSweepTable(t *testing.T) {
	t.Chdir(t.TempDir())
	s := study.DefaultSweep()
	s.Environments, s.Seeds, s.Set = []string{"CartPole-v1"}, 2, []string{"ppo.clip=0.1,0.2"}
	p, err := s.Plan("out")
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range p.Cells {
		write(t, c.Dir+"/summary.json", `{"return_mean":`+[]string{"500", "400", "100", ""}[i]+`,"seconds":1,"cpu_seconds":2}`)
		write(t, c.Dir+"/metrics.jsonl", `{"step":1000,"rollout/episodes":20,"rollout/return_mean":480,"policy/kl":0.0125,"policy/clip_fraction":0.25,"policy/zero_gradient_fraction":0.125,"policy/zero_gradient_advantage":0.2}
{"step":2000,"rollout/episodes":20,"rollout/return_mean":120,"policy/kl":0.0375,"policy/clip_fraction":0.75,"policy/zero_gradient_fraction":0.375,"policy/zero_gradient_advantage":0.4,"guard/restores":3}
`)
	}
	write(t, p.Cells[3].Dir+"/failure.json", `{"error":"the loss became NaN","steps":2000}`)
	r, err := assess(p, study.DefaultBootstrap())
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := r.write(&text, sweepFormat{}); err != nil {
		t.Fatal(err)
	}
	want := `CartPole-v1, 100,000 steps

  variant       runs          failed   mean    IQM       interval  steps to 475  worst drop  of its range  in the worst run
  ppo.clip=0.1     2               0  300.0  300.0  100.0 … 500.0   1,000 (2/2)       360.0       100.0 %           100.0 %
  ppo.clip=0.2     2  1, after 2,000  400.0  400.0              –   1,000 (2/2)       360.0       100.0 %           100.0 %

  variant          KL  KL 95 %  outside the range  no gradient  of |A|  restores     CPU  CPU/update
  ppo.clip=0.1  0.025   0.0362             50.0 %       25.0 %  30.0 %         3  2.00 s  1000.00 ms
  ppo.clip=0.2  0.025   0.0362             50.0 %       25.0 %  30.0 %         3  2.00 s  1000.00 ms
`
	if text.String() != want {
		t.Errorf("the tables are\n%s\nwant\n%s", text.String(), want)
	}
	if got, want := r.warnings(), []string{
		"CartPole-v1, ppo.clip=0.2, seed 1 failed after 2,000 steps: the loss became NaN",
		"fewer than 5 runs of 2 variants: intervals from so few are too narrow",
	}; !slices.Equal(got, want) {
		t.Errorf("warnings %q, want %q", got, want)
	}
	text.Reset()
	if err := r.write(&text, sweepFormat{csv: true}); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(text.String(), "\n"); len(lines) != 4 || !strings.HasPrefix(lines[2],
		"CartPole-v1,475,ppo.clip=0.2,ppo,ppo.clip=0.2,,100000,out/CartPole-v1/ppo.clip=0.2/seed-0 out/CartPole-v1/ppo.clip=0.2/seed-1,0 1,1,2000,400,400,400,400,1000,2,360,1,360,1,0.025,") {
		t.Errorf("as CSV:\n%s", text.String())
	}
}

func TestSweepCategories(t *testing.T) {
	for _, test := range []struct{ names, want []string }{
		{[]string{"ppo.clip=0.1", "ppo.clip=0.2"}, []string{"0.1", "0.2"}},
		{[]string{"ppo.clip=0.1", "unclipped"}, []string{"0.1", "unclipped"}},
		{[]string{"ppo.clip=0.1", "ppo.epochs=4"}, []string{"1", "2"}},
		{[]string{"ppo.clip=0.1, ppo.epochs=4", "ppo.clip=0.1, ppo.epochs=8"}, []string{"1", "2"}},
	} {
		var e sweepEnvironment
		for _, name := range test.names {
			e.Variants = append(e.Variants, sweepVariant{Name: name})
		}
		if got := e.categories(); !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.names, got, test.want)
		}
	}
}

// TestCommittedSweeps: every file in sweeps can be run as it is.
func TestCommittedSweeps(t *testing.T) {
	files, err := filepath.Glob("../../sweeps/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no sweeps (%v)", err)
	}
	for _, file := range files {
		f := &sweepFlags{file: file, threads: 1, out: filepath.Join(t.TempDir(), "out")}
		if s, err := f.sweeping(newSweep(), nil); err != nil {
			t.Errorf("%s: %v", file, err)
		} else if len(s.plan.Cells) < 2 || s.plan.Sweep.Title == "" {
			t.Errorf("%s: %d runs, %d seeds, title %q", file, len(s.plan.Cells), s.plan.Sweep.Seeds, s.plan.Sweep.Title)
		}
	}
}
