package main

import (
	"fmt"
	"math"
	"path/filepath"

	"github.com/proximal-rl/proximal/lm/token"
	"github.com/proximal-rl/proximal/train"
)

// modelFile is what tells the folder of a language model from others.
const modelFile = "config.json"

// modelFolder finds the language model that a path names: the last one of a
// run, or the one in the folder itself, in Hugging Face's layout.
func modelFolder(path string) (string, error) {
	last := filepath.Join(path, train.LastCheckpoint)
	switch {
	case !exists(path):
		return "", fmt.Errorf("there is no folder %s", path)
	case exists(filepath.Join(path, modelFile)):
		return path, nil
	case !exists(filepath.Join(path, train.ConfigFile)):
		return "", fmt.Errorf("%s is neither a run folder nor a language model's: it has no %s and no %s",
			path, train.ConfigFile, modelFile)
	case exists(filepath.Join(last, modelFile)):
		return last, nil
	}
	why := fmt.Sprintf("there is no %s", filepath.Join(last, modelFile))
	if language, err := isLanguageRun(path); err == nil && language {
		why += "; no model has been saved yet, the first one is with the first evaluation (eval.every)"
	} else if err == nil {
		why += "; it trained a policy for an environment"
	}
	return "", fmt.Errorf("%s has no language model: %s", path, why)
}

// checkLogProbs reports the first log-probability that is not a number: the
// model is then broken.
func checkLogProbs(folder string, tokens []int32, logProbs []float32) error {
	for i, l := range logProbs {
		if finite(float64(l)) == nil {
			return fmt.Errorf("token %d has log-probability %v under the model in %s: its parameters are broken", tokens[i], l, folder)
		}
	}
	return nil
}

// tokenRows are the rows of a table of tokens with their log-probabilities; of
// the first ones there may be none. Without a tokenizer they are not spelled.
func tokenRows(t *token.Tokenizer, tokens []int32, logProbs []float32) [][]string {
	header := []string{"token", "log-probability"}
	if t != nil {
		header = []string{"token", "text", "log-probability"}
	}
	rows := [][]string{header}
	given := len(tokens) - len(logProbs)
	for i, id := range tokens {
		row := []string{fmt.Sprint(id)}
		if t != nil {
			row = append(row, fmt.Sprintf("%q", t.Token(id)))
		}
		likely := "–"
		if i >= given {
			likely = fmt.Sprintf("%.4f", round4(logProbs[i-given]))
		}
		rows = append(rows, append(row, likely))
	}
	return rows
}

// round4 is a number as four decimals show it, without the sign of a zero.
func round4(x float32) float64 { return math.Round(float64(x)*1e4)/1e4 + 0 }
