package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/explain"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/plot"
)

func newClip() *cobra.Command {
	c := &cobra.Command{
		Use:   "clip",
		Short: "Compute what the clip does, from a table to a lucky batch",
		Long: `The textbook of the clipped surrogate

  L = min(r·A, clip(r, 1−ε, 1+ε)·A),   r = π(a|s)/π_old(a|s)

computed: as a table, as a figure, for one sample in words, for a softmax policy
on its way through epochs and iterations, and against what it prevents.`,
		Example: `  proximal clip table --epsilon 0.2 --advantage -1
  proximal clip plot --out clip.png
  proximal clip explain --ratio 1.5 --advantage -1`,
		Args: knownCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.SetFlagErrorFunc(explainFlag)
	c.AddCommand(newClipTable(), newClipPlot(), newClipSoftmax(), newClipExplain(), newClipLucky(), newClipPage())
	return c
}

// clipFlags says what the flags of numbers must be.
var clipFlags = map[string]string{
	"epsilon":     "must be in (0, 1)",
	"low":         "must be in (0, 1)",
	"high":        "must be a finite number above 0",
	"dual":        "must be 0 (off) or a finite number above 1",
	"ratio":       "must be a finite number of at least 0, such as 1.5",
	"ratios":      "must name at least one finite number of at least 0, such as 0.5,1,1.5",
	"advantage":   "must be a finite number, such as -1",
	"advantages":  "must name a finite number for each logit, such as 1,0,-1",
	"logits":      "must name at least two finite numbers, such as 0,0,0",
	"temperature": "must be a finite number above 0",
	"lr":          "must be a finite number above 0",
	"probability": "must be in (0, 1)",
	"epochs":      "must be a whole number of at least 1",
	"iterations":  "must be a whole number of at least 1",
	"batch":       "must be a whole number of at least 2",
}

// explainFlag says what a flag must be whose text is no number. Other errors
// about flags stay what they are.
func explainFlag(_ *cobra.Command, err error) error {
	var wrong interface{ GetValue() string }
	if !errors.As(err, &wrong) {
		return err
	}
	for name, must := range clipFlags {
		if !strings.Contains(err.Error(), fmt.Sprintf("for %q flag", "--"+name)) {
			continue
		}
		if wrong.GetValue() == "" {
			return fmt.Errorf("--%s: %s", name, must)
		}
		return fmt.Errorf("--%s = %q: %s", name, wrong.GetValue(), must)
	}
	return err
}

// clipRange is the clip range as flags give it.
type clipRange struct{ epsilon, low, high, dual float64 }

// addRange adds the flags of a clip range.
func addRange(c *cobra.Command, r *clipRange) {
	f := c.Flags()
	f.Float64Var(&r.epsilon, "epsilon", 0.2, "clip range: ratios from 1−ε to 1+ε")
	f.Float64Var(&r.low, "low", 0, "the lower ε alone: ratios from 1−low (default: that of --epsilon)")
	f.Float64Var(&r.high, "high", 0, "the upper ε alone: ratios to 1+high (default: that of --epsilon)")
	f.Float64Var(&r.dual, "dual", 0, "dual clip: for A < 0 nothing counts below dual·A; above 1, or 0 for none")
}

// settings returns the settings of the surrogates with the range of the flags
// of c.
func (r clipRange) settings(c *cobra.Command) (objective.Settings, error) {
	s := objective.DefaultSettings()
	s.Low, s.High, s.Dual = r.low, r.high, r.dual
	ownLow, ownHigh := c.Flags().Changed("low"), c.Flags().Changed("high")
	if !ownLow {
		s.Low = r.epsilon
	}
	if !ownHigh {
		s.High = r.epsilon
	}
	switch {
	case !(r.epsilon > 0) || math.IsInf(r.epsilon, 0):
		return s, unusable(fmt.Errorf("--epsilon = %v: must be in (0, 1)", r.epsilon))
	case !ownLow && r.epsilon >= 1:
		return s, unusable(fmt.Errorf("--epsilon = %v: must be in (0, 1), as the lower bound 1−ε of the ratio must be above 0; --high alone may be larger", r.epsilon))
	}
	err := explain.CheckRange(s)
	if err != nil && (!ownLow && strings.HasPrefix(err.Error(), "low = ") || !ownHigh && strings.HasPrefix(err.Error(), "high = ")) {
		_, said, _ := strings.Cut(err.Error(), " ") // the user has named neither
		err = errors.New("epsilon " + said)
	}
	return s, flagged(err)
}

// flagged marks an error that begins with the name of a flag as the user's; nil
// stays nil.
func flagged(err error) error {
	if err == nil {
		return nil
	}
	return unusable(fmt.Errorf("--%w", err))
}

// addPicture adds the flag for a picture; wanted says of what.
func addPicture(c *cobra.Command, out *string, wanted string) {
	c.Flags().StringVar(out, "out", "", wanted+", .png or .svg; replaced if it exists")
}

// checkPicture returns an error if no picture can be written to a file of this
// name, which it finds out with an empty file beside it.
func checkPicture(out string) error {
	if e := strings.ToLower(filepath.Ext(out)); e != ".png" && e != ".svg" {
		return unusable(fmt.Errorf("--out = %q: must be a file name that ends in .png or .svg", out))
	}
	if info, err := os.Stat(out); err == nil && info.IsDir() {
		return unusable(fmt.Errorf("--out = %q: must be a file, not a folder", out))
	}
	probe, err := os.CreateTemp(filepath.Dir(out), ".proximal-*")
	if err != nil {
		if cause := (*fs.PathError)(nil); errors.As(err, &cause) {
			err = cause.Err // without the name of the empty file
		}
		return unusable(fmt.Errorf("--out = %q: must be in a folder that can be written to: %w", out, err))
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// savePicture writes a picture, if one is wanted, and says where on w.
func savePicture(w io.Writer, out string, figure func() plot.Panels) error {
	if out == "" {
		return nil
	}
	if err := figure().Save(out); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, out)
	return err
}

// fixed writes x with three decimals, and no −0.
func fixed(x float64) string {
	text := fmt.Sprintf("%.3f", x)
	if strings.Trim(text, "-0.") == "" {
		return strings.TrimPrefix(text, "-")
	}
	return text
}

// fixedAll writes all of x in the same way.
func fixedAll(x []float64) []string {
	texts := make([]string, len(x))
	for i := range x {
		texts[i] = fixed(x[i])
	}
	return texts
}

// describeRange names the range of s.
func describeRange(s objective.Settings) string {
	low, high := explain.Edges(s)
	text := fmt.Sprintf("range [%s, %s]", explain.Number(low), explain.Number(high))
	if s.Dual != 0 {
		text += ", dual clip " + explain.Number(s.Dual)
	}
	return text
}
