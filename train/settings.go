package train

import (
	"fmt"
	"os"
	"reflect"
	"strings"

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
type document []section

// section is a part of config.toml: its name, and a pointer to the struct that
// holds its settings.
type section struct {
	name     string
	settings any
}

func (s *Settings) document(a sections) document {
	return document{
		{"run", &s.Run}, {"env", &s.Environment},
		{"rollout", a.Rollout}, {"policy", a.Policy}, {"optim", a.Optim}, {a.name, a.own},
		{"eval", &s.Evaluation},
	}
}

// tree returns the document as package config reads and writes it: a pointer to
// a struct of sections. Its type is made here, because the algorithm decides on
// two of them.
func (d document) tree() any {
	var fields []reflect.StructField
	for _, s := range d {
		tag := reflect.StructTag(fmt.Sprintf("toml:%q", s.name))
		fields = append(fields, reflect.StructField{Name: strings.ToUpper(s.name), Type: reflect.TypeOf(s.settings), Tag: tag})
	}
	tree := reflect.New(reflect.StructOf(fields))
	for i, s := range d {
		tree.Elem().Field(i).Set(reflect.ValueOf(s.settings))
	}
	return tree.Interface()
}

// help returns the meaning of each setting, by its full name.
func (d document) help() map[string]string {
	all := map[string]string{}
	for _, s := range d {
		for name, meaning := range help[ownerOf(s.settings)] {
			all[s.name+"."+name] = meaning
		}
	}
	return all
}

// ownerOf names the struct that settings points to, such as "optim.Config".
func ownerOf(settings any) string { return reflect.TypeOf(settings).Elem().String() }

// Decode reads settings from TOML; keys that it does not name stay as they
// are. The error names all problems.
func (s *Settings) Decode(data []byte, file string) error {
	return config.Decode(data, file, s.document(s.Algorithm.edit()).tree())
}

// Set applies assignments such as "ppo.clip=0.1". The error names all problems.
func (s *Settings) Set(assignments []string) error {
	return config.Set(s.document(s.Algorithm.edit()).tree(), assignments)
}

// Encode writes all settings as TOML, each with its meaning as a comment.
func (s *Settings) Encode() ([]byte, error) {
	return encode(s.document(s.Algorithm.edit()))
}

// Check reports settings outside their range, all at once.
func (s *Settings) Check() error {
	return check(s.document(s.Algorithm.edit()))
}

func encode(d document) ([]byte, error) { return config.Encode(d.tree(), d.help()) }

func check(d document) error {
	if err := config.Check(d.tree()); err != nil {
		return fmt.Errorf("settings:\n%w", err)
	}
	return nil
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
