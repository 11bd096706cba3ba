// Package proximal is the front door of a system for trust-region policy
// optimisation: it trains agents with PPO and its family on ordinary CPUs, from
// one static binary and as a library, and shows what the clip is doing. This
// package holds no code; it is the map.
//
// # The path
//
//	         seed ─────────────┐ (named random streams)
//	                           ▼
//	┌──► env ──► rollout ──► advantage ──► minibatch ──► objective ──► gradient ──► optim ──┐
//	│   step     Buffer       GAE …        (rollout)     loss, ∂L      policy       Step    │
//	│                                                                  prob·nn              │
//	└───────────────────────────── policy (new parameters) ◄────────────────────────────────┘
//
// Each arc of the circle is a package, named by what it produces. Package train
// walks the circle. What touches the outside world (record, plot, checkpoint,
// config, cmd/proximal) is not imported by the mathematics. The table of who
// may import whom is a test of this package.
//
// # Conventions
//
// Arrays are flat float32 slices, row-major, time before environment. The slice
// that a function writes comes first and is called dst, or dX if it is the
// derivative of the loss by X. A step's end is one env.Status; from rollout on
// there are only discounts.
//
// Dimension letters:
//
//	T  steps of a rollout
//	N  environments side by side
//	B  rows of a batch
//	D  elements of an observation
//	A  elements of an action
//	P  parameters of an action distribution
//	H  units of a hidden layer
//
// # Reading order
//
// This page, then train/ppo.go, rollout/buffer.go, advantage/gae.go,
// objective/clip.go, policy/pass.go, env/classic/cartpole.go.
package proximal
