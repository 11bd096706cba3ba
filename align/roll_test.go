package align

import (
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// TestROLLDefaults, value by value: what ROLL calls a setting and what it is there
// without a word in its configuration (alibaba/ROLL at 8eb27cc), and ours.
func TestROLLDefaults(t *testing.T) {
	roll := DefaultROLL()
	s := Settings{Method: &roll, Evaluation: DefaultEvaluation()}
	s.Run.Method, s.Run.Steps = "ppo", 500
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := toml.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		theirs, value string
		key           string
		want          any
	}{
		{"temperature", "0.95", "generate.temperature", 0.95},
		{"top_p", "0.7", "generate.top_p", 0.7},
		{"top_k", "50", "generate.top_k", int64(50)},
		{"max_new_tokens", "8192", "generate.max_tokens", int64(8192)},
		{"learning_rate, lr_scheduler_type", "5e-5, linear", "optim.learning_rate", "linear(5e-05, 0)"},
		{"weight_decay", "0", "optim.weight_decay", 0.0},
		{"adam_beta1", "0.9", "optim.beta1", 0.9},
		{"adam_beta2", "0.999", "optim.beta2", 0.999},
		{"adam_epsilon", "1e-8", "optim.epsilon", 1e-8},
		{"max_grad_norm", "1.0", "optim.max_gradient_norm", 1.0},
		{"per_device_train_batch_size, gradient_accumulation_steps", "8, 1", "ppo.minibatch", int64(8)},
		{"rollout_batch_size", "128", "ppo.prompts", int64(128)},
		{"num_return_sequences_in_group", "1", "ppo.samples", int64(1)},
		{"ppo_epochs", "1", "ppo.epochs", int64(1)},
		{"gamma", "1", "ppo.gamma", 1.0},
		{"lambd", "0.95", "ppo.lambda", 0.95},
		{"pg_variant", "None: the clip", "ppo.objective", "clip"},
		{"pg_clip, use_pg_clip_range", "0.2, false", "ppo.clip", 0.2},
		{"dual_clip_loss", "false", "ppo.dual_clip", 0.0},
		{"loss_agg_mode", "seq-mean-token-mean", "ppo.normalizer", "sequence-mean"},
		{"entropy_loss_coef", "0", "ppo.entropy_coefficient", 0.0},
		{"whiten_rewards", "false", "ppo.whiten_rewards", false},
		{"whiten_advantages", "false", "ppo.whiten_advantages", false},
		{"advantage_clip", "None", "ppo.advantage_clip", 0.0},
		{"reward_clip", "None", "ppo.shape.clip", 0.0},
		{"max_len_mask", "false", "ppo.skip_cut_off", false},
		{"kl_penalty", "kl", "ppo.penalty.estimator", "k1"},
		{"add_token_level_kl, use_kl_loss, kl_loss_coef", "false, false, 0", "ppo.penalty.coefficient", 0.0},
		{"target_kl", "None", "ppo.penalty.target", 0.0},
		{"kl_horizon", "10000", "ppo.penalty.horizon", 10_000.0},
		{"critic's learning_rate", "5e-5, linear", "ppo.critic.learning_rate", "linear(5e-05, 0)"},
		{"critic_warmup", "0", "ppo.critic.warmup", int64(0)},
		{"the critic's passes", "1", "ppo.critic.epochs", int64(1)},
		{"value_clip", "None", "ppo.critic.value_clip", 0.0},
		{"the ½ of the value loss", "0.5", "ppo.critic.coefficient", 0.5},
	} {
		if got := find(tree, c.key); got != c.want {
			t.Errorf("%s is %v here, and %s is %s in ROLL", c.key, got, c.theirs, c.value)
		}
	}
}

// find is the value at a path of keys.
func find(tree map[string]any, path string) any {
	first, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		return tree[first]
	}
	below, _ := tree[first].(map[string]any)
	return find(below, rest)
}
