package kernel

// Saturate computes fused multiply-adds on registers alone, in as many chains as
// keep the processor busy, and returns how many floating-point operations that
// were, two for each.
//
//	for range rounds {
//		for i := range chains {
//			acc[i] = FMA(½, ½, acc[i])
//		}
//	}
//
// Operations over time are the peak to which measurements of the other functions
// on the same level are compared. It panics if rounds is negative.
func Saturate(rounds int) (operations int) {
	check(rounds >= 0, "kernel: Saturate: negative rounds")
	return active().saturate(rounds)
}
