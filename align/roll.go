package align

import (
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/region"
)

// DefaultROLL returns PPO with the defaults of alibaba/ROLL: what its RLVR pipeline does
// if its configuration says nothing. Below, each setting stands beside ROLL's name for
// it; docs/algorithms/ppo-lm.md has the table, and where ROLL's code does something that
// its own text calls otherwise. They are meant for models of billions of parameters.
//
// Source: alibaba/ROLL at 8eb27cc, roll/configs.
func DefaultROLL() PPO {
	c := DefaultPPO()

	// GeneratingArguments
	c.Generate.Temperature = 0.95 // temperature
	c.Generate.TopP = 0.7         // top_p
	c.Generate.TopK = 50          // top_k
	c.Generate.MaxTokens = 8192   // max_new_tokens

	// TrainingArguments
	c.Optim = Optim{
		LearningRate: optim.Linear(5e-5, 0),            // learning_rate, lr_scheduler_type
		Beta1:        0.9, Beta2: 0.999, Epsilon: 1e-8, // adam_beta1, adam_beta2, adam_epsilon
		WeightDecay:     0, // weight_decay
		MaxGradientNorm: 1, // max_grad_norm
	}
	c.Minibatch = 8 // per_device_train_batch_size · gradient_accumulation_steps, on one device

	// BaseConfig, PPOConfig
	c.Prompts = 128                // rollout_batch_size
	c.Samples = 1                  // num_return_sequences_in_group
	c.Epochs = 1                   // ppo_epochs
	c.Objective = "clip"           // pg_variant
	c.Clip = region.Symmetric(0.2) // pg_clip; pg_clip_low and pg_clip_high with use_pg_clip_range
	c.DualClip = 0                 // dual_clip_loss: 1 + 2·pg_clip if it is set
	c.Normalizer = "sequence-mean" // loss_agg_mode: seq-mean-token-mean
	c.Gamma, c.Lambda = 1, 0.95    // gamma, lambd
	c.WhitenRewards = false        // whiten_rewards
	c.WhitenAdvantages = false     // whiten_advantages
	c.AdvantageClip = 0            // advantage_clip
	c.Shape.Clip = 0               // reward_clip
	c.EntropyCoefficient = 0       // entropy_loss_coef
	c.SkipCutOff = false           // max_len_mask

	// The penalty: add_token_level_kl and use_kl_loss are off, so that init_kl_coef,
	// 0.2, is of no effect.
	c.Penalty = PenaltySection{
		Coefficient: 0,           // init_kl_coef if add_token_level_kl, kl_loss_coef if use_kl_loss
		Place:       placeReward, // add_token_level_kl or use_kl_loss
		Estimator:   "k1",        // kl_penalty: kl
		Limit:       0,           // ROLL clamps its k3, and nothing else, to ±10
		Target:      0,           // target_kl
		Law:         "proportional",
		Horizon:     10_000, // kl_horizon
	}

	// The critic's worker
	c.Critic = CriticSection{
		LearningRate:         optim.Linear(5e-5, 0), // learning_rate
		Warmup:               0,                     // critic_warmup
		Epochs:               1,                     // whatever ppo_epochs is
		Minibatch:            8,
		Coefficient:          0.5, // the ½ of its value loss
		ValueClip:            0,   // value_clip
		ValueClipPessimistic: true,
	}
	return c
}
