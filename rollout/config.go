package rollout

// Config is the [rollout] section: how much experience is gathered between two
// updates, and how it is valued. It is plain data; start from DefaultConfig.
type Config struct {
	// Number of environments that are stepped side by side, N.
	Environments int `toml:"environments" range:"[1, 65536]"`
	// Steps of each environment between two updates, T.
	Steps int `toml:"steps" range:"[1, 1000000]"`
	// Discount factor γ of rewards one step away.
	Gamma float64 `toml:"gamma" range:"[0, 1]"`
	// λ of the generalised advantage estimate: 0 trusts the critic after one step, 1 only the rewards.
	Lambda float64 `toml:"lambda" range:"[0, 1]"`
	// Rewards are divided by the running standard deviation of the discounted return.
	NormalizeReward bool `toml:"normalize_reward"`
	// Normalised rewards are clipped to ± this.
	RewardClip float64 `toml:"reward_clip" range:"(0, 1e6]"`
}

// DefaultConfig is one environment for 2,048 steps, γ = 0.99 and λ = 0.95, the
// defaults of Stable-Baselines3's PPO.
func DefaultConfig() Config {
	return Config{
		Environments: 1,
		Steps:        2048,
		Gamma:        0.99,
		Lambda:       0.95,
		RewardClip:   10,
	}
}

// Rows is the number of steps between two updates, T·N.
func (c Config) Rows() int { return c.Environments * c.Steps }
