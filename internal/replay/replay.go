// Package replay takes an environment through a run that another implementation
// has recorded, in tests only: the actions of a fixed rule, and an account of
// what came out in checksums that fit into a table.
package replay

import (
	"encoding/binary"
	"hash"
	"hash/crc32"
	"math"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// Rule is the action of step t under rule R, which depends on the step alone:
//
//	(⌊t²/3⌋ + 5t) mod n                        of n discrete actions
//	lo + (hi − lo)·(((t·(2i+3)·37) mod 41)/40)   for component i of a box
//
// The action is the caller's own. It panics if the space is neither.
func Rule(actions space.Space, t int) []float32 {
	switch s := actions.(type) {
	case space.Discrete:
		return []float32{float32((t*t/3 + 5*t) % s.N)}
	case space.Box:
		action := make([]float32, s.Size())
		for i := range action {
			low, high := float64(s.Low[i]), float64(s.High[i])
			action[i] = float32(low + float64((high-low)*(float64(t*(2*i+3)*37%41)/40)))
		}
		return action
	}
	panic("replay: no rule for this space")
}

// Recorder steps an environment and keeps account of it. The checksums are
// CRC-32 of the little-endian bytes: of all observations, those of resets
// included, as float32, and of all rewards as float64. Its zero value has no
// environment: use Start. It is not safe for concurrent use.
type Recorder struct {
	Env    env.Env
	Row    []float32 // the latest observation
	Reward float64
	End    env.Status

	// Of all steps since Start or Restart.
	Steps        int
	Total        float64 // sum of the rewards, in order
	Obs, Rewards hash.Hash32

	rng *seed.Rand
}

// Start resets e for the first time.
func Start(e env.Env, s uint64) *Recorder {
	r := &Recorder{Env: e, rng: seed.New(s), Row: make([]float32, e.Spec().Observation.Size())}
	r.Restart()
	return r
}

// Restart resets the environment and begins a new account.
func (r *Recorder) Restart() {
	r.Steps, r.Total = 0, 0
	r.Obs, r.Rewards = crc32.NewIEEE(), crc32.NewIEEE()
	r.Reset()
}

// Reset resets the environment; the account goes on.
func (r *Recorder) Reset() {
	r.End = env.Running
	r.Env.Reset(r.rng, r.Row)
	r.sum()
}

// Step takes a step.
func (r *Recorder) Step(action []float32) {
	r.Reward, r.End = r.Env.Step(action, r.Row)
	r.Steps++
	r.Total += r.Reward
	r.sum()
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], math.Float64bits(r.Reward))
	r.Rewards.Write(b[:])
}

// sum adds the observation to its checksum.
func (r *Recorder) sum() {
	var b [4]byte
	for _, x := range r.Row {
		binary.LittleEndian.PutUint32(b[:], math.Float32bits(x))
		r.Obs.Write(b[:])
	}
}
