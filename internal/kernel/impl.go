package kernel

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
)

// implementation is one level: every kernel in a version for one kind of
// processor. The exported functions check lengths and call these, whose
// comments they carry.
type implementation struct {
	name   string
	usable bool // whether this processor can run it

	linear       func(dst, x, w, bias []float32, rows, in, out int)
	linearReLU   func(dst, x, w, bias []float32, rows, in, out int)
	linearInput  func(dx, dy, w []float32, rows, in, out int)
	linearWeight func(dw, dbias, x, dy []float32, rows, in, out int)

	panel               int // columns of a panel of Packed
	linearPacked        func(dst, x []float32, w *Packed, bias []float32, rows int)
	copyLines           func(dst []float32, width int, src []float32, line, deep, wide int)
	packLines           func(dst []float32, width int, src []float32, line, deep, wide int)
	linearWeightColumns func(dw, dbias, x, dy []float32, rows, in, out, lo, hi int)

	tanh         func(dst, x []float32)
	tanhBackward func(dx, dy, y []float32)
	relu         func(dst, x []float32)
	reluBackward func(dx, dy, y []float32)

	exp        func(dst, x []float32)
	log        func(dst, x []float32)
	logSoftmax func(dst, x []float32, rows, n int)

	sum func(x []float32) float32
	dot func(a, b []float32) float32
	max func(x []float32) float32

	addSumSquares func(dst, x []float32) float32

	add   func(dst, x []float32)
	axpy  func(dst []float32, a float32, x []float32)
	scale func(dst []float32, a float32)

	swiglu          func(dst, bend, gate, number []float32)
	swigluBackward  func(dGate, dNumber, dy, bend, gate, number []float32)
	gelu            func(dst, bend, x []float32)
	geluBackward    func(dx, dy, bend, x []float32)
	addProduct      func(dst, a, b []float32)
	normRow         func(dst, unit, x, gain []float32, scale float32)
	rmsNorm         func(dst, unit, scale, x, gain []float32, epsilon float64)
	rmsNormBackward func(dx, dy, gain, unit, scale []float32)
	dot3            func(a, b, c []float32) float32
	rotate          func(dst, x, cos, sin []float32, heads, line int, scale float32)
	expSum          func(x []float32, top float32) float32
	softmaxBackward func(prob, d []float32, factor, along float32)

	gaussianLogProb  func(dst, x, dist []float32, rows, n int)
	gaussianBackward func(dDist, dLogProb, dEntropy, x, dist []float32, rows, n int)
	entropy          func(dst, logProb []float32, rows, n int)

	columnMoments  func(mean, variance []float64, x []float32, rows, n int)
	standardize    func(dst, x []float32, mean, deviation []float64, clip float64, rows, n int)
	attend         func(a *Attending, dst, top, inverse, score, query, keys, values []float32, lines Lines)
	attendBackward func(a *Attended)

	adam func(param, m, v, grad []float32, c adamCoefficients)

	saturate func(rounds int) (operations int)
}

var generic = implementation{
	name:   "generic",
	usable: true,

	linear:       linearGeneric,
	linearReLU:   linearReLUGeneric,
	linearInput:  linearInputGeneric,
	linearWeight: linearWeightGeneric,

	panel:               16,
	linearPacked:        linearPackedGeneric,
	copyLines:           copyLinesGeneric,
	packLines:           packLinesGeneric,
	linearWeightColumns: linearWeightColumnsGeneric,

	tanh:         tanhGeneric,
	tanhBackward: tanhBackwardGeneric,
	relu:         reluGeneric,
	reluBackward: reluBackwardGeneric,

	exp:        expGeneric,
	log:        logGeneric,
	logSoftmax: logSoftmaxGeneric,

	sum: sumGeneric,
	dot: dotGeneric,
	max: maxGeneric,

	addSumSquares: addSumSquaresGeneric,

	add:   addGeneric,
	axpy:  axpyGeneric,
	scale: scaleGeneric,

	swiglu:          swigluGeneric,
	swigluBackward:  swigluBackwardGeneric,
	gelu:            geluGeneric,
	geluBackward:    geluBackwardGeneric,
	addProduct:      addProductGeneric,
	normRow:         normRowGeneric,
	rmsNorm:         rmsNormGeneric,
	rmsNormBackward: rmsNormBackwardGeneric,
	dot3:            dot3Generic,
	rotate:          rotateGeneric,
	expSum:          expSumGeneric,
	softmaxBackward: softmaxBackwardGeneric,

	gaussianLogProb:  gaussianLogProbGeneric,
	gaussianBackward: gaussianBackwardGeneric,
	entropy:          entropyGeneric,

	columnMoments:  columnMomentsGeneric,
	standardize:    standardizeGeneric,
	attend:         attendGeneric,
	attendBackward: attendBackwardGeneric,

	adam: adamGeneric,

	saturate: saturateGeneric,
}

// registered lists all levels, the fastest first.
var registered = append(assembled(), &generic)

// levelVariable is the environment variable that names the level to start with.
const levelVariable = "PROXIMAL_KERNEL"

var (
	current  atomic.Pointer[implementation]
	startErr error
)

func init() { startErr = start(os.Getenv(levelVariable)) }

// start makes the named level active, or the fastest one if name is empty or
// the error says that it cannot be had.
func start(name string) error {
	current.Store(fastest())
	if name == "" {
		return nil
	}
	chosen, err := find(name)
	if err != nil {
		return fmt.Errorf("%s: %w", levelVariable, err)
	}
	current.Store(chosen)
	return nil
}

func active() *implementation { return current.Load() }

func fastest() *implementation {
	for _, level := range registered {
		if level.usable {
			return level
		}
	}
	return &generic
}

func find(name string) (*implementation, error) {
	for _, level := range registered {
		if level.name != name {
			continue
		}
		if !level.usable {
			return nil, fmt.Errorf("kernel level %q needs a processor other than this one; usable here: %s",
				name, strings.Join(Levels(), ", "))
		}
		return level, nil
	}
	return nil, fmt.Errorf("no kernel level %q; usable here: %s", name, strings.Join(Levels(), ", "))
}

// Level returns the name of the active level.
func Level() string { return active().name }

// Levels returns the names of the levels that this processor can run, the
// fastest first. The last is "generic".
func Levels() []string {
	var names []string
	for _, level := range registered {
		if level.usable {
			names = append(names, level.name)
		}
	}
	return names
}

// Use makes the named level the active one and returns a function that goes
// back to the one before. The error says which names there are.
//
// It is meant for tests and measurements: a kernel that is running while the
// level changes finishes on the level it began with.
func Use(name string) (restore func(), err error) {
	chosen, err := find(name)
	if err != nil {
		return nil, err
	}
	before := current.Swap(chosen)
	return func() { current.Store(before) }, nil
}

// Err returns what was wrong with the level named by PROXIMAL_KERNEL when the
// program started, or nil. If it is not nil, the fastest level is active.
func Err() error { return startErr }

// check panics with the message unless ok holds.
func check(ok bool, message string) {
	if !ok {
		panic(message)
	}
}
