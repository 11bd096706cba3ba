package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/render"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/train"
)

// renderFlags are the flags of the command render.
type renderFlags struct {
	out        string
	checkpoint string
	set        []string
	episodes   int
	every      int
	seed       uint64
	stochastic bool
}

func newRender() *cobra.Command {
	var f renderFlags
	c := &cobra.Command{
		Use:   "render RUN|ENV",
		Short: "Draw episodes as GIF, WebM or PNG, without a display",
		Long: `Play episodes with the policy of a run, or with random actions in an environment,
and write what they look like to a file. The ending of --out chooses the format:
.gif, .webm, or a folder of .png pictures.`,
		Example: `  proximal render runs/CartPole-v1-ppo-1
  proximal render runs/CartPole-v1-ppo-1 --checkpoint best --out cartpole.webm
  proximal render Acrobot-v1 --out frames.png --set env.max_episode_steps=50`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeEnvironments,
		RunE: func(c *cobra.Command, args []string) error {
			return f.run(c.Context(), successor(c, args[0]), c.OutOrStdout())
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.out, "out", "", "file to write; replaced if it exists (default episode.gif in the run folder, or ENV.gif here)")
	flags.StringVar(&f.checkpoint, "checkpoint", "last", "which policy: last, best, or the path of a checkpoint file")
	flags.IntVar(&f.episodes, "episodes", 1, "episodes to draw, one after the other")
	flags.IntVar(&f.every, "every", 1, "steps for each frame; the film stays in real time")
	flags.Uint64Var(&f.seed, "seed", 0, "seed of everything random in the episodes")
	flags.BoolVar(&f.stochastic, "stochastic", false, "draw actions instead of taking the most likely")
	addSet(c, &f.set, "env.g=9.81")
	return c
}

// run draws the episodes.
func (f *renderFlags) run(ctx context.Context, what string, out io.Writer) error {
	if f.episodes < 1 || f.every < 1 {
		return unusable(fmt.Errorf("--episodes %d, --every %d: both must be at least 1", f.episodes, f.every))
	}
	play, err := f.player(what)
	if err != nil {
		return err
	}
	camera := &camera{path: f.out, every: f.every}
	var returns []float64
	for number := range f.episodes {
		camera.step = 0
		episode, err := play(ctx, number, camera.watch)
		if err != nil {
			return errors.Join(err, camera.discard())
		}
		returns = append(returns, episode.Return)
	}
	if err := camera.film.Close(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %s, return %.1f\n", f.out, plural(camera.frames, "frame"), returns)
	return nil
}

// play plays the episode with a number and shows every state to watch.
type play func(ctx context.Context, number int, watch func(env.Env) error) (rollout.Episode, error)

// player finds what is to be drawn: a run with its policy, or an environment
// with random actions.
func (f *renderFlags) player(what string) (play, error) {
	section := train.EnvironmentSection{ID: what}
	isRun := exists(what)
	if isRun {
		settings, err := readRun(what)
		if err != nil {
			return nil, unusable(err)
		}
		section = settings.Environment
	}
	if err := setEnvironment(&section, f.set); err != nil {
		return nil, unusable(err)
	}
	maker, err := catalog.Make(section.ID, section.Options)
	if err != nil {
		return nil, unusable(err)
	}
	if f.out == "" {
		f.out = what + ".gif"
		if isRun {
			f.out = filepath.Join(what, "episode.gif")
		}
	}
	if !isRun {
		return f.randomly(maker)
	}
	path, err := checkpointPath(what, f.checkpoint)
	if err != nil {
		return nil, unusable(err)
	}
	p, err := policy.Load(path)
	if err != nil {
		return nil, err
	}
	player, err := rollout.NewPlayer(maker, p, f.seed, f.stochastic)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, number int, watch func(env.Env) error) (rollout.Episode, error) {
		player.Watch = watch
		return player.Play(ctx, number)
	}, nil
}

// randomly acts at random.
func (f *renderFlags) randomly(maker env.Maker) (play, error) {
	e, err := maker()
	if err != nil {
		return nil, err
	}
	spec := e.Spec()
	obs, action := make([]float32, spec.Observation.Size()), make([]float32, spec.Action.Size())
	return func(ctx context.Context, number int, watch func(env.Env) error) (episode rollout.Episode, err error) {
		choices := seed.Stream(f.seed, "evaluation action", number)
		e.Reset(seed.Stream(f.seed, "evaluation", number), obs)
		for err = watch(e); err == nil && ctx.Err() == nil; err = watch(e) {
			spec.Action.Sample(action, choices)
			reward, end := e.Step(action, obs)
			episode.Return += reward
			episode.Length++
			if end.Ended() {
				return episode, watch(e)
			}
		}
		return episode, errors.Join(err, ctx.Err())
	}, nil
}

// camera films an environment.
type camera struct {
	path  string
	every int // steps for each frame

	film    render.Film // nil before the first frame
	picture *image.RGBA
	step    int // of the episode
	frames  int
}

// watch adds a frame when one is due.
func (c *camera) watch(e env.Env) error {
	r, ok := env.As[env.Renderer](e)
	if !ok {
		return unusable(fmt.Errorf("%s cannot be drawn", e.Spec().ID))
	}
	if c.film == nil {
		f := r.Frame()
		f.Rate = max(1, f.Rate/c.every)
		film, err := render.Create(c.path, f)
		if err != nil {
			return unusable(err)
		}
		c.film, c.picture = film, image.NewRGBA(image.Rect(0, 0, f.Width, f.Height))
	}
	c.step++
	if (c.step-1)%c.every != 0 {
		return nil
	}
	c.frames++
	r.Render(c.picture)
	return c.film.Add(c.picture)
}

// discard gives up an unfinished film.
func (c *camera) discard() error {
	if c.film == nil {
		return nil
	}
	return c.film.Discard()
}
