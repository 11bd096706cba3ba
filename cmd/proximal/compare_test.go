package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// finished makes the folder of a run of a preset with changed settings, whose
// learning curve rises evenly to level over ten rollouts of 25 episodes.
func finished(t *testing.T, dir, preset string, seed int, level, final float64, changes ...string) {
	t.Helper()
	settings := strings.Replace(mustProximal(t, "presets", preset), "seed = 1\n", fmt.Sprintf("seed = %d\n", seed), 1)
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(settings, changes[i]) {
			t.Fatalf("the preset has no %q", changes[i])
		}
		settings = strings.Replace(settings, changes[i], changes[i+1], 1)
	}
	write(t, dir+"/config.toml", settings)
	write(t, dir+"/summary.json", fmt.Sprintf(`{"run":%q,"return_mean":%v}`, dir, final))
	var metrics strings.Builder
	for i := range 11 {
		fmt.Fprintf(&metrics, `{"step":%d,"rollout/episodes":25,"rollout/return_mean":%v}`+"\n", 1000*i, level*float64(i)/10)
	}
	write(t, dir+"/metrics.jsonl", metrics.String())
}

// narrowClip changes one setting of the preset for CartPole-v1.
var narrowClip = []string{`clip = "linear(0.2, 0)"`, "clip = 0.05"}

// twoSettings makes runs of CartPole-v1 in two settings.
func twoSettings(t *testing.T) (dirs []string) {
	t.Helper()
	for seed, final := range []float64{500, 500, 490, 500, 480} {
		dir := fmt.Sprintf("wide-%d", seed)
		finished(t, dir, "CartPole-v1", seed, 500, final)
		dirs = append(dirs, dir)
	}
	for seed, final := range []float64{300, 350, 400, 320} {
		dir := fmt.Sprintf("narrow-%d", seed)
		finished(t, dir, "CartPole-v1", seed, 400+100*float64(seed/3), final, narrowClip...)
		dirs = append(dirs, dir)
	}
	return dirs
}

func TestCompareTwoSettings(t *testing.T) {
	t.Chdir(t.TempDir())
	o := proximal(t, "", append([]string{"compare"}, twoSettings(t)...)...)
	want := `CartPole-v1, 10,000 steps

     runs   mean    IQM  95 % interval   area  steps to 475             curve
  A     5  494.0  496.7  483.3 … 500.0  250.0  10,000 (5/5)  ▁▁▂▂▃▃▄▄▅▅▆▆▇▇██
  B     4  342.5  335.0  300.0 … 400.0  200.0       – (1/4)  ▁▁▁▂▂▃▃▄▄▅▅▅▆▆▇▇

  A  wide-0 and 4 other seeds: ppo.clip = "linear(0.2, 0)"
  B  narrow-0 and 3 other seeds: ppo.clip = 0.05

  A − B  IQM +161.7, 95 % interval +96.7 … +196.7: A is higher
`
	if o.code != exitDone || o.out != want {
		t.Errorf("exit code %d, and the table is\n%s\nwant\n%s", o.code, o.out, want)
	}
	if want := "note: fewer than 5 runs in 1 group: intervals from so few are too narrow\n"; o.errs != want {
		t.Errorf("it says %q, want %q", o.errs, want)
	}
}

func TestCompareAsJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	dirs := twoSettings(t)
	text := mustProximal(t, append([]string{"compare", "--json", "--threshold", "380"}, dirs...)...)
	keys(t, text, "level", "resamples", "tasks")
	var got comparison
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Tasks) != 1 || len(got.Tasks[0].Groups) != 2 || got.Level != 0.95 {
		t.Fatalf("read %+v", got)
	}
	task := got.Tasks[0]
	wide, narrow := task.Groups[0], task.Groups[1]
	if *task.Threshold != 380 || *wide.StepsToThreshold != 8000 || *narrow.StepsToThreshold != 10_000 || *narrow.Reached != 4 {
		t.Errorf("threshold %v: %+v and %+v", *task.Threshold, wide, narrow)
	}
	if !slices.Equal(slices.Concat(wide.Runs, narrow.Runs), dirs) || !slices.Equal(narrow.Seeds, []uint64{0, 1, 2, 3}) {
		t.Errorf("runs %v %v, seeds %v", wide.Runs, narrow.Runs, narrow.Seeds)
	}
	if want := []setting{{"ppo.clip", "0.05"}}; !slices.Equal(narrow.Settings, want) {
		t.Errorf("settings %v, want %v", narrow.Settings, want)
	}
	if d := task.Difference; d.ReturnIQM != wide.ReturnIQM-narrow.ReturnIQM || d.Low > d.ReturnIQM || d.High < d.ReturnIQM {
		t.Errorf("difference %+v", d)
	}
}

// TestCompareSeveralTasks: each task has its table, and one without a threshold
// has no column for it; a single run has no interval.
func TestCompareSeveralTasks(t *testing.T) {
	t.Chdir(t.TempDir())
	finished(t, "pole", "CartPole-v1", 1, 100, 120)
	finished(t, "swing", "Pendulum-v1", 1, -150, -0.5, "environments = 4", "environments = 2")
	finished(t, "again", "Pendulum-v1", 1, -150, -0.5, "environments = 4", "environments = 2")
	finished(t, "other", "Pendulum-v1", 2, -150, -0.25, "steps = 100000", "steps = 5000", "epochs = 10", "epochs = 1",
		"gamma = 0.9", "gamma = 0.8", "minibatch = 64", "minibatch = 32", "environments = 4", "environments = 2")
	o := proximal(t, "", "compare", "pole", "swing", "again", "other")
	want := `CartPole-v1, 10,000 steps

     runs   mean    IQM  95 % interval  area  steps to 475             curve
  A     1  120.0  120.0              –  50.0       – (0/1)  ▁▁▂▂▃▃▄▄▅▅▆▆▇▇██

  A  pole

Pendulum-v1, 10,000 steps

     runs  mean   IQM  95 % interval   area             curve
  A     2  -0.5  -0.5    -0.5 … -0.5  -75.0  ██▇▇▆▆▅▅▄▄▃▃▂▂▁▁
  B     1  -0.2  -0.2              –  -75.0  ██▇▇▆▆▅▅▄▄▃▃▂▂▁▁

  A  swing and 1 other seed: run.steps = 100000, rollout.gamma = 0.9, ppo.epochs = 10 and 1 more setting
  B  other: run.steps = 5000, rollout.gamma = 0.8, ppo.epochs = 1 and 1 more setting

  A − B  IQM -0.2, 95 % interval -0.2 … -0.2: a single run shows nothing
`
	if o.code != exitDone || o.out != want {
		t.Errorf("exit code %d, and the table is\n%s\nwant\n%s", o.code, o.out, want)
	}
	if want := "swing and again have the same settings and seed 1"; !strings.Contains(o.errs, want) {
		t.Errorf("it says %q, not %q", o.errs, want)
	}
}

// TestCompareFoldersOfOneName: groups whose folders have the same name are told apart
// by where these stand.
func TestCompareFoldersOfOneName(t *testing.T) {
	t.Chdir(t.TempDir())
	finished(t, "wide/seed-0", "CartPole-v1", 0, 100, 120)
	finished(t, "narrow/seed-0", "CartPole-v1", 0, 100, 120, `clip = "linear(0.2, 0)"`, "clip = 0.05")
	out := mustProximal(t, "compare", "wide/seed-0", "./narrow/seed-0")
	for _, want := range []string{"A  wide/seed-0: ppo.clip", "B  narrow/seed-0: ppo.clip"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

func TestCompareMistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	finished(t, "good", "CartPole-v1", 1, 100, 120)
	finished(t, "killed", "CartPole-v1", 2, 100, 120)
	if err := os.Remove("killed/summary.json"); err != nil {
		t.Fatal(err)
	}
	finished(t, "interrupted", "CartPole-v1", 3, 100, 120)
	write(t, "interrupted/summary.json", `{"return_mean":null}`)
	write(t, "empty/notes.txt", "mine")
	for _, test := range []struct{ args, want string }{
		{"compare", "at least 1 arg"},
		{"compare good nowhere", "there is no run folder nowhere"},
		{"compare good empty", "empty is no run folder"},
		{"compare good ./good", "good and ./good are the same run"},
		{"compare good killed", "killed has no summary.json: the run has not finished"},
		{"compare good interrupted", "interrupted has no final evaluation"},
		{"compare good --threshold NaN", "--threshold NaN: must be a finite number"},
	} {
		o := proximal(t, "", strings.Fields(test.args)...)
		if o.code != exitUnusable || !strings.HasPrefix(o.errs, "proximal: ") || !strings.Contains(o.errs, test.want) || o.out != "" {
			t.Errorf("proximal %s: exit code %d, %q instead of %q", test.args, o.code, o.errs, test.want)
		}
	}
}

func TestLabels(t *testing.T) {
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 27: "AB", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA"} {
		if got := label(i); got != want {
			t.Errorf("label(%d) = %s, want %s", i, got, want)
		}
	}
}
