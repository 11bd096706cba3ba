package optim

// Config is the section [optim] of the settings. The zero value is not usable;
// start from [DefaultConfig]. It is plain data: copy it freely, and do not write
// to one that another goroutine reads.
type Config struct {
	// LearningRate (α) is the size of a step, about the change of each parameter
	// when its gradients agree. A number of at least 0, or a schedule such as
	// linear(3e-4, 0). Default: Stable-Baselines3's PPO.
	LearningRate Schedule `toml:"learning_rate" range:"[0, inf)"`

	AdamConfig

	// MaxGradientNorm is the Euclidean norm over all parameters together to
	// which a longer gradient is shortened; 0 leaves every gradient as it is.
	// At least 0. Default: PPO implementation detail 11 (Huang et al. 2022).
	MaxGradientNorm float64 `toml:"max_gradient_norm" range:"[0, inf)"`
}

// DefaultConfig returns the settings that Stable-Baselines3 uses for PPO.
func DefaultConfig() Config {
	return Config{
		LearningRate:    Constant(3e-4),
		AdamConfig:      DefaultAdamConfig(),
		MaxGradientNorm: 0.5,
	}
}

// AdamConfig is what [Adam] needs to know for its whole life. The zero value is
// not usable; start from [DefaultAdamConfig]. It is plain data: copy it freely,
// and do not write to one that another goroutine reads.
type AdamConfig struct {
	// Beta1 (β₁) is the share of the running mean of gradients that a step
	// keeps. At least 0, below 1. Default: Kingma and Ba 2015.
	Beta1 float64 `toml:"beta1" range:"[0, 1)"`

	// Beta2 (β₂) is the share of the running mean of squared gradients that a
	// step keeps. At least 0, below 1. Default: Kingma and Ba 2015.
	Beta2 float64 `toml:"beta2" range:"[0, 1)"`

	// Epsilon (ε) is added to the root of the squared gradients: parameters whose
	// gradients are smaller than it move less. From 1e-16 to 1. Default: PPO
	// implementation detail 3 (Huang et al. 2022); elsewhere 1e-8 is usual.
	Epsilon float64 `toml:"epsilon" range:"[1e-16, 1]"`
}

// DefaultAdamConfig returns the settings of Kingma and Ba, with the larger
// epsilon that PPO implementations share.
func DefaultAdamConfig() AdamConfig {
	return AdamConfig{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-5}
}
