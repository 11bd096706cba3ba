package main

import (
	"fmt"
	"io"
	"math"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/internal/libm"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/lm/token"
)

// score is how likely a model finds tokens, as --json shows it. The first token
// has nothing before it, and so no log-probability; a single one has no
// perplexity either.
type score struct {
	Tokens     []int32    `json:"tokens"`
	LogProbs   []*float32 `json:"logprobs"`
	Perplexity *float64   `json:"perplexity"`
	Rating     *float64   `json:"rating,omitempty"` // of reward models
}

func newScore() *cobra.Command {
	var (
		text    string
		tokens  []int32
		threads int
		asJSON  bool
	)
	c := &cobra.Command{
		Use:   "score RUN|FOLDER",
		Short: "Say how likely a language model finds a text",
		Long: `Compute the log-probability of each token of a text, given all before it, under
the last model of a run, or under a model in a folder in Hugging Face's layout;
and the perplexity, e to the mean negative log-probability. Of a reward model there
is its rating of the whole as well.

--text follows the token that begins a text, if the tokenizer has one; what
spells a special token in it is plain text. --tokens is taken as it is: nothing
is put before it, and no tokenizer is needed.`,
		Example: `  proximal score runs/add-grpo-1 --text 12+34=46
  proximal score SmolLM-135M --tokens 504,3575,282,4649 --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			byText := c.Flags().Changed("text")
			if byText == (len(tokens) > 0) {
				return unusable(fmt.Errorf("what to score? --text or --tokens says it, one of them"))
			}
			if threads < 1 {
				return unusable(fmt.Errorf("--threads %d: must be at least 1", threads))
			}
			folder, err := modelFolder(args[0])
			if err != nil {
				return unusable(err)
			}
			model, tokenizer, err := loadScored(folder, byText)
			if err != nil {
				return err
			}
			if byText {
				if tokens, err = task.EncodePrompt(nil, tokenizer, text); err != nil {
					return unusable(err)
				}
			}
			if err := checkTokens(tokens, &model.Config); err != nil {
				return unusable(err)
			}
			logProbs, rating := judge(model, tokens, threads)
			if err := checkLogProbs(folder, tokens[1:], logProbs); err != nil {
				return err
			}
			s := newScoreOf(tokens, logProbs)
			s.Rating = rating
			if asJSON {
				return printJSON(c.OutOrStdout(), s)
			}
			printTable(c.OutOrStdout(), tokenRows(tokenizer, tokens, logProbs))
			s.print(c.OutOrStdout())
			return nil
		},
	}
	flags := c.Flags()
	flags.StringVar(&text, "text", "", "text to score")
	flags.Int32SliceVar(&tokens, "tokens", nil, "token numbers to score, separated by commas")
	flags.IntVar(&threads, "threads", runtime.GOMAXPROCS(0), "threads to use; does not change the result")
	addJSON(c, &asJSON)
	return c
}

// loadScored loads a model, and its tokenizer if there is text to score.
func loadScored(folder string, byText bool) (*lm.Model, *token.Tokenizer, error) {
	if byText {
		return align.LoadModel(folder)
	}
	model, err := lm.Load(folder)
	return model, nil, err
}

// checkTokens refuses tokens that the model cannot take.
func checkTokens(tokens []int32, c *lm.Config) error {
	for i, id := range tokens {
		if id < 0 || int(id) >= c.Vocabulary {
			return fmt.Errorf("token %d, number %d of them: must be 0 to %d", id, i+1, c.Vocabulary-1)
		}
	}
	if n := len(tokens); n > c.Context+1 {
		return fmt.Errorf("%d tokens: must be at most %d, one more than the context of the model", n, c.Context+1)
	}
	return nil
}

// judge returns the log-probability of each token but the first and, of a model with a
// scalar head, its rating of the whole; otherwise nil.
func judge(m *lm.Model, tokens []int32, threads int) (logProbs []float32, rating *float64) {
	pool := parallel.New(threads)
	defer pool.Close()
	pass := lm.NewPass(m, pool)
	var batch lm.Batch
	if m.Config.Scalar && len(tokens) <= m.Config.Context {
		batch.AppendLast(tokens)
		pass.Evaluate(&batch)
		rating = finite(float64(pass.Value[0]))
	}
	if len(tokens) > 1 {
		batch.Reset()
		batch.Append(tokens, 1)
		pass.Evaluate(&batch)
		logProbs = pass.LogProb
	}
	return logProbs, rating
}

func newScoreOf(tokens []int32, logProbs []float32) *score {
	s := &score{Tokens: tokens, LogProbs: make([]*float32, len(tokens))}
	if len(logProbs) == 0 {
		return s
	}
	sum := 0.0
	for i := range logProbs {
		s.LogProbs[i+1] = &logProbs[i]
		sum += float64(logProbs[i])
	}
	s.Perplexity = finite(libm.Pow(math.E, -sum/float64(len(logProbs))))
	return s
}

// print tells a person.
func (s *score) print(w io.Writer) {
	if s.Perplexity != nil {
		fmt.Fprintf(w, "\nperplexity %.4g over %s\n", *s.Perplexity, plural(len(s.Tokens)-1, "token"))
	}
	if s.Rating != nil {
		fmt.Fprintf(w, "rating     %.4f\n", *s.Rating)
	}
}
