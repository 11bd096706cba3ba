package explain

import (
	_ "embed"
	"slices"
)

//go:embed page.html
var page []byte

// Page returns an interactive page about the surrogate of one sample: a file in
// HTML that needs nothing else, neither a server nor the network. Its reader
// moves the ratio, the advantage and the settings, by hand or by keyboard; the
// curves of the objective and of its gradient, the table and the sentences
// follow. Its numbers, cases and terms are those of [Table] and [Curve]. The
// slice is the caller's.
func Page() []byte { return slices.Clone(page) }
