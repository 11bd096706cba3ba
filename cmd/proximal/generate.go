package main

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/lm/token"
)

// generateFlags is what the user asks of the generate command.
type generateFlags struct {
	prompts  []string
	n        int
	sampling lm.Sampling
	seed     uint64
	logProbs bool
	stream   bool
	threads  int
	json     bool
}

// completion is a completion of a prompt, as --json shows it.
type completion struct {
	Prompt   string    `json:"prompt"`
	Text     string    `json:"text"`
	Tokens   []int32   `json:"tokens"` // with the one that ended it
	LogProbs []float32 `json:"logprobs"`
	Stopped  bool      `json:"stopped"` // by an end token; otherwise it was cut off
}

func newGenerate() *cobra.Command {
	f := &generateFlags{sampling: lm.DefaultSampling()}
	c := &cobra.Command{
		Use:   "generate RUN|FOLDER",
		Short: "Let a language model complete prompts",
		Long: `Draw completions of prompts from the last model of a run, or from a model in a
folder in Hugging Face's layout. A prompt follows the token that begins a text;
what spells a special token in it is plain text. A completion goes on to an end
token, --max-tokens or the end of the model's context; where it was cut off, an
ellipsis follows. On a terminal, or with --stream, the text appears while it is drawn;
it is the same text.

Log-probabilities are under the distribution of the given temperature over all
tokens, whatever --top-k, --top-p, --min-p and --greedy leave possible.`,
		Example: `  proximal generate runs/add-grpo-1 --prompt 12+34= --n 4
  proximal generate runs/add-grpo-1 --prompt 12+34= --greedy --logprobs
  proximal generate SmolLM-135M --prompt "Once upon a time" --temperature 0.8 --top-p 0.95 --seed 7`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.check(c); err != nil {
				return unusable(err)
			}
			folder, err := modelFolder(args[0])
			if err != nil {
				return unusable(err)
			}
			model, tokenizer, err := align.LoadModel(folder)
			if err != nil {
				return err
			}
			prompts, err := f.encode(model, tokenizer)
			if err != nil {
				return unusable(err)
			}
			if model.Config.Scalar {
				fmt.Fprintf(c.ErrOrStderr(), "note: the model in %s rates texts and was not trained to write them: \"proximal score\" shows its ratings\n", folder)
			}
			return f.generate(c.Context(), c.OutOrStdout(), folder, &speaker{model, tokenizer, prompts})
		},
	}
	flags := c.Flags()
	flags.StringArrayVar(&f.prompts, "prompt", nil, "text to complete (repeatable; default: the empty one)")
	flags.IntVar(&f.n, "n", 1, "completions of each prompt")
	addSampling(c, &f.sampling)
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the draws")
	flags.BoolVar(&f.logProbs, "logprobs", false, "show the log-probability of each token; --json always does")
	flags.BoolVar(&f.stream, "stream", false, "show the text while it is drawn (default: on a terminal)")
	flags.IntVar(&f.threads, "threads", runtime.GOMAXPROCS(0), "threads to use; does not change the result")
	addJSON(c, &f.json)
	return c
}

// addSampling adds the flags that say how tokens are drawn.
func addSampling(c *cobra.Command, s *lm.Sampling) {
	flags := c.Flags()
	flags.Float64Var(&s.Temperature, "temperature", s.Temperature, "what logits are divided by: less than 1 sharpens")
	flags.BoolVar(&s.Greedy, "greedy", s.Greedy, "take the most likely token instead of drawing one")
	flags.IntVar(&s.TopK, "top-k", s.TopK, "draw from so many of the most likely tokens; 0: from all")
	flags.Float64Var(&s.TopP, "top-p", s.TopP, "of those, from the fewest that together have this probability")
	flags.Float64Var(&s.MinP, "min-p", s.MinP, "of those, from the ones at least this many times as likely as the likeliest")
	flags.IntVar(&s.MaxTokens, "max-tokens", s.MaxTokens, "longest completion, in tokens")
}

// check refuses flags that cannot be, and settles those that nobody has given.
func (f *generateFlags) check(c *cobra.Command) error {
	whole := f.json || f.logProbs // is shown once it is complete
	if f.stream && whole {
		return fmt.Errorf("--stream: not together with --json or --logprobs, which show completions once they are complete")
	}
	if !c.Flags().Changed("stream") {
		f.stream = !whole && onTerminal(c.OutOrStdout())
	}
	if f.n < 1 || f.threads < 1 {
		return fmt.Errorf("--n %d, --threads %d: both must be at least 1", f.n, f.threads)
	}
	if len(f.prompts) == 0 {
		f.prompts = []string{""}
	}
	return f.sampling.Validate()
}

// encode turns the prompts into tokens that fit the model.
func (f *generateFlags) encode(m *lm.Model, t *token.Tokenizer) ([][]int32, error) {
	var prompts [][]int32
	for _, text := range f.prompts {
		tokens, err := task.EncodePrompt(nil, t, text)
		if err != nil {
			return nil, err
		}
		if n := len(tokens); n > m.Config.Context {
			return nil, fmt.Errorf("prompt %q: has %d tokens, must be at most %d, the context of the model", brief(text), n, m.Config.Context)
		}
		prompts = append(prompts, tokens)
	}
	return prompts, nil
}

// brief is the beginning of a text that may be long.
func brief(text string) string {
	const most = 40
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// speaker is a model that is to complete prompts.
type speaker struct {
	model     *lm.Model
	tokenizer *token.Tokenizer
	prompts   [][]int32
}

// generate draws the completions and shows them.
func (f *generateFlags) generate(ctx context.Context, out io.Writer, folder string, s *speaker) error {
	pool := parallel.New(f.threads)
	defer pool.Close()
	r := lm.Request{
		Prompts: s.prompts, Samples: f.n, Sampling: f.sampling, Stop: stopTokens(s.model, s.tokenizer), Seed: f.seed,
	}
	if f.stream {
		r.Step = newStream(out, s.tokenizer, r.Stop, f.prompts, f.n).step
	}
	drawn, err := lm.NewGenerator(s.model, pool).Generate(ctx, r)
	if err != nil {
		if f.stream {
			fmt.Fprintln(out) // ends the line that was begun
		}
		return err
	}
	completions := []completion{}
	for i, d := range drawn {
		if err := checkLogProbs(folder, d.Tokens, d.LogProb); err != nil {
			return err
		}
		completions = append(completions, completion{
			Prompt: f.prompts[i/f.n], Text: spelled(s.tokenizer, r.Stop, d.Tokens),
			Tokens: d.Tokens, LogProbs: d.LogProb, Stopped: d.Stopped,
		})
	}
	if f.json {
		return printJSON(out, completions)
	}
	if !f.stream {
		f.print(out, s.tokenizer, completions)
	}
	return nil
}

// stopTokens are the tokens that end a text, by the model's folder and by its
// tokenizer's.
func stopTokens(m *lm.Model, t *token.Tokenizer) (stop []int32) {
	for _, id := range m.Config.End {
		stop = append(stop, int32(id))
	}
	if t.End() != token.None {
		stop = append(stop, t.End())
	}
	return stop
}

// print shows each prompt with its completion.
func (f *generateFlags) print(w io.Writer, t *token.Tokenizer, completions []completion) {
	for _, c := range completions {
		fmt.Fprintf(w, "%s%s%s\n", c.Prompt, c.Text, ellipsis(c.Stopped))
		if f.logProbs {
			printTable(w, tokenRows(t, c.Tokens, c.LogProbs))
		}
	}
}
