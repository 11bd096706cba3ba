package main

import (
	"fmt"
	"io"
	"math"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/explain"
	"github.com/proximal-rl/proximal/plot"
)

// clipTrace is the way of a softmax policy, as --json shows it.
type clipTrace struct {
	Old            []float64  `json:"old"`
	Proposal       []float64  `json:"proposal"`
	ProposalRatios []float64  `json:"proposal_ratios"`
	Outside        []bool     `json:"outside"`
	Caps           []*float64 `json:"caps"` // null for an advantage of 0
	Iterations     []clipStep `json:"iterations"`
}

// clipStep is one epoch of an iteration.
type clipStep struct {
	Iteration     int       `json:"iteration"`
	Epoch         int       `json:"epoch"`
	Probabilities []float64 `json:"probabilities"` // after the step
	Ratios        []float64 `json:"ratios"`        // after the step
	Gradient      []float64 `json:"gradient"`      // by the logits, that it followed
}

func clipTraceOf(t explain.Trace) clipTrace {
	shown := clipTrace{Old: t.Old, Proposal: t.Proposal, ProposalRatios: t.ProposalRatios, Outside: t.Outside}
	for _, bound := range t.Caps {
		shown.Caps = append(shown.Caps, finite(bound))
	}
	for _, s := range t.Steps {
		shown.Iterations = append(shown.Iterations, clipStep(s))
	}
	return shown
}

func newClipSoftmax() *cobra.Command {
	policy := explain.DefaultSoftmax()
	var (
		bounds clipRange
		out    string
		asJSON bool
	)
	c := &cobra.Command{
		Use:   "softmax",
		Short: "Follow a softmax policy through epochs and iterations",
		Long: `Follow a policy π(a) ∝ exp(z_a) with known advantages through PPO.

First, what an update without a bound might propose, the policy ∝ exp(A/T), with
its ratios to π_old, and where the clip puts its caps. The other reading of the
proposal, ∝ π_old·exp(A/T), stands beside it; they agree where π_old is uniform.

Then what PPO does: gradient ascent by the logits on Σ π_old(a)·L(r_a, A_a), an
exact expectation, over several epochs with π_old held, and over several
iterations, each of which begins with π_old = π. The clip takes the incentive
away from an action that is past its cap. It does not bound the step.`,
		Example: `  proximal clip softmax --logits 0,0,0 --advantages 1,0,-1 --epsilon 0.2
  proximal clip softmax --lr 3 --epochs 1 --iterations 5
  proximal clip softmax --iterations 100 --out softmax.png
  proximal clip softmax --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if policy.Clip, err = bounds.settings(c); err != nil {
				return err
			}
			if out != "" {
				if err := checkPicture(out); err != nil {
					return err
				}
			}
			trace, err := policy.Trace()
			if err != nil {
				return flagged(err)
			}
			names := c.OutOrStdout()
			if asJSON {
				names = c.ErrOrStderr()
				err = printJSON(c.OutOrStdout(), clipTraceOf(trace))
			} else {
				printTrace(c.OutOrStdout(), policy, trace)
			}
			if err != nil {
				return err
			}
			return savePicture(names, out, func() plot.Panels { return traceFigure(policy, trace) })
		},
	}
	f := c.Flags()
	f.Float64SliceVar(&policy.Logits, "logits", policy.Logits, "logits z of the policy, as `0,0,0`, the default")
	f.Float64SliceVar(&policy.Advantages, "advantages", policy.Advantages, "advantages A of the actions, as `1,0,-1`, the default")
	for _, name := range []string{"logits", "advantages"} {
		f.Lookup(name).DefValue = "" // or the help shows six decimals
	}
	addRange(c, &bounds)
	f.Float64Var(&policy.Temperature, "temperature", policy.Temperature, "temperature T of the proposal")
	f.IntVar(&policy.Epochs, "epochs", policy.Epochs, "steps of ascent in an iteration")
	f.IntVar(&policy.Iterations, "iterations", policy.Iterations, "how often π_old becomes π")
	f.Float64Var(&policy.LearningRate, "lr", policy.LearningRate, "learning rate of the ascent")
	addPicture(c, &out, "file for a figure")
	addJSON(c, &asJSON)
	return c
}

// printTrace shows the proposals, the ascent, and how far the ratios went.
func printTrace(w io.Writer, policy explain.Softmax, t explain.Trace) {
	fmt.Fprintf(w, "An update without a bound, T = %s, %s\n\n", explain.Number(policy.Temperature), describeRange(policy.Clip))
	table := [][]string{{"action", "π_old", "A", "exp(A/T)", "r", "inside", "cap", "π_old·exp(A/T)", "r"}}
	for a := range t.Old {
		inside, bound := "yes", "–"
		if t.Outside[a] {
			inside = "no"
		}
		if !math.IsNaN(t.Caps[a]) {
			bound = fixed(t.Caps[a])
		}
		table = append(table, []string{fmt.Sprint(a + 1), fixed(t.Old[a]), explain.Number(policy.Advantages[a]), fixed(t.Proposal[a]),
			fixed(t.ProposalRatios[a]), inside, bound, fixed(t.Weighted[a]), fixed(t.WeightedRatios[a])})
	}
	printTable(w, table)
	fmt.Fprint(w, "\nThe proposal of the textbook is ∝ exp(A/T); the one with the factor π_old keeps what the policy knew.\n")
	if uniform(t.Old) {
		fmt.Fprint(w, "Here they are the same, as π_old is uniform.\n")
	}

	fmt.Fprintf(w, "\nClipped gradient ascent, learning rate %s: iteration 1, epoch by epoch\n\n", explain.Number(policy.LearningRate))
	printSteps(w, "epoch", t.Steps[:policy.Epochs], func(s explain.Step) int { return s.Epoch })
	if policy.Iterations > 1 {
		var last []explain.Step
		for i := policy.Epochs; i <= len(t.Steps); i += policy.Epochs {
			last = append(last, t.Steps[i-1])
		}
		fmt.Fprintf(w, "\nIteration by iteration, each after %s\n\n", plural(policy.Epochs, "epoch"))
		printSteps(w, "iteration", last, func(s explain.Step) int { return s.Iteration })
	}
	printOvershoot(w, policy, t)
}

func uniform(p []float64) bool {
	for _, x := range p {
		if x != p[0] {
			return false
		}
	}
	return true
}

// printSteps shows a table of steps, numbered as number says.
func printSteps(w io.Writer, head string, steps []explain.Step, number func(explain.Step) int) {
	header := []string{head}
	for _, column := range []string{"π", "r", "∂J/∂z"} {
		for a := range steps[0].Ratios {
			header = append(header, fmt.Sprintf("%s(%d)", column, a+1))
		}
	}
	table := [][]string{header}
	for _, s := range steps {
		row := []string{fmt.Sprint(number(s))}
		for _, values := range [][]float64{s.Probabilities, s.Ratios, s.Gradient} {
			row = append(row, fixedAll(values)...)
		}
		table = append(table, row)
	}
	printTable(w, table)
	fmt.Fprint(w, "  π and r after the step, ∂J/∂z the gradient by the logits that it followed\n")
}

// printOvershoot says how far the ratios went, against the range.
func printOvershoot(w io.Writer, policy explain.Softmax, t explain.Trace) {
	low, high := explain.Edges(policy.Clip)
	up, down, upAction, downAction := t.Furthest()
	largest, smallest := up.Ratios[upAction], down.Ratios[downAction]
	fmt.Fprintf(w, "\nThe largest ratio was %s (action %d in iteration %d, epoch %d), the smallest %s (action %d in iteration %d, epoch %d).\n",
		fixed(largest), upAction+1, up.Iteration, up.Epoch, fixed(smallest), downAction+1, down.Iteration, down.Epoch)
	if largest > high || smallest < low {
		fmt.Fprintf(w, "That is outside the range [%s, %s]: the clip removes the incentive to go on, it does not bound the step,\n"+
			"and the gradient of one action moves the others with it.\n", explain.Number(low), explain.Number(high))
	} else {
		fmt.Fprintf(w, "All are inside the range [%s, %s]: so far the clip had nothing to do.\n", explain.Number(low), explain.Number(high))
	}
}

// traceFigure draws ratios and probabilities over all epochs.
func traceFigure(policy explain.Softmax, t explain.Trace) plot.Panels {
	low, high := explain.Edges(policy.Clip)
	probabilities := plot.Panel{Title: "Probabilities", XLabel: "epoch, over all iterations", YLabel: "π(a)", Y: plot.Range{High: 1.0001}}
	ratios := plot.Panel{Title: "Ratios to the policy before the iteration", XLabel: "epoch, over all iterations", YLabel: "r",
		Levels: []plot.Level{{Name: "range", Y: low}, {Name: "range", Y: high}}}
	for a := range t.Old {
		name := fmt.Sprintf("action %d, A = %s", a+1, explain.Number(policy.Advantages[a]))
		p := plot.Line{Name: name, X: []float64{0}, Y: []float64{t.Old[a]}}
		r := plot.Line{Name: name}
		for i, s := range t.Steps {
			x := float64(i + 1)
			p.X, p.Y = append(p.X, x), append(p.Y, s.Probabilities[a])
			if s.Epoch == 1 { // a new π_old: back to 1
				r.X, r.Y = append(r.X, math.NaN(), float64(i)), append(r.Y, math.NaN(), 1)
			}
			r.X, r.Y = append(r.X, x), append(r.Y, s.Ratios[a])
		}
		probabilities.Lines, ratios.Lines = append(probabilities.Lines, p), append(ratios.Lines, r)
	}
	return plot.Panels{Title: "A softmax policy under PPO", Columns: 1, Panels: []plot.Panel{probabilities, ratios}}
}
