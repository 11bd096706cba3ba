package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/explain"
	"github.com/proximal-rl/proximal/objective"
)

// clipRow is a row of the table, as --json shows it.
type clipRow struct {
	Ratio     float64      `json:"ratio"`
	Unclipped float64      `json:"unclipped"`
	Clip      float64      `json:"clip"`
	Clipped   float64      `json:"clipped"`
	Objective float64      `json:"objective"`
	Gradient  float64      `json:"gradient"`
	Case      explain.Case `json:"case"`
}

func clipRowOf(r explain.Row) clipRow {
	return clipRow{r.Ratio, r.Unclipped, r.Clip, r.Clipped, r.Objective, r.Gradient, r.Case}
}

// cells are the row as text, each number in its shortest form.
func (r clipRow) cells() []string {
	var cells []string
	for _, x := range []float64{r.Ratio, r.Unclipped, r.Clip, r.Clipped, r.Objective, r.Gradient} {
		cells = append(cells, explain.Number(x))
	}
	return append(cells, string(r.Case))
}

func newClipTable() *cobra.Command {
	var (
		bounds        clipRange
		advantage     float64
		ratios        []float64
		asCSV, asJSON bool
	)
	c := &cobra.Command{
		Use:   "table",
		Short: "Print the clipped surrogate and its gradient by the ratio",
		Long: `Print, for each ratio r, both terms of the clipped surrogate, the objective L that
is the smaller of them, its gradient ∂L/∂r, and whether the clip took that away:

  no        the gradient is A
  yes       the gradient is exactly zero
  boundary  the ratio is exactly on an edge of the range, or on the bound of the
            dual clip; the gradient is still A

Without --ratios there is a row for every edge and for what lies around them.
The numbers are those of decimal arithmetic.`,
		Example: `  proximal clip table --epsilon 0.2 --advantage 1
  proximal clip table --epsilon 0.2 --advantage -1 --csv
  proximal clip table --low 0.2 --high 0.28 --dual 3 --advantage -1 --ratios 0.5,1,2,3,4`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := bounds.settings(c)
			if err != nil {
				return err
			}
			if !c.Flags().Changed("ratios") {
				ratios = explain.Ratios(advantage, s)
			}
			if asCSV && asJSON {
				return unusable(errors.New("--csv and --json: choose one of them"))
			}
			table, err := explain.Table(ratios, advantage, s)
			if err != nil {
				return flagged(err)
			}
			rows := make([]clipRow, len(table))
			for i, r := range table {
				rows[i] = clipRowOf(r)
			}
			switch {
			case asJSON:
				return printJSON(c.OutOrStdout(), rows)
			case asCSV:
				printClipCSV(c.OutOrStdout(), rows)
			default:
				printClipTable(c.OutOrStdout(), rows, advantage, s)
			}
			return nil
		},
	}
	addRange(c, &bounds)
	c.Flags().Float64Var(&advantage, "advantage", 1, "the advantage A")
	c.Flags().Float64SliceVar(&ratios, "ratios", nil, "ratios r, as `0.5,0.8,1` (default: those around the range that teach most)")
	c.Flags().Lookup("ratios").DefValue = "" // or the help shows an empty list
	c.Flags().BoolVar(&asCSV, "csv", false, "print comma-separated values")
	addJSON(c, &asJSON)
	return c
}

func printClipTable(w io.Writer, rows []clipRow, advantage float64, s objective.Settings) {
	fmt.Fprintf(w, "A = %s, %s\n\n", explain.Number(advantage), describeRange(s))
	table := [][]string{{"r", "r·A", "clip(r)", "clip·A", "L", "∂L/∂r", "clipped"}}
	for _, r := range rows {
		table = append(table, r.cells())
	}
	printTable(w, table)
}

func printClipCSV(w io.Writer, rows []clipRow) {
	fmt.Fprintln(w, "ratio,unclipped,clip,clipped,objective,gradient,case")
	for _, r := range rows {
		fmt.Fprintln(w, strings.Join(r.cells(), ","))
	}
}
