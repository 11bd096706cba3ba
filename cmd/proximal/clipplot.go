package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/explain"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/plot"
)

func newClipPlot() *cobra.Command {
	var (
		bounds   clipRange
		variants []string
		out      string
	)
	c := &cobra.Command{
		Use:   "plot",
		Short: "Draw the clipped surrogate, or any other, against the ratio",
		Long: `Draw what a sample adds to the objective against its ratio, for a good action
(A = 1) and for a bad one (A = −1): unclipped dashed, PPO's solid, with the edges
of the range.

--variants names other surrogates; their slopes by the ratio are then drawn below:
the derivatives, but for those surrogates that hold a weight constant. Settings
other than the range are those of the papers.`,
		Example: `  proximal clip plot --out clip.png
  proximal clip plot --out dual.svg --dual 3
  proximal clip plot --out soft.png --variants clip,sapo`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := bounds.settings(c)
			if err != nil {
				return err
			}
			if err := checkPicture(out); err != nil {
				return err
			}
			if c.Flags().Changed("variants") {
				if err := checkVariants(variants); err != nil {
					return unusable(err)
				}
			}
			return savePicture(c.OutOrStdout(), out, func() plot.Panels { return clipFigure(s, variants) })
		},
	}
	addRange(c, &bounds)
	c.Flags().StringSliceVar(&variants, "variants", nil, "surrogates to draw with their slopes, as `clip,sapo`")
	c.Flags().Lookup("variants").Usage += ": " + strings.Join(variantNames(), ", ")
	addPicture(c, &out, "file to write")
	return c
}

// checkVariants returns an error unless names are some surrogates, each once.
func checkVariants(names []string) error {
	if len(names) == 0 {
		return errors.New("--variants: must name at least one surrogate, such as clip,sapo")
	}
	for i, name := range names {
		if !slices.Contains(variantNames(), name) {
			return config.Unknown("surrogate", name, variantNames())
		}
		if slices.Contains(names[:i], name) {
			return fmt.Errorf("--variants[%d] = %q: must name each surrogate once", i, name)
		}
	}
	return nil
}

// variantNames are the names of all surrogates.
func variantNames() (names []string) {
	for _, v := range objective.Variants() {
		names = append(names, v.Name)
	}
	return names
}

// clipFigure draws surrogates for both signs of the advantage, and below their
// slopes if surrogates are named.
func clipFigure(s objective.Settings, variants []string) plot.Panels {
	low, high := explain.Edges(s)
	figure := plot.Panels{Title: fmt.Sprintf("What a sample adds to the objective, ratios clipped to [%s, %s]",
		explain.Number(low), explain.Number(high)), Columns: 2}
	edges := []plot.Vertical{{Name: explain.Number(low), X: low}, {Name: explain.Number(high), X: high}}
	end := max(2, 1.25*s.Dual, high+0.4)
	named := len(variants) > 0
	if !named {
		variants = []string{"clip"}
	}
	var slopes []plot.Panel
	for _, sign := range []struct {
		title     string
		advantage float64
	}{{"A = 1, a good action", 1}, {"A = −1, a bad action", -1}} {
		value := plot.Panel{Title: sign.title, XLabel: "ratio r", YLabel: "objective", Verticals: edges}
		slope := plot.Panel{XLabel: "ratio r", YLabel: "slope by r", Verticals: edges}
		for _, name := range append([]string{"unclipped"}, variants...) {
			if name == "unclipped" && len(value.Lines) > 0 {
				continue // it is always there
			}
			x, y, d := explain.Sweep(explain.Curve(name, s), sign.advantage, 0, end, curvePoints)
			line := plot.Line{Name: name, X: x, Y: y, Dashed: name == "unclipped", Strong: name == "clip"}
			value.Lines = append(value.Lines, line)
			line.Y = d
			slope.Lines = append(slope.Lines, line)
		}
		value.Y, slope.Y = window(value.Lines, 1.5*end), window(slope.Lines, 3)
		figure.Panels = append(figure.Panels, value)
		slopes = append(slopes, slope)
	}
	if named {
		figure.Panels = append(figure.Panels, slopes...)
	}
	return figure
}

// curvePoints are enough for a knee to look like one.
const curvePoints = 1001

// window is what a panel shows: all of its lines but what lies further from
// zero than most.
func window(lines []plot.Line, most float64) plot.Range {
	low, high := math.Inf(1), math.Inf(-1)
	for _, l := range lines {
		for _, y := range l.Y {
			if !math.IsNaN(y) {
				low, high = min(low, max(y, -most)), max(high, min(y, most))
			}
		}
	}
	margin := 0.05 * (high - low)
	if margin == 0 {
		margin = 0.5
	}
	return plot.Range{Low: low - margin, High: high + margin}
}
