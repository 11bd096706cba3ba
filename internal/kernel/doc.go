// Package kernel holds the inner loops of the system: linear layers, activation
// functions, reductions, distributions, statistics of observations and the
// optimiser's update, over flat float32 slices.
//
// # One row, one result
//
// Every function here has one result, to the last bit, whatever computes it.
// Matrices are row-major. Each element of a linear layer is one chain of fused
// multiply-adds ([FMA]) in ascending order; sums over the dimensions of an action,
// over choices and over the rows of a column ascend too. Every other reduction
// keeps sixteen partial results: number j takes the elements j, j+16, j+32, …, then
// the upper half is added to the lower half until one is left. Neither depends on
// how many rows there are, nor on how a fast version cuts them into tiles, so a row
// evaluated alone gives the same bits as in a batch. The payload of a NaN is not
// part of the promise.
//
// # Levels
//
// A level is a complete set of these functions for one kind of processor. The
// plain Go level, "generic", is the reference: it is always there, and every
// other level must agree with it in every bit: on amd64 "avx512" and "avx2", on
// arm64 "neon". These are assembly that _gen writes, unless the build tag noasm
// leaves it out. The fastest level that the processor can run is chosen at start;
// the environment variable PROXIMAL_KERNEL names another. See [Level], [Levels]
// and [Use].
//
// # Conventions
//
// The slice written to comes first. It may be the same slice as an input only
// where the function says so; otherwise the slices must not overlap. Lengths
// are checked at the door: a wrong one panics with a text that begins with
// "kernel:". No function allocates, and all are safe for concurrent use on
// disjoint destinations.
package kernel
