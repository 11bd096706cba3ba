package train

import (
	"fmt"
	"os"

	"github.com/proximal-rl/proximal/config"
)

// Settings is everything that decides what a run computes: what config.toml
// holds. It is used by one goroutine at a time.
type Settings struct {
	Run         RunSection
	Environment EnvironmentSection
	Algorithm   Editable
	Evaluation  Evaluation
}

// RunSection is the [run] section: what is run, from where, how long. It is
// plain data.
type RunSection struct {
	// Name of the algorithm, whose own section follows.
	Algorithm string `toml:"algorithm"`
	// The seed that everything random in the run comes from.
	Seed uint64 `toml:"seed"`
	// Environment steps to train for, rounded up to whole rollouts.
	Steps int `toml:"steps" range:"[1, inf)"`
}

// EnvironmentSection is the [env] section: the task and its own options, which
// are Gymnasium's keyword arguments. It is plain data.
type EnvironmentSection struct {
	// Id of the environment.
	ID      string         `toml:"id"`
	Options map[string]any `toml:",inline"`
}

// Evaluation is the [eval] section: how the policy is examined on the way and
// at the end. Evaluations are deterministic: the most likely action is taken. It
// is plain data.
type Evaluation struct {
	// Training steps between two evaluations; the best one's policy is kept. 0: none before the end.
	Every int `toml:"every" range:"[0, inf)"`
	// Episodes of an evaluation on the way.
	Episodes int `toml:"episodes" range:"[1, 1000000]"`
	// Episodes of the evaluation at the end. 0: none.
	FinalEpisodes int `toml:"final_episodes" range:"[0, 1000000]"`
}

// DefaultEvaluation is 10 episodes every 10,000 steps and 100 at the end.
func DefaultEvaluation() Evaluation {
	return Evaluation{Every: 10_000, Episodes: 10, FinalEpisodes: 100}
}

// document is the settings in the order of config.toml.
func (s *Settings) document(a sections) config.Document {
	return config.Document{
		{Name: "run", Settings: &s.Run}, {Name: "env", Settings: &s.Environment},
		{Name: "rollout", Settings: a.Rollout}, {Name: "policy", Settings: a.Policy}, {Name: "optim", Settings: a.Optim},
		{Name: a.name, Settings: a.own},
		{Name: "eval", Settings: &s.Evaluation},
	}
}

// Decode reads settings from TOML; keys that it does not name stay as they
// are. The error names all problems.
func (s *Settings) Decode(data []byte, file string) error {
	return s.document(s.Algorithm.edit()).Decode(data, file)
}

// Set applies assignments such as "ppo.clip=0.1". The error names all problems.
func (s *Settings) Set(assignments []string) error {
	return s.document(s.Algorithm.edit()).Set(assignments)
}

// Encode writes all settings as TOML, each with its meaning as a comment.
func (s *Settings) Encode() ([]byte, error) {
	return s.document(s.Algorithm.edit()).Encode(help)
}

// Check reports settings outside their range, all at once.
func (s *Settings) Check() error {
	return s.document(s.Algorithm.edit()).Check()
}

// ReadSettings reads the settings of a run from its config.toml. They must be
// complete as far as they decide which sections there are: [run] names the
// algorithm.
func ReadSettings(path string) (*Settings, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	return ParseSettings(data, path)
}

// ParseSettings reads settings as ReadSettings does; file is where they are
// from, for messages. Keys that they do not name have the algorithm's defaults.
func ParseSettings(data []byte, file string) (*Settings, error) {
	s, err := PeekSettings(data, file)
	if err != nil {
		return nil, err
	}
	s.Evaluation = DefaultEvaluation()
	if s.Algorithm, err = NewAlgorithm(s.Run.Algorithm); err != nil {
		return nil, fmt.Errorf("%s: run.algorithm: %w", file, err)
	}
	return s, s.Decode(data, file)
}

// PeekSettings reads only what is run on what, the sections [run] and [env].
func PeekSettings(data []byte, file string) (*Settings, error) {
	s := &Settings{}
	head := struct {
		Run         *RunSection         `toml:"run"`
		Environment *EnvironmentSection `toml:"env"`
		Rest        map[string]any      `toml:",inline"`
	}{Run: &s.Run, Environment: &s.Environment}
	return s, config.Decode(data, file, &head)
}
