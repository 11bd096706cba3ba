package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/explain"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/train"
)

// clipSample is one sample, as --json shows it.
type clipSample struct {
	clipRow
	Advantage       float64      `json:"advantage"`
	Low             float64      `json:"low"`  // ratios are clipped to 1 − low and
	High            float64      `json:"high"` // 1 + high
	Dual            float64      `json:"dual"` // 0: off
	Term            explain.Term `json:"term"`
	LogProbGradient float64      `json:"log_prob_gradient"`
	Move            string       `json:"move"`
	Pick            string       `json:"pick"`
	Why             string       `json:"why"`
	ThrownAway      string       `json:"thrown_away"`
	Run             *clipShares  `json:"run"` // null without --run
}

// clipShares is how much of a run's data had no gradient.
type clipShares struct {
	Dir       string     `json:"dir"`
	Updates   int        `json:"updates"`
	Samples   clipSpread `json:"samples"`
	Advantage clipSpread `json:"advantage"` // share of Σ|A|
}

// clipSpread is a share over the updates of a run.
type clipSpread struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

func newClipExplain() *cobra.Command {
	var (
		bounds           clipRange
		ratio, advantage float64
		dir              string
		asJSON           bool
	)
	c := &cobra.Command{
		Use:   "explain",
		Short: "Put one sample into words: is it thrown away?",
		Long: `Take the clipped surrogate of one sample apart: which term the minimum picked, what
the gradient is and why, and whether the sample is thrown away.

With --run, also how many samples of a run had no gradient, and how much of the
absolute advantage they carried.`,
		Example: `  proximal clip explain --ratio 1.5 --advantage -1
  proximal clip explain --ratio 1.5 --advantage 1 --run runs/CartPole-v1-ppo-1
  proximal clip explain --ratio 4 --advantage -1 --dual 3`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := bounds.settings(c)
			if err != nil {
				return err
			}
			row, err := explain.Sample(ratio, advantage, s)
			if err != nil {
				return flagged(err)
			}
			var shares *clipShares
			if dir != "" {
				if shares, err = readShares(dir); err != nil {
					return unusable(err)
				}
			}
			words := explain.Explain(row, s)
			if asJSON {
				return printJSON(c.OutOrStdout(), clipSample{
					clipRowOf(row), advantage, s.Low, s.High, s.Dual, row.Term, row.ByLogProb(),
					words.Move, words.Pick, words.Gradient, words.Thrown, shares,
				})
			}
			printSample(c.OutOrStdout(), row, words, s)
			if shares != nil {
				shares.print(c.OutOrStdout())
			}
			return nil
		},
	}
	addRange(c, &bounds)
	c.Flags().Float64Var(&ratio, "ratio", 1, "the ratio r = π(a|s)/π_old(a|s)")
	c.Flags().Float64Var(&advantage, "advantage", 1, "the advantage A")
	c.Flags().StringVar(&dir, "run", "", "run folder, to see how many of its samples had no gradient")
	addJSON(c, &asJSON)
	return c
}

func printSample(w io.Writer, r explain.Row, words explain.Words, s objective.Settings) {
	n := explain.Number
	fmt.Fprintf(w, "r = %s, A = %s, %s\n\n", n(r.Ratio), n(r.Advantage), describeRange(s))
	fmt.Fprintf(w, "  unclipped  r·A         %s·%s = %s\n", n(r.Ratio), n(r.Advantage), n(r.Unclipped))
	fmt.Fprintf(w, "  clipped    clip(r)·A   %s·%s = %s\n", n(r.Clip), n(r.Advantage), n(r.Clipped))
	fmt.Fprintf(w, "  objective  L           %s\n", n(r.Objective))
	fmt.Fprintf(w, "  gradient   ∂L/∂r       %s\n", n(r.Gradient))
	pull := r.ByLogProb()
	fmt.Fprintf(w, "             ∂L/∂log π   %s = r·∂L/∂r\n", n(pull))
	if pull == 0 {
		fmt.Fprintf(w, "             ∂L/∂z       0 for every logit\n")
	} else {
		fmt.Fprintf(w, "             ∂L/∂z       %s·(1 − π(a)) for the logit of the action, %s·π(b) for that of any other\n", n(pull), n(-pull))
	}
	fmt.Fprintln(w)
	for _, sentence := range []string{words.Move, words.Pick, words.Gradient, "Is the sample thrown away? " + words.Thrown} {
		fmt.Fprint(w, wrap(sentence))
	}
}

// wrap breaks text into lines that a terminal has room for, the first one
// marked.
func wrap(text string) string {
	const width = 96
	var b strings.Builder
	line := "–"
	for word := range strings.FieldsSeq(text) {
		if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			b.WriteString(line + "\n")
			line = " "
		}
		line += " " + word
	}
	return b.String() + line + "\n"
}

// readShares reads how much of a run's data had no gradient.
func readShares(dir string) (*clipShares, error) {
	if _, err := readRun(dir); err != nil {
		return nil, err
	}
	rows, _, err := record.ReadFile(filepath.Join(dir, train.MetricsFile))
	if err != nil {
		return nil, err
	}
	_, samples := record.Series(rows, record.PolicyZeroGradient)
	_, advantage := record.Series(rows, record.PolicyZeroGradientAdvantage)
	of, share := explain.ShareOf(samples), explain.ShareOf(advantage)
	if of.Updates == 0 || share.Updates == 0 {
		return nil, fmt.Errorf("%s has no %s or no %s in its %s", dir, record.PolicyZeroGradient, record.PolicyZeroGradientAdvantage, train.MetricsFile)
	}
	return &clipShares{dir, of.Updates, clipSpread{of.Mean, of.Low, of.High}, clipSpread{share.Mean, share.Low, share.High}}, nil
}

func (s *clipShares) print(w io.Writer) {
	fmt.Fprintf(w, "\nIn %s the gradient was exactly zero for %.1f %% of the samples (lowest %.1f %%, highest %.1f %%),\n"+
		"which carried %.1f %% of the absolute advantage (lowest %.1f %%, highest %.1f %%): means over %s.\n",
		s.Dir, 100*s.Samples.Mean, 100*s.Samples.Low, 100*s.Samples.High,
		100*s.Advantage.Mean, 100*s.Advantage.Low, 100*s.Advantage.High, plural(s.Updates, "update"))
}
