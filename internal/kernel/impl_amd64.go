//go:build amd64 && !noasm

package kernel

import "golang.org/x/sys/cpu"

// assembled returns the levels that are written in assembly, the fastest first.
func assembled() []*implementation {
	fused := cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasBMI2
	return []*implementation{levelAVX512(fused && cpu.X86.HasAVX512F), levelAVX2(fused)}
}

func levelAVX512(usable bool) *implementation {
	return &implementation{
		name:   "avx512",
		usable: usable,

		linear:       ofAVX512.linear,
		linearReLU:   ofAVX512.linearReLU,
		linearInput:  ofAVX512.linearInput,
		linearWeight: ofAVX512.linearWeight,

		tanh:         inPieces2(tanhAVX512),
		tanhBackward: inPieces3(tanhBackwardAVX512),
		relu:         inPieces2(reluAVX512),
		reluBackward: inPieces3(reluBackwardAVX512),

		exp:        inPieces2(expAVX512),
		log:        inPieces2(logAVX512),
		logSoftmax: ofAVX512.logSoftmax,

		sum: ofAVX512.sum,
		dot: ofAVX512.dot,
		max: ofAVX512.max,

		addSumSquares: ofAVX512.addSumSquares,

		add:   inPieces2(addAVX512),
		axpy:  ofAVX512.axpy,
		scale: inPieces1(scaleAVX512),

		adam: ofAVX512.adam,

		saturate: ofAVX512.saturate,
	}
}

func levelAVX2(usable bool) *implementation {
	return &implementation{
		name:   "avx2",
		usable: usable,

		linear:       ofAVX2.linear,
		linearReLU:   ofAVX2.linearReLU,
		linearInput:  ofAVX2.linearInput,
		linearWeight: ofAVX2.linearWeight,

		tanh:         inPieces2(tanhAVX2),
		tanhBackward: inPieces3(tanhBackwardAVX2),
		relu:         inPieces2(reluAVX2),
		reluBackward: inPieces3(reluBackwardAVX2),

		exp:        inPieces2(expAVX2),
		log:        inPieces2(logAVX2),
		logSoftmax: ofAVX2.logSoftmax,

		sum: ofAVX2.sum,
		dot: ofAVX2.dot,
		max: ofAVX2.max,

		addSumSquares: ofAVX2.addSumSquares,

		add:   inPieces2(addAVX2),
		axpy:  ofAVX2.axpy,
		scale: inPieces1(scaleAVX2),

		adam: ofAVX2.adam,

		saturate: ofAVX2.saturate,
	}
}
