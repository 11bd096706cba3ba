package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/explain"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/plot"
)

// clipLuck is everything that lucky computes, as --json shows it.
type clipLuck struct {
	Update   []luckRow     `json:"update"`
	Max      []contrastRow `json:"max"`
	Batch    int           `json:"batch"`
	Outliers []outlierRow  `json:"outliers"`
	Reuse    []reuseRow    `json:"reuse"`
	OnePull  []promiseRow  `json:"one_pull"`
	TwoPulls []promiseRow  `json:"two_pulls"`

	oneCurve, twoCurve []promiseRow // for the figure
}

// luckRow is the probability of the lucky action after an epoch.
type luckRow struct {
	Epoch     int     `json:"epoch"`
	Unclipped float64 `json:"unclipped"`
	Clipped   float64 `json:"clip"`
	Maximum   float64 `json:"max"`
}

// contrastRow is the clipped surrogate beside one with max in place of min.
type contrastRow struct {
	Ratio           float64 `json:"ratio"`
	Advantage       float64 `json:"advantage"`
	Minimum         float64 `json:"min"`
	MinimumGradient float64 `json:"min_gradient"`
	Maximum         float64 `json:"max"`
	MaximumGradient float64 `json:"max_gradient"`
}

// outlierRow is what a sample does to the gradient of a batch, by its ratio.
type outlierRow struct {
	Variant   string    `json:"variant"`
	Advantage float64   `json:"advantage"`
	Ratios    []float64 `json:"ratios"`
	Gradients []float64 `json:"gradients"` // by the sample's log-probability
	Shares    []float64 `json:"shares"`
}

// reuseRow is the bias of the gradient when a batch is used once more.
type reuseRow struct {
	Epoch         int       `json:"epoch"`
	Probabilities []float64 `json:"probabilities"`
	Unweighted    float64   `json:"bias_without_weights"`
	Weighted      float64   `json:"bias_with_weights"`
	Effective     float64   `json:"effective_share"`
}

// promiseRow is what surrogates promise, beside what is true.
type promiseRow struct {
	Ratio       float64 `json:"ratio"`
	Probability float64 `json:"probability"`
	Return      float64 `json:"return"`
	Unclipped   float64 `json:"unclipped"`
	Clipped     float64 `json:"clip"`
}

// The settings of the parts that have no flags.
var (
	contrastRatios = []float64{0.5, 0.8, 1, 1.2, 1.5, 2}
	outlierRatios  = []float64{1, 10, 100}
	promiseRatios  = []float64{0.5, 0.8, 1, 1.1, 1.2, 1.5, 2, 2.5, 3}
	promiseOld     = 0.3                           // probability of the first arm, before
	payFirst       = [2][2]float64{{1, 1}, {0, 0}} // the first arm pays, in the first pull
	payDifferent   = [2][2]float64{{0, 1}, {1, 0}} // two different arms pay
)

func newClipLucky() *cobra.Command {
	lucky := explain.DefaultLucky()
	var (
		bounds clipRange
		batch  int
		out    string
		asJSON bool
	)
	c := &cobra.Command{
		Use:   "lucky",
		Short: "Show what the clip prevents: lucky batches, outliers, stale data",
		Long: `Show what the clip is there to prevent, in five parts:

  1  a batch in which an action was lucky, used for many epochs: where the
     unclipped surrogate takes the policy, where PPO stops, and where max in
     place of min would go
  2  min against max, ratio by ratio
  3  what one sample of a large ratio does to a batch, under every surrogate
  4  how wrong the gradient of an old batch is, without and with importance
     weights, and what the weights cost
  5  how far the surrogate may be believed: a two-armed bandit, pulled once and
     twice, its true return beside what the surrogates promise

All expectations are exact sums; nothing is sampled.`,
		Example: `  proximal clip lucky
  proximal clip lucky --epsilon 0.1 --epochs 10 --out lucky.png`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if lucky.Clip, err = bounds.settings(c); err != nil {
				return err
			}
			if out != "" {
				if err := checkPicture(out); err != nil {
					return err
				}
			}
			luck, err := tryLuck(lucky, batch)
			if err != nil {
				return flagged(err)
			}
			names := c.OutOrStdout()
			if asJSON {
				names = c.ErrOrStderr()
				err = printJSON(c.OutOrStdout(), luck)
			} else {
				luck.print(c.OutOrStdout(), lucky)
			}
			if err != nil {
				return err
			}
			return savePicture(names, out, luck.figure)
		},
	}
	f := c.Flags()
	f.Float64Var(&lucky.Probability, "probability", lucky.Probability, "probability of the lucky action before the update")
	addRange(c, &bounds)
	f.IntVar(&lucky.Epochs, "epochs", lucky.Epochs, "epochs over the lucky batch")
	f.Float64Var(&lucky.LearningRate, "lr", lucky.LearningRate, "learning rate of the ascent")
	f.IntVar(&batch, "batch", 64, "samples in the batch of which one is the outlier")
	addPicture(c, &out, "file for a figure")
	addJSON(c, &asJSON)
	return c
}

// tryLuck computes all parts.
func tryLuck(lucky explain.Lucky, batch int) (*clipLuck, error) {
	c := &clipLuck{Batch: batch}
	path, err := lucky.Update()
	if err != nil {
		return nil, err
	}
	for _, l := range path {
		c.Update = append(c.Update, luckRow(l))
	}
	for _, advantage := range []float64{1, -1} {
		rows, err := explain.Counterfactual(contrastRatios, advantage, lucky.Clip)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			c.Max = append(c.Max, contrastRow(r))
		}
	}
	outliers, err := explain.Outliers(outlierRatios, batch, lucky.Clip)
	if err != nil {
		return nil, err
	}
	for _, o := range outliers {
		c.Outliers = append(c.Outliers, outlierRow(o))
	}
	uses, err := explain.Reuse(explain.DefaultSoftmax())
	if err != nil {
		return nil, err
	}
	for _, u := range uses {
		c.Reuse = append(c.Reuse, reuseRow(u))
	}
	return c, c.promise(lucky.Clip)
}

// promise plays the bandits.
func (c *clipLuck) promise(s objective.Settings) error {
	fine, _, _ := explain.Sweep(explain.Curve("unclipped", s), 1, 0, 1/promiseOld, 200)
	for _, game := range []struct {
		pay    [2][2]float64
		ratios []float64
		to     *[]promiseRow
	}{
		{payFirst, promiseRatios, &c.OnePull}, {payDifferent, promiseRatios, &c.TwoPulls},
		{payFirst, fine, &c.oneCurve}, {payDifferent, fine, &c.twoCurve},
	} {
		promises, err := explain.Promises(game.ratios, promiseOld, game.pay, s)
		if err != nil {
			return err
		}
		for _, p := range promises {
			*game.to = append(*game.to, promiseRow(p))
		}
	}
	return nil
}

// print shows the parts as tables.
func (c *clipLuck) print(w io.Writer, lucky explain.Lucky) {
	c.printUpdate(w, lucky)
	c.printMax(w)
	c.printOutliers(w)
	c.printReuse(w)
	c.printPromises(w)
}

func (c *clipLuck) printUpdate(w io.Writer, lucky explain.Lucky) {
	fmt.Fprintf(w, "1. A lucky batch, %s, learning rate %s: probability of the lucky action\n\n",
		describeRange(lucky.Clip), explain.Number(lucky.LearningRate))
	table := [][]string{{"epoch", "unclipped", "PPO", "max for min"}}
	for _, r := range c.Update {
		if slices.Contains([]int{0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, len(c.Update) - 1}, r.Epoch) {
			table = append(table, []string{fmt.Sprint(r.Epoch), fixed(r.Unclipped), fixed(r.Clipped), fixed(r.Maximum)})
		}
	}
	printTable(w, table)
	last := c.Update[len(c.Update)-1]
	fmt.Fprintf(w, "\n  The other action, which may be the better one, is then tried once in %.0f samples without the clip\n"+
		"  and once in %.1f with it; before it was once in %.1f.\n",
		1/(1-last.Unclipped), 1/(1-last.Clipped), 1/(1-lucky.Probability))
	if _, high := explain.Edges(lucky.Clip); last.Clipped/lucky.Probability > high {
		fmt.Fprintf(w, "  PPO went to the ratio %s, past %s: the clip takes the gradient away once a step has left the range,\n"+
			"  it does not shorten the step.\n", fixed(last.Clipped/lucky.Probability), explain.Number(high))
	}
}

func (c *clipLuck) printMax(w io.Writer) {
	fmt.Fprint(w, "\n2. Minimum against maximum of the two terms\n\n")
	table := [][]string{{"A", "r", "min", "gradient", "max", "gradient"}}
	for _, r := range c.Max {
		row := []string{}
		for _, x := range []float64{r.Advantage, r.Ratio, r.Minimum, r.MinimumGradient, r.Maximum, r.MaximumGradient} {
			row = append(row, explain.Number(x))
		}
		table = append(table, row)
	}
	printTable(w, table)
	fmt.Fprint(w, "\n  The maximum is wrong on both sides: it pushes on what has gone too far, and leaves what has gone astray.\n")
}

func (c *clipLuck) printOutliers(w io.Writer) {
	fmt.Fprintf(w, "\n3. One sample of ratio r among %d, the others at 1: its gradient by log π, and its share of the batch's\n\n", c.Batch)
	header := []string{"surrogate", "A"}
	for _, r := range outlierRatios {
		header = append(header, "r = "+explain.Number(r))
	}
	for _, r := range outlierRatios {
		header = append(header, "share at "+explain.Number(r))
	}
	table := [][]string{header}
	for _, o := range c.Outliers {
		row := []string{o.Variant, explain.Number(o.Advantage)}
		for _, g := range o.Gradients {
			row = append(row, fixed(g))
		}
		for _, s := range o.Shares {
			row = append(row, fmt.Sprintf("%.1f %%", 100*s))
		}
		table = append(table, row)
	}
	printTable(w, table)
}

func (c *clipLuck) printReuse(w io.Writer) {
	fmt.Fprint(w, "\n4. One batch of a uniform policy with A = 1, 0, -1, used again and again: error of the expected gradient\n\n")
	table := [][]string{{"epoch", "π(1)", "π(2)", "π(3)", "without weights", "with weights", "effective share"}}
	for _, r := range c.Reuse {
		row := append([]string{fmt.Sprint(r.Epoch)}, fixedAll(r.Probabilities)...)
		table = append(table, append(row, percent(r.Unweighted), percent(r.Weighted), percent(r.Effective)))
	}
	printTable(w, table)
	fmt.Fprint(w, "\n  The weights r make the gradient right on average. Their price is the spread of the ratios: of the samples\n"+
		"  only the effective share, 1/E[r²], is left.\n")
}

func (c *clipLuck) printPromises(w io.Writer) {
	fmt.Fprintf(w, "\n5. The true return and what surrogates promise, from π_old(first arm) = %s\n\n", explain.Number(promiseOld))
	table := [][]string{{"r", "π", "one pull", "unclipped", "PPO", "two pulls", "unclipped", "PPO"}}
	for i, one := range c.OnePull {
		two := c.TwoPulls[i]
		table = append(table, append([]string{explain.Number(one.Ratio)},
			fixedAll([]float64{one.Probability, one.Return, one.Unclipped, one.Clipped, two.Return, two.Unclipped, two.Clipped})...))
	}
	printTable(w, table)
	fmt.Fprint(w, "\n  One pull, the first arm pays 1: the unclipped surrogate is the true return at every ratio, PPO's never more.\n"+
		"  Two pulls, different arms pay 1: the surrogate assumes that the old policy makes the other pull. It is right\n"+
		"  at r = 1 and close to it, and promises most where the true return is worst.\n")
}

// figure draws what changes over epochs and ratios.
func (c *clipLuck) figure() plot.Panels {
	luck := plot.Panel{Title: "A lucky batch", XLabel: "epoch", YLabel: "probability of the lucky action"}
	luck.Lines = []plot.Line{{Name: "unclipped", Strong: true}, {Name: "PPO"}, {Name: "max for min", Dashed: true}}
	for _, r := range c.Update {
		for i, y := range []float64{r.Unclipped, r.Clipped, r.Maximum} {
			extend(&luck.Lines[i], float64(r.Epoch), y)
		}
	}
	reuse := plot.Panel{Title: "A batch used again", XLabel: "epoch", YLabel: "%"}
	reuse.Lines = []plot.Line{{Name: "error without weights"}, {Name: "error with weights"}, {Name: "effective share of the batch"}}
	for _, r := range c.Reuse {
		for i, y := range []float64{r.Unweighted, r.Weighted, r.Effective} {
			extend(&reuse.Lines[i], float64(r.Epoch), 100*y)
		}
	}
	panels := []plot.Panel{luck, reuse}
	for _, game := range []struct {
		title string
		rows  []promiseRow
	}{{"One pull: the first arm pays", c.oneCurve}, {"Two pulls: different arms pay", c.twoCurve}} {
		p := plot.Panel{Title: game.title, XLabel: "ratio of the first arm", YLabel: "return"}
		p.Lines = []plot.Line{{Name: "true return", Strong: true}, {Name: "unclipped"}, {Name: "PPO"}}
		for _, r := range game.rows {
			for i, y := range []float64{r.Return, r.Unclipped, r.Clipped} {
				extend(&p.Lines[i], r.Ratio, y)
			}
		}
		panels = append(panels, p)
	}
	return plot.Panels{Title: "What the clip prevents", Columns: 2, Panels: panels}
}

// extend adds a point to a line.
func extend(l *plot.Line, x, y float64) {
	l.X, l.Y = append(l.X, x), append(l.Y, y)
}
