package env

import (
	"image"

	"github.com/proximal-rl/proximal/seed"
)

// Masker is an environment in which not every discrete action is allowed in
// every state. Its action space is a space.Discrete of N actions.
type Masker interface {
	// Mask writes to dst, of length N, whether each action may be chosen in the
	// present state, after a Reset or after a Step that did not end the episode.
	// Every element must be written and at least one must be true. Step need
	// not cope with an action that is not allowed.
	Mask(dst []bool)
}

// Snapshotter is an environment that can be put aside and continued exactly,
// also by another instance in another process: with the same generator and the
// same actions, what follows Restore has the same bits as what followed
// Snapshot.
type Snapshotter interface {
	// Snapshot returns the whole state of the episode except the generator that
	// Reset received: that one is the caller's, who saves and restores it by
	// itself. It changes nothing. It may be called at any time after the first
	// Reset.
	Snapshot() ([]byte, error)

	// Restore continues from a snapshot that an instance of the same task with
	// the same options has made; the instance need not have been reset before.
	// From here on rng takes the place of the generator that Reset received. The
	// present observation is not written again: the caller has it. The snapshot
	// belongs to the caller and must not be kept. A snapshot that is damaged or
	// of another task is an error, and the environment then stays as it was.
	Restore(snapshot []byte, rng *seed.Rand) error
}

// Renderer is an environment that can draw itself.
type Renderer interface {
	// Frame is constant over the life of the instance.
	Frame() Frame

	// Render draws the present state, at any time after the first Reset. The
	// bounds of dst have the frame's width and height; every pixel must be
	// written, opaquely. Drawing changes nothing in the task and draws nothing
	// from its generator.
	Render(dst *image.RGBA)
}

// Frame describes the pictures that a Renderer draws. It is plain data; its
// zero value describes no picture.
type Frame struct {
	Width, Height int // in pixels
	Rate          int // frames a second at which the task runs in real time; one frame a step
}

// Reporter is an environment with figures of its own besides the reward, such
// as a distance travelled or the parts that the reward is made of.
type Reporter interface {
	// Figures names the figures, each name once. It is constant over the life
	// of the instance.
	Figures() []string

	// Report writes the figures to dst, of length len(Figures()) and in their
	// order, as they stand after the latest Step: after the last step of an
	// episode, those of that episode. NaN stands for a figure that does not
	// exist at this step.
	Report(dst []float64)
}

// Failer is an environment that can break, because it runs in another process
// or on another machine. Reset and Step of a broken environment return at once,
// with zeros.
type Failer interface {
	// Err returns what broke the environment, or nil. It is asked after each
	// Reset and Step; once it is not nil it stays as it is.
	Err() error
}
