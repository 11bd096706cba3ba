// Package classic holds the classic control tasks, one file each, exactly as
// Gymnasium defines them: from the same seed and the same actions come the same
// observations, flags and rewards, bit for bit, except where the comment of a
// task says otherwise.
//
// For that the state is kept in float64, expressions are evaluated in
// Gymnasium's order, every product that is added to something is rounded first
// (a conversion keeps the compiler from fusing the two), and constants are
// written as the float64 that Python computes, since Go would fold an
// expression exactly. The bits do not depend on the processor.
//
// Their pictures look like Gymnasium's and are not the same: edges and motion are
// smooth.
//
// The tasks have no time limit of their own; env.Limit adds it, with the
// numbers that env/catalog knows.
package classic
