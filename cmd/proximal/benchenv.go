package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/internal/clock"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/train"
)

func newBenchEnv() *cobra.Command {
	var (
		threads int
		seconds float64
		set     []string
		asJSON  bool
	)
	c := &cobra.Command{
		Use:   "env ENV",
		Short: "Steps per second of an environment",
		Long: `Step an environment with random actions, resets included. With several threads
each has an environment of its own, and the steps are added up.`,
		Example:           "  proximal bench env CartPole-v1\n  proximal bench env LunarLander-v3 --threads 2 --json",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeEnvironments,
		RunE: func(c *cobra.Command, args []string) error {
			if !(seconds > 0 && seconds <= 3600) {
				return unusable(fmt.Errorf("--seconds %v: must be above 0 and at most 3600", seconds))
			}
			section := train.EnvironmentSection{ID: successor(c, args[0])}
			if err := setEnvironment(&section, set); err != nil {
				return unusable(err)
			}
			maker, err := catalog.Make(section.ID, section.Options)
			if err != nil {
				return unusable(err)
			}
			m, err := benchEnv(section.ID, maker, threads, seconds)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), m)
			}
			m.print(c.OutOrStdout())
			return nil
		},
	}
	addThreads(c, &threads, 1)
	c.Flags().Float64Var(&seconds, "seconds", 1, "how long to measure")
	addSet(c, &set, "env.g=9.81")
	addJSON(c, &asJSON)
	return c
}

// stepper steps one environment with random actions.
type stepper struct {
	env         env.Env
	world       *seed.Rand
	obs, action []float32
	actions     []float32 // drawn beforehand, so that drawing is not measured
	next        int
}

// drawn is how many actions are drawn beforehand.
const drawn = 4096

func newStepper(maker env.Maker, index int) (*stepper, error) {
	e, err := maker()
	if err != nil {
		return nil, err
	}
	spec := e.Spec()
	s := &stepper{
		env: e, world: seed.Stream(1, "environment", index),
		obs: make([]float32, spec.Observation.Size()),
	}
	choices, size := seed.Stream(1, "action", index), spec.Action.Size()
	s.actions = make([]float32, drawn*size)
	for i := range drawn {
		spec.Action.Sample(s.actions[i*size:(i+1)*size], choices)
	}
	s.action = s.actions[:size]
	e.Reset(s.world, s.obs)
	return s, nil
}

// steps takes n steps, resets included.
func (s *stepper) steps(n int) {
	size := len(s.action)
	for range n {
		s.next = (s.next + 1) % drawn
		if _, end := s.env.Step(s.actions[s.next*size:(s.next+1)*size], s.obs); end.Ended() {
			s.env.Reset(s.world, s.obs)
		}
	}
}

// benchEnv measures for some seconds on several threads.
func benchEnv(name string, maker env.Maker, threads int, seconds float64) (*measurement, error) {
	steppers := make([]*stepper, threads)
	for i := range steppers {
		s, err := newStepper(maker, i)
		if err != nil {
			return nil, err
		}
		s.steps(2000) // every reuse of memory has begun
		steppers[i] = s
	}
	const block = 200
	taken := make([]int, threads)
	runtime.GC()
	objects, used, start := mallocs(), clock.CPU(), time.Now()
	var group sync.WaitGroup
	for i, s := range steppers {
		group.Go(func() {
			for time.Since(start).Seconds() < seconds {
				s.steps(block)
				taken[i] += block
			}
		})
	}
	group.Wait()
	m := &measurement{Name: name, Threads: threads, Seconds: time.Since(start).Seconds(), CPUSeconds: (clock.CPU() - used).Seconds()}
	for _, n := range taken {
		m.Steps += n
	}
	// Starting a goroutine allocates a little, once; that is not the steps'.
	m.Allocations = float64(max(mallocs()-objects, uint64(8*threads))-uint64(8*threads)) / float64(m.Steps)
	m.complete()
	return m, nil
}
