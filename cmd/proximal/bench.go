package main

import (
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/internal/clock"
	"github.com/proximal-rl/proximal/internal/kernel"
)

// measurement is what a benchmark found, as --json shows it. Fields that a
// benchmark does not measure are 0.
type measurement struct {
	Name           string   `json:"name"`
	Threads        int      `json:"threads"`
	Kernel         string   `json:"kernel"`
	Seconds        float64  `json:"seconds"`
	CPUSeconds     float64  `json:"cpu_seconds"`
	Steps          int      `json:"steps"`
	Updates        int      `json:"updates"`
	StepsPerSecond float64  `json:"steps_per_second"`
	GFLOPs         float64  `json:"gflops"`       // a second, of model arithmetic
	PeakGFLOPs     float64  `json:"peak_gflops"`  // a second, of fused multiply-adds on registers, in the same run
	Utilisation    float64  `json:"utilisation"`  // the one over the other
	Allocations    float64  `json:"allocations"`  // for each step or update, in the steady state
	PeakRSS        float64  `json:"peak_rss_mib"` // of the process so far
	ReturnMean     *float64 `json:"return_mean"`
}

// complete fills in what follows from the rest.
func (m *measurement) complete() {
	m.Kernel = kernel.Level()
	m.PeakRSS = float64(clock.PeakMemory()) / (1 << 20)
	if m.Seconds > 0 {
		m.StepsPerSecond = float64(m.Steps) / m.Seconds
	}
	if m.PeakGFLOPs > 0 {
		m.Utilisation = m.GFLOPs / m.PeakGFLOPs
	}
}

func newBench() *cobra.Command {
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure how fast kernels, environments and training are on this machine",
		Long: `Measure how fast this machine computes. Every figure is measured in this run, and
the peak that it is compared with too: fused multiply-adds on registers alone.
PROXIMAL_KERNEL chooses another level of the kernels.`,
		Example: `  proximal bench kernels
  proximal bench env BipedalWalker-v3 --threads 2
  proximal bench ppo rltools-pendulum --threads 1 --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newBenchKernels(), newBenchEnv(), newBenchPPO(), newBenchLM())
	return c
}

// addThreads adds the --threads flag and its check.
func addThreads(c *cobra.Command, threads *int, usual int) {
	c.Flags().IntVar(threads, "threads", usual, "threads to use")
	c.PreRunE = func(*cobra.Command, []string) error {
		if *threads < 1 || *threads > 4096 {
			return unusable(fmt.Errorf("--threads %d: must be 1 to 4096", *threads))
		}
		return nil
	}
}

// peakSpeed returns the operations per nanosecond, GFLOP/s, that threads reach
// together on registers: the best of many short measurements.
func peakSpeed(threads int) float64 {
	best := 0.0
	for range 5 {
		best = max(best, peakOnce(threads))
	}
	return best
}

// peakOnce adds up what each thread reaches in its best moment while all work.
func peakOnce(threads int) float64 {
	speeds := make([]float64, threads)
	var group sync.WaitGroup
	for t := range threads {
		group.Go(func() {
			for range 100 {
				start := time.Now()
				operations := kernel.Saturate(200)
				speeds[t] = max(speeds[t], float64(operations)/float64(time.Since(start).Nanoseconds()))
			}
		})
	}
	group.Wait()
	sum := 0.0
	for _, s := range speeds {
		sum += s
	}
	return sum
}

// mallocs returns how many objects the process has allocated.
func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// print shows a measurement to a person.
func (m *measurement) print(w io.Writer) {
	fmt.Fprintf(w, "%s, %s, kernel %s\n", m.Name, plural(m.Threads, "thread"), m.Kernel)
	fmt.Fprintf(w, "  time         %.3f s, %.3f s of processor time\n", m.Seconds, m.CPUSeconds)
	fmt.Fprintf(w, "  speed        %s steps/s", thousands(int(m.StepsPerSecond)))
	if m.Updates > 0 {
		fmt.Fprintf(w, ", %s updates/s", thousands(int(float64(m.Updates)/m.Seconds)))
	}
	fmt.Fprintln(w)
	if m.PeakGFLOPs > 0 {
		fmt.Fprintf(w, "  arithmetic   %.1f GFLOP/s of %.1f, %.0f %% of the peak\n", m.GFLOPs, m.PeakGFLOPs, 100*m.Utilisation)
	}
	unit := "step"
	if m.Updates > 0 {
		unit = "update"
	}
	fmt.Fprintf(w, "  allocations  %.4g for each %s\n", m.Allocations, unit)
	fmt.Fprintf(w, "  memory       %.0f MiB at most\n", m.PeakRSS)
	if m.ReturnMean != nil {
		fmt.Fprintf(w, "  return       %.1f\n", *m.ReturnMean)
	}
}
