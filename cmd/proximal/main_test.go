package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// outcome is what a user sees of a command.
type outcome struct {
	out, errs string
	code      int
}

// proximal runs the program in a folder of its own.
func proximal(t *testing.T, in string, args ...string) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(context.Background(), args, strings.NewReader(in), &out, &errs)
	return outcome{out.String(), errs.String(), code}
}

func mustProximal(t *testing.T, args ...string) string {
	t.Helper()
	o := proximal(t, "", args...)
	if o.code != exitDone {
		t.Fatalf("proximal %v: exit code %d\n%s", args, o.code, o.errs)
	}
	return o.out
}

// small makes training quick.
var small = []string{"--steps", "512", "--set", "rollout.steps=32", "--set", "ppo.epochs=1",
	"--set", "policy.actor=[8]", "--set", "policy.critic=[8]", "--set", "eval.final_episodes=3", "--set", "eval.episodes=2"}

func TestTrainThenEvaluateThenPlot(t *testing.T) {
	t.Chdir(t.TempDir())
	out := mustProximal(t, append([]string{"train", "CartPole-v1", "--run", "first", "--seed", "4", "--json"}, small...)...)
	keys(t, out, "run", "env", "algo", "seed", "steps", "updates", "seconds", "cpu_seconds", "steps_per_second",
		"return_mean", "return_std", "episodes")
	for _, file := range []string{"config.toml", "metrics.jsonl", "summary.json", "curve.png",
		"checkpoints/last.safetensors", "checkpoints/best.safetensors", "tensorboard/events.out.tfevents.proximal"} {
		if !exists(filepath.Join("first", file)) {
			t.Errorf("the run folder has no %s", file)
		}
	}

	out = mustProximal(t, "evaluate", "first", "--episodes", "4", "--json")
	keys(t, out, "episodes", "return_mean", "return_std", "return_min", "return_max", "length_mean")
	if again := mustProximal(t, "evaluate", "first", "--episodes", "4", "--threads", "3", "--json"); again != out {
		t.Errorf("evaluations of one seed differ: %s and %s", out, again)
	}
	if best := mustProximal(t, "evaluate", "first", "--checkpoint", "best", "--episodes", "1"); !strings.HasPrefix(best, "CartPole-v1: return ") {
		t.Errorf("evaluate says %q", best)
	}

	mustProximal(t, "train", "CartPole-v1", "--run", "second", "--seed", "5", "--quiet", "--from", "first", "--steps", "512",
		"--set", "rollout.steps=32", "--set", "ppo.epochs=1", "--set", "eval.final_episodes=3", "--set", "eval.episodes=2")
	mustProximal(t, "plot", "first", "second", "--out", "both.png")
	f, err := os.Open("both.png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if picture, err := png.Decode(f); err != nil || picture.Bounds().Dx() < 600 {
		t.Errorf("the figure: %v", err)
	}
}

// keys checks that text is one JSON object with exactly these keys, in order.
func keys(t *testing.T, text string, want ...string) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	var got []string
	if _, err := d.Token(); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, key.(string))
		var value any
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("keys %v, want %v", got, want)
	}
}

func TestAConfigFileReproducesItsRun(t *testing.T) {
	t.Chdir(t.TempDir())
	mustProximal(t, append([]string{"train", "Pendulum-v1", "--run", "first", "--set", "env.g=9.5", "--quiet"}, small...)...)
	mustProximal(t, "train", "--config", "first/config.toml", "--run", "second", "--quiet")
	for _, file := range []string{"config.toml", "checkpoints/last.safetensors"} {
		a, errA := os.ReadFile(filepath.Join("first", file))
		b, errB := os.ReadFile(filepath.Join("second", file))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs (%v, %v)", file, errA, errB)
		}
	}
}

func TestRunFoldersAreNumbered(t *testing.T) {
	t.Chdir(t.TempDir())
	for range 2 {
		mustProximal(t, append([]string{"train", "CartPole-v1", "--quiet"}, small...)...)
	}
	for _, dir := range []string{"runs/CartPole-v1-ppo-1", "runs/CartPole-v1-ppo-1-2"} {
		if !exists(dir) {
			t.Errorf("there is no %s", dir)
		}
	}
}

// TestMistakes: one line that says what is wrong and what is right, exit code
// 2, and nothing is written.
func TestMistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "used/notes.txt", "mine")
	write(t, "bad.toml", "[ppo]\nclip = 0.2\nclipp = 0.3\nepochs = \"ten\"\n[rollout]\ngamma = 2\n")
	write(t, "broken.toml", "[ppo\n")
	write(t, "whole.toml", "[run]\nalgorithm = \"ppo\"\n[env]\nid = \"BipedalWalker-v3\"\n")
	write(t, "actions.txt", "0\n1\n7\n")
	for _, test := range []struct {
		args string
		code int
		want []string
	}{
		{"trian CartPole-v1", 2, []string{`unknown command "trian"`, "did you mean train?"}},
		{"train", 2, []string{"which environment?"}},
		{"train CartPole", 2, []string{`unknown environment "CartPole"`, "did you mean CartPole-v1?"}},
		{"train CartPole-v1 Pendulum-v1", 2, []string{"at most 1 arg"}},
		{"train CartPole-v1 --algo pppo", 2, []string{`unknown algorithm "pppo"`, "did you mean ppo?"}},
		{"train CartPole-v1 --stesp 3", 2, []string{"unknown flag: --stesp"}},
		{"train CartPole-v1 --threads 0", 2, []string{"--threads 0", "at least 1"}},
		{"train CartPole-v1 --steps 0", 2, []string{"run.steps = 0: must be at least 1"}},
		{"train CartPole-v1 --set ppo.clipp=0.1", 2, []string{"ppo.clipp: unknown key", "did you mean ppo.clip?"}},
		{"train CartPole-v1 --set ppo.clip=1.4 --set ppo.epochs=0", 2, []string{"ppo.clip", "ppo.epochs = 0: must be in [1, 10000]"}},
		{"train CartPole-v1 --set env.gravity=3", 2, []string{"env.gravity: unknown key"}},
		{"train CartPole-v1 --set env.id=Pendulum-v1", 2, []string{"--set cannot change the environment"}},
		{"train CartPole-v1 --config bad.toml", 2, []string{"bad.toml:3", "ppo.clipp", "bad.toml:4", "ppo.epochs"}},
		{"train CartPole-v1 --config broken.toml", 2, []string{"broken.toml:1"}},
		{"train CartPole-v1 --config none.toml", 2, []string{"--config", "none.toml"}},
		{"train CartPole-v1 --from nowhere", 2, []string{"--from", "nowhere"}},
		{"train CartPole-v1 --from used --set policy.actor=[8]", 2, []string{"--set policy.actor=[8] cannot change it"}},
		{"train CartPole-v1 --run used", 2, []string{"used is not empty"}},
		{"evaluate nowhere", 2, []string{"there is no run folder nowhere"}},
		{"evaluate used", 2, []string{"used is no run folder", "config.toml"}},
		{"plot used --out x.png", 2, []string{"used is no run folder"}},
		{"plot used", 2, []string{"--out"}},
		{"plot used --out x.png --metric policy/kll", 2, []string{`unknown metric "policy/kll"`, "policy/kl"}},
		{"trace CartPole-v1 --actions actions.txt", 2, []string{"action 3: 7 is not in Discrete(2)"}},
		{"trace CartPole-v1 --actions none.txt", 2, []string{"--actions", "none.txt"}},
		{"train CartPole-v1 --preset smooth", 2, []string{"--preset", "CartPole-v1 with ppo has no presets with names"}},
		{"train BipedalWalker-v3 --preset smoth", 2, []string{`unknown preset "smoth"`, "did you mean smooth?"}},
		{"train --config whole.toml --preset smooth", 2, []string{"--preset and --config", "give one of them"}},
		{"presets BipedalWalker-v3 --preset smoth", 2, []string{"did you mean smooth?"}},
		{"presets add --algo grpo --preset rol", 2, []string{"did you mean roll?"}},
		{"presets Tetris", 2, []string{`unknown preset "Tetris"`, "CartPole-v1"}},
	} {
		o := proximal(t, "", strings.Fields(test.args)...)
		if o.code != test.code {
			t.Errorf("proximal %s: exit code %d, want %d", test.args, o.code, test.code)
		}
		for _, want := range test.want {
			if !strings.Contains(o.errs, want) {
				t.Errorf("proximal %s: the error does not say %q:\n%s", test.args, want, o.errs)
			}
		}
		if !strings.HasPrefix(o.errs, "proximal: ") {
			t.Errorf("proximal %s: the error does not begin with the program's name:\n%s", test.args, o.errs)
		}
	}
	entries, err := os.ReadDir(".")
	if err != nil || len(entries) != 5 {
		t.Errorf("mistakes left something behind: %v %v", entries, err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedRunIsRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	mustProximal(t, append([]string{"train", "CartPole-v1", "--run", "run", "--quiet"}, small...)...)
	path := "run/checkpoints/last.safetensors"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(data)
	flipped[len(flipped)/2] ^= 4
	for name, damaged := range map[string][]byte{"flipped bit": flipped, "cut short": data[:len(data)-100], "empty": nil} {
		if err := os.WriteFile(path, damaged, 0o666); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"evaluate", "run"}, {"train", "CartPole-v1", "--from", "run", "--run", "next"}} {
			o := proximal(t, "", args...)
			if o.code == exitDone || !strings.Contains(o.errs, "last.safetensors") {
				t.Errorf("%s, proximal %v: exit code %d, %s", name, args, o.code, o.errs)
			}
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, damaged) || exists("next") {
			t.Errorf("%s: something was changed", name)
		}
	}
}

func TestInterrupt(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	code := run(ctx, append([]string{"train", "CartPole-v1", "--run", "run"}, small...), strings.NewReader(""), &out, &errs)
	if code != exitInterrupted || !strings.Contains(errs.String(), "proximal train CartPole-v1 --from run") {
		t.Errorf("exit code %d\n%s", code, errs.String())
	}
	if !exists("run/checkpoints/last.safetensors") {
		t.Error("nothing was saved")
	}
}

// traceLine is a line of trace.
type traceLine struct {
	T                     int
	Obs                   []float32
	Reward                *float64
	Terminated, Truncated *bool
}

func TestTrace(t *testing.T) {
	o := proximal(t, "1\n[0]\n\n1\n", "trace", "CartPole-v1", "--seed", "123", "--actions", "-")
	lines := strings.Split(strings.TrimSpace(o.out), "\n")
	if o.code != exitDone || len(lines) != 4 {
		t.Fatalf("exit code %d, %s%s", o.code, o.out, o.errs)
	}
	if want := `{"t":0,"obs":[0.018235186,-0.0446179,-0.027964013,-0.03156282]}`; lines[0] != want {
		t.Errorf("first line %s, want %s", lines[0], want)
	}
	for i, line := range lines {
		var l traceLine
		if err := json.Unmarshal([]byte(line), &l); err != nil || l.T != i || len(l.Obs) != 4 {
			t.Errorf("line %s: %v", line, err)
		}
		if i > 0 && (*l.Reward != 1 || *l.Terminated || *l.Truncated) {
			t.Errorf("line %s", line)
		}
	}
	short := mustProximal(t, "trace", "CartPole-v1", "--seed", "1", "--no-obs")
	if strings.Contains(short, "obs") || !strings.HasSuffix(short, "\"reward\":1,\"terminated\":true,\"truncated\":false}\n") {
		t.Errorf("trace without observations: %s", short)
	}
}

func TestLists(t *testing.T) {
	var environments []environment
	if err := json.Unmarshal([]byte(mustProximal(t, "envs", "--json")), &environments); err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(environments, func(e environment) bool { return e.ID == "Pendulum-v1" })
	if at < 0 || environments[at].MaxSteps != 200 || environments[at].RewardThreshold != nil ||
		!reflect.DeepEqual(environments[at].Options, map[string]string{"g": "10.0", "max_episode_steps": "200"}) {
		t.Errorf("envs --json: %+v", environments)
	}
	if out := mustProximal(t, "envs"); !strings.Contains(out, "CartPole-v1") || !strings.Contains(out, "env.sutton_barto_reward") {
		t.Errorf("envs: %s", out)
	}
	if out := mustProximal(t, "presets", "CartPole-v1"); !strings.Contains(out, "\nepochs = 20\n") || !strings.Contains(out, `clip = "linear(0.2, 0)"`) {
		t.Errorf("presets CartPole-v1: %s", out)
	}
	if out := mustProximal(t, "presets", "BipedalWalker-v3", "--preset", "smooth"); !strings.Contains(out, "\nentropy_coefficient = 0.002\n") {
		t.Errorf("presets BipedalWalker-v3 --preset smooth: %s", out)
	}
	if out := mustProximal(t, "version"); !strings.Contains(out, "kernel ") {
		t.Errorf("version: %s", out)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if out := mustProximal(t, "completion", shell); !strings.Contains(out, "proximal") {
			t.Errorf("completion %s: %s", shell, out)
		}
	}
	if out := mustProximal(t, "__complete", "train", "Cart"); !strings.Contains(out, "CartPole-v1") {
		t.Errorf("completion of environments: %s", out)
	}
}

// TestTraceReproducesGymnasium: rows of golden values that were recorded from
// Gymnasium, from the seed through the command. Actions follow the rule
// a(t) = (⌊t²/3⌋ + 5t) mod n, or k = (111·t) mod 41 and a = −2 + 4·k/40.
func TestTraceReproducesGymnasium(t *testing.T) {
	discrete := func(at int) string { return strconv.Itoa((at*at/3 + 5*at) % 2) }
	torque := func(at int) string {
		return strconv.FormatFloat(float64(float32(-2+4*(float64(at*111%41)/40))), 'g', -1, 32)
	}
	for _, test := range []struct {
		task   string
		action func(int) string
		seed   string
		length int
		crc    uint32 // of the observations as little-endian float32
	}{
		{"CartPole-v1", discrete, "0", 14, 0x98ff41c0},
		{"CartPole-v1", discrete, "1", 16, 0xa689c9a7},
		{"CartPole-v1", discrete, "2", 19, 0x33b44bc3},
		{"Pendulum-v1", torque, "0", 200, 0x3c6c6669},
		{"Pendulum-v1", torque, "1", 200, 0x8414862f},
		{"Pendulum-v1", torque, "2", 200, 0xfd807736},
	} {
		var actions strings.Builder
		for at := range 500 {
			actions.WriteString(test.action(at) + "\n")
		}
		o := proximal(t, actions.String(), "trace", test.task, "--seed", test.seed, "--actions", "-")
		lines := strings.Split(strings.TrimSpace(o.out), "\n")
		if o.code != exitDone || len(lines) != test.length+1 {
			t.Errorf("%s seed %s: exit code %d, %d lines %s", test.task, test.seed, o.code, len(lines), o.errs)
			continue
		}
		crc := crc32.NewIEEE()
		for _, line := range lines {
			var l traceLine
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatal(err)
			}
			binary.Write(crc, binary.LittleEndian, l.Obs)
		}
		if crc.Sum32() != test.crc {
			t.Errorf("%s seed %s: observations have CRC %08x, want %08x", test.task, test.seed, crc.Sum32(), test.crc)
		}
	}
}
