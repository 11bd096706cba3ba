package align

import (
	"fmt"
	"os"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/optim"
)

// Settings is everything that decides what a run computes: what config.toml holds.
// It is used by one goroutine at a time.
type Settings struct {
	Run        RunSection
	Task       TaskSection
	Model      ModelSection
	Method     Editable
	Evaluation Evaluation
}

// RunSection is the [run] section: what is run, and how long. It is plain data.
type RunSection struct {
	// Name of the method, whose own section follows.
	Method string `toml:"method"`
	// The seed that everything random in the run comes from.
	Seed uint64 `toml:"seed"`
	// Updates to make.
	Steps int `toml:"steps" range:"[1, inf)"`
}

// TaskSection is the [task] section: the task and its own options. It is plain
// data.
type TaskSection struct {
	// Name of the task.
	Name    string         `toml:"name"`
	Options map[string]any `toml:",inline"`
}

// ModelSection is the [model] section: what training starts from. It is plain data.
type ModelSection struct {
	// Size of a new model, nano, micro or mini; or the folder of the run or model that training starts from.
	Start string `toml:"start"`
	// Folder of the run or model that is the reference. Empty: the model as it is at the start.
	Reference string `toml:"reference"`
	// Folder of the run whose reward model takes the place of the task's verifier. Empty: none.
	Reward string `toml:"reward"`
}

// Evaluation is the [eval] section: how the model is examined, on the way and at the
// end, on prompts that training does not see. It is plain data.
type Evaluation struct {
	// Training steps between two evaluations; the best one's model is kept. 0: none before the end.
	Every int `toml:"every" range:"[0, inf)"`
	// Prompts of an evaluation on the way.
	Prompts int `toml:"prompts" range:"[1, 1000000]"`
	// Prompts of the evaluation at the end. 0: none.
	FinalPrompts int `toml:"final_prompts" range:"[0, 1000000]"`
	// Completions that are drawn of each prompt.
	Samples int `toml:"samples" range:"[1, 10000]"`
}

// DefaultEvaluation is 128 prompts every 50 steps and 512 at the end, 16 completions
// of each.
func DefaultEvaluation() Evaluation {
	return Evaluation{Every: 50, Prompts: 128, FinalPrompts: 512, Samples: 16}
}

// Optim is the [optim] section: how parameters are changed, by AdamW. The zero value
// is not usable; start from DefaultOptim. It is plain data.
type Optim struct {
	// Learning rate α, about the change of a parameter in one step while its gradients agree: a number, or a schedule such as linear(3e-4, 0).
	LearningRate optim.Schedule `toml:"learning_rate" range:"[0, inf)"`
	// Share β₁ of the running mean of gradients that a step keeps.
	Beta1 float64 `toml:"beta1" range:"[0, 1)"`
	// Share β₂ of the running mean of squared gradients that a step keeps.
	Beta2 float64 `toml:"beta2" range:"[0, 1)"`
	// ε, added to the root of the mean squared gradient.
	Epsilon float64 `toml:"epsilon" range:"[1e-16, 1]"`
	// Share of itself that a weight loses in a step at a learning rate of 1; biases and gains are spared.
	WeightDecay float64 `toml:"weight_decay" range:"[0, inf)"`
	// A gradient whose Euclidean norm, over all parameters together, is larger is shortened to this. 0: off.
	MaxGradientNorm float64 `toml:"max_gradient_norm" range:"[0, inf)"`
	// Most sequences that go through the model at once; more of them are cut into parts, which saves memory and changes results by rounding at most. 0: all of a minibatch.
	MicroBatch int `toml:"micro_batch" range:"[0, inf)"`
}

// DefaultOptim returns a rate that a small model takes after its first training,
// the norm bound that all language-model libraries share, and no decay.
func DefaultOptim() Optim {
	return Optim{LearningRate: optim.Constant(2e-4), Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, MaxGradientNorm: 1}
}

// document is the settings in the order of config.toml.
func (s *Settings) document(m sections) config.Document {
	d := config.Document{
		{Name: "run", Settings: &s.Run}, {Name: "task", Settings: &s.Task}, {Name: "model", Settings: &s.Model},
	}
	if m.Generate != nil {
		d = append(d, config.Section{Name: "generate", Settings: m.Generate})
	}
	return append(d,
		config.Section{Name: "optim", Settings: m.Optim},
		config.Section{Name: m.name, Settings: m.own},
		config.Section{Name: "eval", Settings: &s.Evaluation})
}

// Decode reads settings from TOML; keys that it does not name stay as they are. The
// error names all problems.
func (s *Settings) Decode(data []byte, file string) error {
	return s.document(s.Method.edit()).Decode(data, file)
}

// Set applies assignments such as "grpo.clip=0.1". The error names all problems.
func (s *Settings) Set(assignments []string) error {
	return s.document(s.Method.edit()).Set(assignments)
}

// Encode writes all settings as TOML, each with its meaning as a comment.
func (s *Settings) Encode() ([]byte, error) {
	return s.document(s.Method.edit()).Encode(help)
}

// Check reports settings outside their range, all at once.
func (s *Settings) Check() error { return s.document(s.Method.edit()).Check() }

// ReadSettings reads the settings of a run from its config.toml. They must be
// complete as far as they decide which sections there are: [run] names the method.
func ReadSettings(path string) (*Settings, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	return ParseSettings(data, path)
}

// ParseSettings reads settings as ReadSettings does; file is where they are from,
// for messages. Keys that they do not name have the method's defaults.
func ParseSettings(data []byte, file string) (*Settings, error) {
	s, err := PeekSettings(data, file)
	if err != nil {
		return nil, err
	}
	s.Evaluation = DefaultEvaluation()
	if s.Method, err = NewMethod(s.Run.Method); err != nil {
		return nil, fmt.Errorf("%s: run.method: %w", file, err)
	}
	return s, s.Decode(data, file)
}

// PeekSettings reads only what is run on what, the sections [run], [task] and
// [model].
func PeekSettings(data []byte, file string) (*Settings, error) {
	s := &Settings{}
	head := struct {
		Run   *RunSection    `toml:"run"`
		Task  *TaskSection   `toml:"task"`
		Model *ModelSection  `toml:"model"`
		Rest  map[string]any `toml:",inline"`
	}{Run: &s.Run, Task: &s.Task, Model: &s.Model}
	return s, config.Decode(data, file, &head)
}
