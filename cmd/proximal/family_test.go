package main

import (
	"os"
	"strings"
	"testing"
)

// TestFamilyMistakes: what an algorithm cannot be driven with is refused with what
// would do, before anything is written.
func TestFamilyMistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, test := range []struct{ args, want string }{
		{"--algo trpo --set trpo.target_kl=0", "trpo.target_kl = 0.0: must be above 0"},
		{"--algo npg --set npg.target_kl=-1", "npg.target_kl = -1.0: must be above 0"},
		{"--algo trpo --set trpo.damping=-0.1", "trpo.damping = -0.1: must be at least 0"},
		{"--algo npg --set npg.conjugate_steps=0", "npg.conjugate_steps = 0: must be in [1, 1000]"},
		{"--algo trpo --set trpo.target_kl=linear(0.01,0)", "must be a number"},
		{"--algo trpo --set optim.learning_rate=linear(-1,0)", "must be at least 0 throughout"},
		{"--algo trpo --set rollout.steps=1 --set rollout.environments=1", "gather more, or set normalize_advantage to false"},
		{"--algo trpo --set policy.state_dependent_noise=true", "they must be in a Box; set it to false"},
		{"--algo ppg --set policy.trunk=[] --set policy.actor=[]", "one must have a hidden layer"},
		{"--algo reinforce --set rollout.lambda=0.9", "a2c has returns in between"},
		{"--algo dqn", `unknown algorithm "dqn"; there are: ppo, trpo, npg, a2c, reinforce, ppg`},
	} {
		o := proximal(t, "", append([]string{"train", "CartPole-v1", "--quiet", "--run", "run"}, strings.Fields(test.args)...)...)
		if o.code != exitUnusable || !strings.Contains(o.errs, test.want) {
			t.Errorf("train %s: exit code %d, %q instead of %q", test.args, o.code, o.errs, test.want)
		}
	}
	if entries, err := os.ReadDir("."); err != nil || len(entries) != 0 {
		t.Errorf("mistakes left something behind: %v %v", entries, err)
	}
}
