package env

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// Padding says what a frame stack shows in place of the observations that were
// before the start of an episode.
type Padding uint8

const (
	// PadReset: the first observation, once more.
	PadReset Padding = iota
	// PadZero: the element of the observation space that is nearest to zero.
	PadZero
)

// FrameStack returns e with the latest n observations in a row, the oldest
// first, as Gymnasium's FrameStackObservation with the padding "reset" or "zero".
// It is a [Snapshotter] if e is one.
//
// The observation space gets one more dimension, the first. FrameStack panics
// if n is not positive or the observation space of e is not a space.Box.
func FrameStack(e Env, n int, padding Padding) Env {
	if n <= 0 {
		panic("env: a stack must have a frame")
	}
	box, ok := e.Spec().Observation.(space.Box)
	if !ok {
		panic("env: observations in a stack must be a space.Box")
	}
	s := &frameStack{Env: e, spec: e.Spec(), frames: make([]float32, n*box.Size()), size: box.Size()}
	s.spec.Observation = space.NewBox(slices.Repeat(box.Low, n), slices.Repeat(box.High, n), append([]int{n}, box.Shape...)...)
	if padding == PadZero {
		s.zero = make([]float32, box.Size())
		for i := range s.zero {
			s.zero[i] = max(box.Low[i], min(box.High[i], 0))
		}
	}
	if inner, ok := As[Snapshotter](e); ok {
		return &snapshotFrameStack{frameStack: s, inner: inner}
	}
	return s
}

// frameStack remembers observations. Their latest is written where it is kept,
// and all are copied to the caller.
type frameStack struct {
	Env
	spec   Spec
	frames []float32 // n observations
	size   int       // of one
	zero   []float32 // padding; nil if that is the first observation
}

func (s *frameStack) Unwrap() Env { return s.Env }
func (s *frameStack) Spec() Spec  { return s.spec }

func (s *frameStack) Reset(rng *seed.Rand, obs []float32) {
	s.Env.Reset(rng, s.latest())
	padding := s.zero
	if padding == nil {
		padding = s.latest()
	}
	for at := 0; at < len(s.frames)-s.size; at += s.size {
		copy(s.frames[at:at+s.size], padding)
	}
	copy(obs, s.frames)
}

func (s *frameStack) Step(action, obs []float32) (float64, Status) {
	copy(s.frames, s.frames[s.size:])
	reward, end := s.Env.Step(action, s.latest())
	copy(obs, s.frames)
	return reward, end
}

// latest is where the latest observation stands.
func (s *frameStack) latest() []float32 { return s.frames[len(s.frames)-s.size:] }

// snapshotFrameStack is a frame stack around a Snapshotter. Its snapshot is the
// frames as float32, little-endian, and then that of the inner environment.
type snapshotFrameStack struct {
	*frameStack
	inner Snapshotter
}

func (s *snapshotFrameStack) Snapshot() ([]byte, error) {
	state, err := s.inner.Snapshot()
	if err != nil {
		return nil, err
	}
	var snapshot []byte
	for _, x := range s.frames {
		snapshot = binary.LittleEndian.AppendUint32(snapshot, math.Float32bits(x))
	}
	return append(snapshot, state...), nil
}

func (s *snapshotFrameStack) Restore(snapshot []byte, rng *seed.Rand) error {
	const width = 4 // bytes of a float32
	if len(snapshot) < width*len(s.frames) {
		return fmt.Errorf("snapshot of an environment ends after %d bytes, within its latest %d observations", len(snapshot), len(s.frames)/s.size)
	}
	if err := s.inner.Restore(snapshot[width*len(s.frames):], rng); err != nil {
		return err
	}
	for i := range s.frames {
		s.frames[i] = math.Float32frombits(binary.LittleEndian.Uint32(snapshot[width*i:]))
	}
	return nil
}
