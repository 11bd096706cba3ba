package main

import (
	"bytes"
	"image/gif"
	"os"
	"strings"
	"testing"
)

func TestRenderARunAndAnEnvironment(t *testing.T) {
	t.Chdir(t.TempDir())
	mustProximal(t, append([]string{"train", "CartPole-v1", "--run", "first", "--quiet"}, small...)...)
	out := mustProximal(t, "render", "first", "--episodes", "2", "--set", "env.max_episode_steps=8")
	if !strings.HasPrefix(out, "first/episode.gif: 18 frames, return [8") { // and the state at each start
		t.Errorf("render says %q", out)
	}
	out = mustProximal(t, "render", "Acrobot-v1", "--every", "4", "--set", "env.max_episode_steps=9")
	if !strings.HasPrefix(out, "Acrobot-v1.gif: 3 frames") {
		t.Errorf("render says %q", out)
	}
	for file, size := range map[string]int{"first/episode.gif": 600, "Acrobot-v1.gif": 500} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		film, err := gif.DecodeAll(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if film.Config.Width != size {
			t.Errorf("%s is %d pixels wide", file, film.Config.Width)
		}
	}
}

func TestRenderRefusals(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, test := range []struct {
		args []string
		says string
	}{
		{[]string{"render", "CartPole-v2"}, "CartPole-v1"},
		{[]string{"render", "CartPole-v1", "--out", "film.mp4"}, `no format ".mp4"`},
		{[]string{"render", "CartPole-v1", "--episodes", "0"}, "--episodes 0"},
	} {
		o := proximal(t, "", test.args...)
		if o.code != exitUnusable || !strings.Contains(o.errs, test.says) {
			t.Errorf("%v: exit code %d, %q", test.args, o.code, o.errs)
		}
	}
	if entries, _ := os.ReadDir("."); len(entries) > 0 {
		t.Errorf("left behind: %v", entries)
	}
}

// An old id still works, with a warning that names the new one.
func TestOldIDs(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{
		{"render", "LunarLander-v2", "--set", "env.max_episode_steps=2"},
		{"trace", "LunarLander-v2", "--seed", "1"},
		{"bench", "env", "LunarLander-v2", "--seconds", "0.01"},
		append([]string{"train", "LunarLander-v2", "--quiet", "--run", "first"}, small...),
	} {
		o := proximal(t, "", args...)
		if o.code != exitDone || !strings.Contains(o.errs, "warning: LunarLander-v2 has been replaced by LunarLander-v3") {
			t.Errorf("%v: exit code %d, %q", args, o.code, o.errs)
		}
	}
}
