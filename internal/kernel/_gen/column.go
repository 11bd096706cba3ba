package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The functions of columns compute in float64, four columns at a time. All levels of
// amd64 have the same ones: they divide, or wait for a sum, and wider vectors are no
// faster at either.
const (
	doubleSize  = 8
	doubleLanes = 4

	columnMomentsSignature = "(mean, variance *float64, x *float32, count float64, rows, n int)"
	standardizeSignature   = "(dst, x *float32, mean, deviation *float64, clip float64, rows, n int)"

	columnMomentsDoc = "%s is ColumnMoments. count is rows, and neither rows nor n is 0."
	standardizeDoc   = "%s is Standardize. Neither rows nor n is 0."
)

// A place is where four columns stand, or, with masks, the last few.
type place struct {
	column      reg.GPVirtual
	mask, masks reg.VecVirtual // of float32 and of float64; nil for all
}

func (p place) at(base reg.GPVirtual, size uint8) Mem {
	return Mem{Base: base, Index: p.column, Scale: size}
}

func (p place) load(base reg.GPVirtual, v reg.VecVirtual) {
	if p.masks == nil {
		VMOVUPD(p.at(base, doubleSize), v)
	} else {
		VMASKMOVPD(p.at(base, doubleSize), p.masks, v)
	}
}

func (p place) store(v reg.VecVirtual, base reg.GPVirtual) {
	if p.masks == nil {
		VMOVUPD(v, p.at(base, doubleSize))
	} else {
		VMASKMOVPD(v, p.masks, p.at(base, doubleSize))
	}
}

// loadSingle reads float32.
func (p place) loadSingle(base reg.GPVirtual, v reg.VecVirtual) {
	if p.masks == nil {
		VCVTPS2PD(p.at(base, floatSize), v)
		return
	}
	x := XMM()
	VMASKMOVPS(p.at(base, floatSize), p.mask, x)
	VCVTPS2PD(x, v)
}

func (p place) storeSingle(v reg.VecVirtual, base reg.GPVirtual) {
	x := XMM()
	VCVTPD2PSY(v, x)
	if p.masks == nil {
		VMOVUPS(x, p.at(base, floatSize))
	} else {
		VMASKMOVPS(x, p.mask, p.at(base, floatSize))
	}
}

// eachPlace writes the loop over the columns.
func eachPlace(n reg.GPVirtual, mask, masks reg.VecVirtual, body func(p place)) {
	whole, rest, done := label("whole"), label("rest"), label("done")
	column, end := GP64(), GP64()
	XORQ(column, column)
	Label(whole)
	LEAQ(Mem{Base: column, Disp: doubleLanes}, end)
	CMPQ(end, n)
	JGT(LabelRef(rest))
	body(place{column: column})
	ADDQ(Imm(doubleLanes), column)
	JMP(LabelRef(whole))
	Label(rest)
	CMPQ(column, n)
	JEQ(LabelRef(done))
	body(place{column, mask, masks})
	Label(done)
}

// masksOf returns masks of the lanes that are left of n columns.
func masksOf(n reg.GPVirtual) (mask, masks reg.VecVirtual) {
	left := GP64()
	MOVQ(n, left)
	ANDQ(Imm(doubleLanes-1), left)
	v := avx2.mask(left).(reg.VecVirtual)
	mask, masks = v.AsX().(reg.VecVirtual), YMM()
	VPMOVSXDQ(mask, masks)
	return mask, masks
}

func (m machine) columnMoments() {
	m.function("columnMoments", columnMomentsSignature, columnMomentsDoc)
	n, line, x, mean, variance := pointer("n"), bytes("n"), pointer("x"), pointer("mean"), pointer("variance")
	mask, masks := masksOf(n)
	count := YMM()
	VBROADCASTSD(parameter("count"), count)
	// average writes the mean over the rows of what term makes of an element.
	average := func(p place, term func(v reg.VecVirtual)) reg.VecVirtual {
		acc, v := YMM(), YMM()
		VXORPD(acc, acc, acc)
		from, left, row := GP64(), pointer("rows"), label("row")
		MOVQ(x, from)
		Label(row)
		p.loadSingle(from, v)
		term(v)
		VADDPD(v, acc, acc)
		ADDQ(line, from)
		DECQ(left)
		JNE(LabelRef(row))
		VDIVPD(count, acc, acc)
		return acc
	}
	eachPlace(n, mask, masks, func(p place) {
		center := average(p, func(reg.VecVirtual) {})
		p.store(center, mean)
		p.store(average(p, func(v reg.VecVirtual) {
			VSUBPD(center, v, v)
			VMULPD(v, v, v)
		}), variance)
	})
	finish()
}

func (m machine) standardize() {
	m.function("standardize", standardizeSignature, standardizeDoc)
	n, line, left := pointer("n"), bytes("n"), pointer("rows")
	dst, x, mean, deviation := pointer("dst"), pointer("x"), pointer("mean"), pointer("deviation")
	high, low := YMM(), YMM()
	VBROADCASTSD(parameter("clip"), high)
	VXORPD(low, low, low)
	VSUBPD(high, low, low)
	mask, masks := masksOf(n)
	row := label("row")
	Label(row)
	eachPlace(n, mask, masks, func(p place) {
		y, v := YMM(), YMM()
		p.loadSingle(x, y)
		p.load(mean, v)
		VSUBPD(v, y, y)
		p.load(deviation, v)
		VDIVPD(v, y, y)
		VMAXPD(y, low, y)  // y where either is NaN
		VMINPD(y, high, y) // likewise
		p.storeSingle(y, dst)
	})
	ADDQ(line, x)
	ADDQ(line, dst)
	DECQ(left)
	JNE(LabelRef(row))
	finish()
}
