package main

import (
	"fmt"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A machine is what the kernels are written for: how many float32 a vector
// holds, and how the instructions that differ are spelt.
type machine struct {
	name  string
	width int
	wide  bool // 512 bits: more registers, and masks of their own
}

var (
	avx512 = machine{"AVX512", 16, true}
	avx2   = machine{"AVX2", 8, false}
)

const floatSize = 4

func (m machine) vector() reg.VecVirtual {
	if m.wide {
		return ZMM()
	}
	return YMM()
}

func (m machine) vectors(n int) []reg.VecVirtual {
	all := make([]reg.VecVirtual, n)
	for i := range all {
		all[i] = m.vector()
	}
	return all
}

// function begins a function whose name ends in that of the level.
func (m machine) function(name, signature, doc string) {
	name += m.name
	TEXT(name, attr.NOSPLIT, "func"+signature)
	Pragma("noescape")
	Doc(strings.Split(fmt.Sprintf(doc, name), "\n")...)
}

func finish() {
	VZEROUPPER()
	RET()
}

// mask returns a mask of the first count lanes; count is from 0 to the width.
func (m machine) mask(count reg.Register) reg.Register {
	if m.wide {
		all, k := GP32(), K()
		MOVL(I32(-1), all)
		BZHIL(count.(reg.GPVirtual).As32(), all, all)
		KMOVW(all, k)
		return k
	}
	table, v := GP64(), YMM()
	LEAQ(m.maskTable(), table)
	NEGQ(count)
	VMOVDQU(Mem{Base: table, Index: count, Scale: floatSize, Disp: m.width * floatSize}, v)
	NEGQ(count)
	return v
}

var tableOfMasks *Mem

// maskTable is a vector of ones, then a vector of zeros.
func (m machine) maskTable() Mem {
	if tableOfMasks == nil {
		t := GLOBL("masks"+m.name, attr.RODATA|attr.NOPTR)
		for i := range 2 * m.width {
			bits := uint32(0)
			if i < m.width {
				bits = 1<<32 - 1
			}
			DATA(i*floatSize, U32(bits))
		}
		tableOfMasks = &t
	}
	return *tableOfMasks
}

// clear makes vectors zero. The register allocator does not know that a 512-bit
// register exclusive-or itself needs no value, hence the broadcast.
func (m machine) clear(all []reg.VecVirtual, scratch reg.GPVirtual) {
	XORL(scratch.As32(), scratch.As32())
	if m.wide {
		VPBROADCASTD(scratch.As32(), all[0])
	} else {
		VXORPS(all[0], all[0], all[0])
	}
	for _, v := range all[1:] {
		VMOVAPS(all[0], v)
	}
}

// load reads a vector; mask, if not nil, says which lanes, and the others
// become zero.
func (m machine) load(from Mem, to reg.VecVirtual, mask reg.Register) {
	switch {
	case mask == nil:
		VMOVUPS(from, to)
	case m.wide:
		VMOVUPS_Z(from, mask, to)
	default:
		VMASKMOVPS(from, mask, to)
	}
}

// store writes a vector; mask, if not nil, says which lanes.
func (m machine) store(v value, to Mem, mask reg.Register) {
	switch {
	case mask == nil:
		VMOVUPS(v, to)
	case m.wide:
		VMOVUPS(v, mask, to)
	default:
		VMASKMOVPS(v, mask, to)
	}
}

var labels int

// label returns a name for a jump that no other has.
func label(what string) string {
	labels++
	return fmt.Sprintf("%s%d", what, labels)
}
