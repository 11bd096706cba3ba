// Package libm holds the elementary functions whose bits reach an observation, a metric or a checkpoint.
//
// The standard library's sine, cosine and power differ by a bit between processors, even between GOAMD64 levels. Those
// of this package are functions in the strict sense: a definition fixes every bit of the result, and the code computes
// it with operations that are exact or rounded once everywhere (products are converted before they are added, so that
// no compiler fuses them; math.FMA stands where a fused product is meant, and works without hardware too).
//
//	Sin, Cos, Sincos, Pow        the float64 nearest to the true value, ties to even
//	Sin32, Cos32, Sincos32       the float32 that glibc's sinf and cosf return
//
// Environments that must repeat Gymnasium bit for bit need the second kind for the physics of Box2D, and are as near as a
// portable function can be with the first: glibc's own double precision functions round correctly in all but about one
// or two of a thousand arguments (the fixture counts them).
//
// Correct rounding is reached in steps. A fast path computes the value with a few more bits than a float64 has and a
// bound on its error; only if the bound leaves two candidates is the next path taken, in double-double arithmetic, and
// at last math/big with a precision that grows until one candidate is left. TestSinePaths and TestPowPaths count how
// often each path ends undecided, TestSineErrors and TestPowErrors measure the errors behind the bounds, and
// TestStreams compares millions of results with GNU MPFR.
//
// All tables are computed by the package's own math/big functions (go generate rewrites them, TestTables checks them),
// all float64 polynomials are Taylor series. All functions are safe for concurrent use and, the last path aside,
// allocate nothing.
package libm

//go:generate go test -run TestTables -update
