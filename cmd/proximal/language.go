package main

import (
	"fmt"
	"math"
	"path/filepath"

	"github.com/proximal-rl/proximal/lm"
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
	case !exists(filepath.Join(last, modelFile)):
		return "", fmt.Errorf("%s has no language model: there is no %s", path, filepath.Join(last, modelFile))
	}
	return last, nil
}

// loadLanguage loads the model of a folder together with its tokenizer.
func loadLanguage(folder string) (*lm.Model, *token.Tokenizer, error) {
	model, err := lm.Load(folder)
	if err != nil {
		return nil, nil, err
	}
	tokenizer, err := token.Load(folder)
	if err != nil {
		return nil, nil, err
	}
	if n := tokenizer.Size(); n > model.Config.Vocabulary {
		return nil, nil, fmt.Errorf("the tokenizer in %s has %d tokens, but %s a vocabulary of %d: they do not belong together",
			folder, n, modelFile, model.Config.Vocabulary)
	}
	return model, tokenizer, nil
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
