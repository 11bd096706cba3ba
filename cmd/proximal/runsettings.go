package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/train"
)

// runSettings is what the settings of a run say, whether it trained a policy for
// an environment or a language model on a text task.
type runSettings struct {
	task     string // id of the environment, or name of the text task
	method   string // algorithm, or method of alignment
	language bool
	seed     uint64
	steps    int
	text     string // config.toml with the seed 0
}

// readRunSettings reads the settings of a run folder.
func readRunSettings(dir string) (runSettings, error) {
	language, err := isLanguageRun(dir)
	if err != nil {
		return runSettings{}, err
	}
	if language {
		return languageSettings(filepath.Join(dir, record.ConfigFile))
	}
	return policySettings(filepath.Join(dir, record.ConfigFile))
}

// policySettings reads the settings of a run that trained a policy.
func policySettings(path string) (runSettings, error) {
	s, err := train.ReadSettings(path)
	if err != nil {
		return runSettings{}, err
	}
	r := runSettings{task: s.Environment.ID, method: s.Run.Algorithm, seed: s.Run.Seed, steps: s.Run.Steps}
	s.Run.Seed = 0
	text, err := s.Encode()
	r.text = string(text)
	return r, err
}

// languageSettings reads the settings of a run that trained a language model.
// The runs that it came from differ between seeds as it does itself.
func languageSettings(path string) (runSettings, error) {
	s, err := align.ReadSettings(path)
	if err != nil {
		return runSettings{}, err
	}
	r := runSettings{task: s.Task.Name, method: s.Run.Method, language: true, seed: s.Run.Seed, steps: s.Run.Steps}
	s.Run.Seed = 0
	for _, folder := range []*string{&s.Model.Start, &s.Model.Reference, &s.Model.Reward} {
		*folder = seedless(*folder)
	}
	text, err := s.Encode()
	r.text = string(text)
	return r, err
}

// seedless is the folder of a run with a star in place of its seed, where its
// name ends with that; anything else stays as it is.
func seedless(folder string) string {
	if language, err := isLanguageRun(folder); err != nil || !language {
		return folder
	}
	s, err := align.ReadSettings(filepath.Join(folder, record.ConfigFile))
	if err != nil {
		return folder
	}
	if name, ends := strings.CutSuffix(folder, fmt.Sprintf("-%d", s.Run.Seed)); ends {
		return name + "-*"
	}
	return folder
}

// isLanguageRun reports whether a run folder is of a language model: its [run]
// then names a method, and not an algorithm.
func isLanguageRun(dir string) (bool, error) {
	if !exists(dir) {
		return false, fmt.Errorf("there is no run folder %s", dir)
	}
	path := filepath.Join(dir, record.ConfigFile)
	data, err := os.ReadFile(path)
	if err != nil {
		if !exists(path) {
			return false, fmt.Errorf("%s is no run folder: it has no %s", dir, record.ConfigFile)
		}
		return false, fmt.Errorf("read settings: %w", err)
	}
	return namesMethod(data, path)
}

// namesMethod reports whether settings are those of a language run.
func namesMethod(data []byte, file string) (bool, error) {
	var head struct {
		Run  map[string]any `toml:"run"`
		Rest map[string]any `toml:",inline"`
	}
	if err := config.Decode(data, file, &head); err != nil {
		return false, err
	}
	_, names := head.Run["method"]
	return names, nil
}

// readRun reads the settings of a run that trained a policy.
func readRun(dir string) (*train.Settings, error) {
	language, err := isLanguageRun(dir)
	if err != nil {
		return nil, err
	}
	if language {
		return nil, fmt.Errorf("%s is a run of align: it has a language model and no policy for an environment", dir)
	}
	return train.ReadSettings(filepath.Join(dir, record.ConfigFile))
}
