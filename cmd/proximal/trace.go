package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
	"github.com/proximal-rl/proximal/train"
)

func newTrace() *cobra.Command {
	var (
		actions string
		number  uint64
		set     []string
		noObs   bool
	)
	c := &cobra.Command{
		Use:   "trace ENV",
		Short: "Step an environment with given actions and print what it does",
		Long: `Reset an environment with a seed, step it with the given actions and print one
JSON value a line: first {"t":0,"obs":[…]}, then for each step
{"t","obs","reward","terminated","truncated"}. It stops when the episode ends or
the actions run out.

--actions names a file with one JSON value a line, a number or an array, or is
"-" for standard input, or "random": drawn from the action space with the same
seed, as Gymnasium's action_space.seed does.`,
		Example: `  proximal trace CartPole-v1 --seed 123 --actions random
  echo '[0.5]' | proximal trace Pendulum-v1 --actions - --set env.g=9.81`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeEnvironments,
		RunE: func(c *cobra.Command, args []string) error {
			settings := train.EnvironmentSection{ID: successor(c, args[0])}
			if err := setEnvironment(&settings, set); err != nil {
				return unusable(err)
			}
			maker, err := catalog.Make(settings.ID, settings.Options)
			if err != nil {
				return unusable(err)
			}
			e, err := maker()
			if err != nil {
				return err
			}
			next, err := actionSource(actions, e.Spec().Action, number, c.InOrStdin())
			if err != nil {
				return unusable(err)
			}
			out := bufio.NewWriter(c.OutOrStdout())
			err = trace(out, e, number, next, !noObs)
			return errors.Join(err, out.Flush())
		},
	}
	flags := c.Flags()
	flags.StringVar(&actions, "actions", "random", "file with one JSON value a line, - for standard input, or random")
	flags.Uint64Var(&number, "seed", 0, "seed of the environment")
	flags.BoolVar(&noObs, "no-obs", false, "leave observations out")
	addSet(c, &set, "env.g=9.81")
	return c
}

// setEnvironment applies assignments to the [env] section alone.
func setEnvironment(s *train.EnvironmentSection, assignments []string) error {
	return config.Set(&struct {
		Environment *train.EnvironmentSection `toml:"env"`
	}{s}, assignments)
}

// trace steps e with the actions that next writes, until it returns io.EOF or
// the episode ends.
func trace(w *bufio.Writer, e env.Env, number uint64, next func(action []float32) error, withObs bool) error {
	spec := e.Spec()
	obs := make([]float32, spec.Observation.Size())
	action := make([]float32, spec.Action.Size())
	e.Reset(seed.New(number), obs)
	w.WriteString(`{"t":0`)
	if withObs {
		writeObs(w, obs)
	}
	w.WriteString("}\n")
	for t := 1; ; t++ {
		if err := next(action); err == io.EOF {
			return nil
		} else if err != nil {
			return unusable(fmt.Errorf("action %d: %w", t, err))
		}
		reward, end := e.Step(action, obs)
		w.WriteString(`{"t":` + strconv.Itoa(t))
		if withObs {
			writeObs(w, obs)
		}
		fmt.Fprintf(w, `,"reward":%s,"terminated":%t,"truncated":%t}`+"\n",
			strconv.FormatFloat(reward, 'g', -1, 64), end.Is(env.Terminated), end.Is(env.Truncated))
		if end.Ended() {
			return nil
		}
	}
}

// writeObs writes an observation with the fewest digits that name each float32.
func writeObs(w *bufio.Writer, obs []float32) {
	w.WriteString(`,"obs":[`)
	for i, x := range obs {
		if i > 0 {
			w.WriteByte(',')
		}
		w.WriteString(strconv.FormatFloat(float64(x), 'g', -1, 32))
	}
	w.WriteByte(']')
}

// actionSource returns a function that writes the next action, or returns
// io.EOF when there are no more.
func actionSource(name string, s space.Space, number uint64, in io.Reader) (func([]float32) error, error) {
	if name == "random" {
		rng := seed.New(number)
		return func(action []float32) error {
			s.Sample(action, rng)
			return nil
		}, nil
	}
	if name != "-" {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("--actions: %w", err)
		}
		in = bytes.NewReader(data)
	}
	lines := bufio.NewScanner(in)
	return func(action []float32) error {
		for lines.Scan() {
			if line := bytes.TrimSpace(lines.Bytes()); len(line) > 0 {
				return parseAction(action, line, s)
			}
		}
		if err := lines.Err(); err != nil {
			return err
		}
		return io.EOF
	}, nil
}

// parseAction reads an action, a number or an array of numbers. Actions beyond
// the bounds of a box are allowed: tasks clip them in their own way.
func parseAction(action []float32, line []byte, s space.Space) error {
	var many []float32
	var one float32
	if json.Unmarshal(line, &one) == nil {
		many = []float32{one}
	} else if err := json.Unmarshal(line, &many); err != nil {
		return fmt.Errorf("%s is neither a number nor an array of numbers", line)
	}
	if len(many) != len(action) {
		return fmt.Errorf("%s has %s, an action in %v has %d", line, plural(len(many), "number"), s, len(action))
	}
	copy(action, many)
	if _, box := s.(space.Box); !box && !s.Contains(action) {
		return fmt.Errorf("%s is not in %v", line, s)
	}
	return nil
}
