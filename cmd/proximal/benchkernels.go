package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/seed"
)

// kernelSpeed is the speed of one kernel at one size, as --json shows it.
type kernelSpeed struct {
	Kernel      string  `json:"kernel"` // level
	Form        string  `json:"form"`
	Rows        int     `json:"rows"`
	In          int     `json:"in"`
	Out         int     `json:"out"`
	GFLOPs      float64 `json:"gflops"`
	PeakGFLOPs  float64 `json:"peak_gflops"`
	Utilisation float64 `json:"utilisation"`
}

// shapes are rows, inputs and outputs of layers as PPO has them: acting, small
// and large minibatches, first and last layers, odd ones.
var shapes = [][3]int{
	{1, 64, 64}, {4, 64, 64}, {8, 64, 64}, {64, 64, 64}, {256, 64, 64}, {1024, 128, 128}, {4096, 256, 256},
	{64, 4, 64}, {64, 24, 64}, {64, 64, 2}, {64, 64, 1}, {61, 67, 53},
}

func newBenchKernels() *cobra.Command {
	var level string
	var asJSON bool
	c := &cobra.Command{
		Use:   "kernels",
		Short: "GFLOP/s of the matrix products, by shape and level",
		Long: `Measure the three products of a linear layer, forward, gradient of the inputs and
gradient of the weights, at the sizes of PPO, with everything a call does, packing
included. One thread. The peak is measured before every product.`,
		Example: "  proximal bench kernels\n  proximal bench kernels --level avx2 --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			levels := kernel.Levels()
			if level != "" {
				if !slices.Contains(levels, level) {
					return unusable(config.Unknown("kernel level", level, levels))
				}
				levels = []string{level}
			}
			rows, err := benchKernels(levels)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), rows)
			}
			return printKernels(c.OutOrStdout(), rows)
		},
	}
	c.Flags().StringVar(&level, "level", "", "measure this level alone: "+strings.Join(kernel.Levels(), ", "))
	addJSON(c, &asJSON)
	return c
}

func benchKernels(levels []string) ([]kernelSpeed, error) {
	rows := []kernelSpeed{}
	for _, level := range levels {
		restore, err := kernel.Use(level)
		if err != nil {
			return nil, err
		}
		for _, s := range shapes {
			rows = append(rows, benchLayer(level, s[0], s[1], s[2])...)
		}
		restore()
	}
	return rows, nil
}

// benchLayer measures the three products of one layer.
func benchLayer(level string, rows, in, out int) []kernelSpeed {
	rng := seed.New(1)
	normals := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(rng.Normal())
		}
		return x
	}
	x, w, bias, dy := normals(rows*in), normals(in*out), normals(out), normals(rows*out)
	y, dx, dw, dbias := make([]float32, rows*out), make([]float32, rows*in), make([]float32, in*out), make([]float32, out)
	forms := []struct {
		name string
		run  func()
	}{
		{"forward", func() { kernel.Linear(y, x, w, bias, rows, in, out) }},
		{"input", func() { kernel.LinearInput(dx, dy, w, rows, in, out) }},
		{"weight", func() { kernel.LinearWeight(dw, dbias, x, dy, rows, in, out) }},
	}
	var speeds []kernelSpeed
	for _, form := range forms {
		s := kernelSpeed{Kernel: level, Form: form.name, Rows: rows, In: in, Out: out, PeakGFLOPs: peakSpeed(1)}
		s.GFLOPs = 2 * float64(rows*in*out) / nanoseconds(form.run)
		s.Utilisation = s.GFLOPs / s.PeakGFLOPs
		speeds = append(speeds, s)
	}
	return speeds
}

// nanoseconds is how long f takes: the median of the measurements, each long
// enough for the clock.
func nanoseconds(f func()) float64 {
	calls := 1
	for {
		start := time.Now()
		for range calls {
			f()
		}
		if time.Since(start) > 200*time.Microsecond {
			break
		}
		calls *= 2
	}
	var times []float64
	for range 31 {
		start := time.Now()
		for range calls {
			f()
		}
		times = append(times, float64(time.Since(start).Nanoseconds())/float64(calls))
	}
	slices.Sort(times)
	return times[len(times)/2]
}

func printKernels(out io.Writer, rows []kernelSpeed) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "KERNEL\tFORM\tROWS×IN×OUT\tGFLOP/S\tPEAK\tOF PEAK\t")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%d×%d×%d\t%.1f\t%.1f\t%.0f %%\t\n",
			r.Kernel, r.Form, r.Rows, r.In, r.Out, r.GFLOPs, r.PeakGFLOPs, 100*r.Utilisation)
	}
	return w.Flush()
}
