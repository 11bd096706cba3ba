//go:build arm64 && !noasm

package kernel

// assembled returns the level that is written in assembly. Every processor of
// the kind can run it.
func assembled() []*implementation { return []*implementation{levelNEON(true)} }

func levelNEON(usable bool) *implementation {
	return &implementation{
		name:   "neon",
		usable: usable,

		linear:       ofNEON.linear,
		linearReLU:   ofNEON.linearReLU,
		linearInput:  ofNEON.linearInput,
		linearWeight: ofNEON.linearWeight,

		panel:               16,
		linearPacked:        ofNEON.linearPacked,
		copyLines:           ofNEON.copyLines,
		packLines:           ofNEON.pack,
		linearWeightColumns: ofNEON.linearWeightColumns,

		tanh:         inPieces2(tanhNEON),
		tanhBackward: inPieces3(tanhBackwardNEON),
		relu:         inPieces2(reluNEON),
		reluBackward: inPieces3(reluBackwardNEON),

		exp:        inPieces2(expNEON),
		log:        inPieces2(logNEON),
		logSoftmax: ofNEON.logSoftmax,

		sum: ofNEON.sum,
		dot: ofNEON.dot,
		max: ofNEON.max,

		addSumSquares: ofNEON.addSumSquares,

		add:   inPieces2(addNEON),
		axpy:  ofNEON.axpy,
		scale: inPieces1(scaleNEON),

		swiglu:          swigluNEON,
		swigluBackward:  swigluBackwardNEON,
		gelu:            geluNEON,
		geluBackward:    geluBackwardNEON,
		addProduct:      addProductNEON,
		normRow:         normRowNEON,
		rmsNorm:         ofNEON.rmsNormParts,
		rmsNormBackward: ofNEON.rmsNormBackwardParts,
		dot3:            ofNEON.dot3,
		rotate:          ofNEON.rotateParts,
		expSum:          ofNEON.expSum,
		softmaxBackward: softmaxBackwardNEON,

		gaussianLogProb:  ofNEON.gaussianLogProb,
		gaussianBackward: ofNEON.gaussianBackward,
		entropy:          ofNEON.entropy,

		columnMoments:  ofNEON.columnMoments,
		standardize:    ofNEON.standardize,
		attend:         ofNEON.attendParts,
		attendBackward: ofNEON.attendBackwardParts,

		adam: ofNEON.adam,

		saturate: ofNEON.saturate,
	}
}
