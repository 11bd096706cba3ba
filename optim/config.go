package optim

// Config is the section [optim] of the settings. The zero value is not usable;
// start from [DefaultConfig]. It is plain data: copy it freely, and do not write
// to one that another goroutine reads.
type Config struct {
	// Learning rate α, about the change of a parameter in one step while its gradients agree: a number, or a
	// schedule such as linear(3e-4, 0). Default: Stable-Baselines3.
	LearningRate Schedule `toml:"learning_rate" range:"[0, inf)"`

	AdamConfig

	// A gradient whose Euclidean norm, over all parameters together, is larger is shortened to this. 0: off.
	// Default: Stable-Baselines3.
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
	// Share β₁ of the running mean of gradients that a step keeps. Default: Kingma and Ba 2015.
	Beta1 float64 `toml:"beta1" range:"[0, 1)"`

	// Share β₂ of the running mean of squared gradients that a step keeps. Default: Kingma and Ba 2015.
	Beta2 float64 `toml:"beta2" range:"[0, 1)"`

	// ε, added to the root of the mean squared gradient: parameters whose gradients are smaller than it move
	// less. Default: PPO implementations; elsewhere 1e-8 is usual.
	Epsilon float64 `toml:"epsilon" range:"[1e-16, 1]"`
}

// DefaultAdamConfig returns the settings of Kingma and Ba, with the larger
// epsilon that PPO implementations share.
func DefaultAdamConfig() AdamConfig {
	return AdamConfig{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-5}
}
