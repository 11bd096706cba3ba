package optim

import (
	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/internal/parallel"
)

// Follower makes whole updates with the threads of a pool: a gradient, shortened to
// a largest norm, is followed by one step of [AdamW]. The bits are those of
// [ClipNorm] and [AdamW.Step] for any number of threads.
//
// The zero value is not usable; call [NewFollower]. A Follower is used by one
// goroutine at a time, which may not use the pool meanwhile, and allocates nothing.
type Follower struct {
	adam        *AdamW
	pool        *parallel.Pool
	squares     []float32 // of each block of NormBlock parameters
	param, grad []float32 // of the update under way
	square      func(task, worker int)
	move        func(task, worker int)
}

// NewFollower returns a follower that steps with an optimiser, on the threads of a
// pool.
func NewFollower(a *AdamW, pool *parallel.Pool) *Follower {
	f := &Follower{adam: a, pool: pool, squares: make([]float32, parallel.Shards(len(a.mean), NormBlock))}
	f.square, f.move = f.squareBlock, f.moveBlock
	return f
}

// Follow moves param against grad, both [P], and returns the norm of grad before it
// was shortened to limit; 0 is no limit. Where an element of grad is not finite, the
// error is a [*GradientError] and nothing moves.
//
// It panics as [ClipNorm] and [AdamW.Step] do.
func (f *Follower) Follow(param, grad []float32, learningRate, limit float64) (norm float64, err error) {
	checkStep(len(f.adam.mean), param, grad, learningRate, 1)
	f.param, f.grad = param, grad
	f.pool.For(len(f.squares), f.square)
	norm, scale, err := ClipSummed(f.squares, grad, limit)
	if err != nil {
		return norm, err
	}
	f.adam.Begin(learningRate, scale)
	f.pool.For(len(f.squares), f.move)
	return norm, nil
}

// squareBlock adds the squares of one block of the gradient.
func (f *Follower) squareBlock(task, _ int) {
	lo, hi := parallel.Shard(task, len(f.grad), NormBlock)
	f.squares[task] = kernel.SumSquares(f.grad[lo:hi])
}

// moveBlock makes the step of one block of parameters.
func (f *Follower) moveBlock(task, _ int) {
	lo, hi := parallel.Shard(task, len(f.grad), NormBlock)
	f.adam.Move(f.param[lo:hi], f.grad[lo:hi], lo)
}
