package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// fill makes what run.sh makes: two runs of a side on a task, and leftovers.
func fill(t *testing.T, folder, task string, ourReturns, theirReturns []float64) {
	t.Helper()
	for seed, value := range ourReturns {
		dir := filepath.Join(folder, "ours", fmt.Sprintf("%s-%d", task, seed))
		write(t, dir+"/summary.json", fmt.Sprintf(`{"seconds":2,"cpu_seconds":1.5,"return_mean":%v}`, value))
		write(t, dir+"/metrics.jsonl", `{"step":100,"rollout/episodes":30,"rollout/return_mean":0}
{"step":200,"rollout/episodes":30,"rollout/return_mean":500}
`)
	}
	for seed, value := range theirReturns {
		write(t, filepath.Join(folder, "sb3", fmt.Sprintf("%s-%d.json", task, seed)), fmt.Sprintf(
			`{"env":%q,"rollout":100,"seconds":40,"cpu_seconds":30,"return_mean":%v,"curve":[[60,10],[100,20],[200,30]]}`, task, value))
	}
	write(t, filepath.Join(folder, "sb3", task+"-9.json.part"), "half a file")
}

func TestCompare(t *testing.T) {
	folder := t.TempDir()
	fill(t, folder, "CartPole-v1", []float64{500, 480}, []float64{100, 120})
	fill(t, folder, "Pendulum-v1", []float64{-200, -200}, []float64{-150, -150})
	fill(t, folder, "Acrobot-v1", []float64{-80}, nil) // the other side has not run yet
	fill(t, folder, "MountainCar-v0", []float64{-100, -110}, []float64{-120})
	var out bytes.Buffer
	if err := compare(&out, folder); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| CartPole-v1 | proximal | 2 | 490.0 | 490.0 | 480.0 … 500.0 | 125.0 (125.0 … 125.0) | 200 (2 of 2 reached 475) |\n",
		"| CartPole-v1 | Stable-Baselines3 | 2 | 110.0 | 110.0 | 100.0 … 120.0 | 18.8 (18.8 … 18.8) | – (0 of 2 reached 475) |\n",
		"| | difference | | | +380.0 | +360.0 … +400.0 | | better |\n",
		"| Pendulum-v1 | proximal | 2 | -200.0 | -200.0 | -200.0 … -200.0 | 125.0 (125.0 … 125.0) | none defined |\n",
		"| | difference | | | -50.0 | -50.0 … -50.0 | | **worse** |\n",
		"| MountainCar-v0 | Stable-Baselines3 | 1 | -120.0 | -120.0 | – | 18.8 (–) | – (0 of 1 reached -110) |\n",
		"| | difference | | | +15.0 | +10.0 … +20.0 | | a single run shows nothing |\n",
		"| CartPole-v1 | 2.0 s | 1.5 s | 40.0 s | 30.0 s | 20.0 |\n",
		"| CartPole-v1 | proximal | 0: 500.0, 1: 480.0 |\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the tables have no line\n%swith\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "Acrobot") {
		t.Error("a task of one side is compared")
	}
	for _, id := range []string{"CartPole-v1", "Pendulum-v1"} {
		if _, err := os.Stat(filepath.Join(folder, id+".png")); err != nil {
			t.Error(err)
		}
	}
}

func TestFoldersThatCannotBeCompared(t *testing.T) {
	folder := t.TempDir()
	if err := compare(&bytes.Buffer{}, folder); err == nil || !strings.Contains(err.Error(), "read runs") {
		t.Errorf("an empty folder: %v", err)
	}
	fill(t, folder, "CartPole-v1", []float64{1}, nil)
	if err := compare(&bytes.Buffer{}, folder); err == nil || !strings.Contains(err.Error(), "no task that both sides have run") {
		t.Errorf("one side: %v", err)
	}
	write(t, filepath.Join(folder, "sb3", "CartPole-v1-0.json"), `{"env":"CartPole-v1"}`)
	if err := compare(&bytes.Buffer{}, folder); err == nil || !strings.Contains(err.Error(), "not what sb3.py writes") {
		t.Errorf("a foreign file: %v", err)
	}
}

// TestByRollout: an episode counts in the rollout in which it ended, which is
// where our own runs record it.
func TestByRollout(t *testing.T) {
	c, counts := byRollout([][2]float64{{60, 10}, {100, 20}, {101, 7}, {350, 1}, {400, 2}, {400, 6}}, 100)
	if !slices.Equal(c.Steps, []float64{100, 200, 400}) || !slices.Equal(c.Values, []float64{15, 7, 3}) || !slices.Equal(counts, []float64{2, 1, 3}) {
		t.Errorf("got %v with %v episodes", c, counts)
	}
}
