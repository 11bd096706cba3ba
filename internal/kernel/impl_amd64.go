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

		panel:               32,
		linearPacked:        ofAVX512.linearPacked,
		copyLines:           ofAVX512.copyLines,
		packLines:           ofAVX512.pack,
		linearWeightColumns: ofAVX512.linearWeightColumns,

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

		swiglu:          swigluAVX512,
		swigluBackward:  swigluBackwardAVX512,
		gelu:            geluAVX512,
		geluBackward:    geluBackwardAVX512,
		addProduct:      addProductAVX512,
		normRow:         normRowAVX512,
		rmsNorm:         ofAVX512.rmsNorm,
		rmsNormBackward: ofAVX512.rmsNormBackward,
		dot3:            ofAVX512.dot3,
		rotate:          ofAVX512.rotate,
		expSum:          ofAVX512.expSum,
		softmaxBackward: softmaxBackwardAVX512,

		gaussianLogProb:  ofAVX512.gaussianLogProb,
		gaussianBackward: ofAVX512.gaussianBackward,
		entropy:          ofAVX512.entropy,

		columnMoments:  ofAVX512.columnMoments,
		standardize:    ofAVX512.standardize,
		attend:         ofAVX512.attend,
		attendBackward: ofAVX512.attendBackward,

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

		panel:               16,
		linearPacked:        ofAVX2.linearPacked,
		copyLines:           ofAVX2.copyLines,
		packLines:           ofAVX2.pack,
		linearWeightColumns: ofAVX2.linearWeightColumns,

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

		swiglu:          swigluAVX2,
		swigluBackward:  swigluBackwardAVX2,
		gelu:            geluAVX2,
		geluBackward:    geluBackwardAVX2,
		addProduct:      addProductAVX2,
		normRow:         normRowAVX2,
		rmsNorm:         ofAVX2.rmsNorm,
		rmsNormBackward: ofAVX2.rmsNormBackward,
		dot3:            ofAVX2.dot3,
		rotate:          ofAVX2.rotate,
		expSum:          ofAVX2.expSum,
		softmaxBackward: softmaxBackwardAVX2,

		gaussianLogProb:  ofAVX2.gaussianLogProb,
		gaussianBackward: ofAVX2.gaussianBackward,
		entropy:          ofAVX2.entropy,

		columnMoments:  ofAVX2.columnMoments,
		standardize:    ofAVX2.standardize,
		attend:         ofAVX2.attend,
		attendBackward: ofAVX2.attendBackward,

		adam: ofAVX2.adam,

		saturate: ofAVX2.saturate,
	}
}
