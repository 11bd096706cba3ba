package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// Multiply-adds of one round of saturate: more chains than any processor needs
// to hide their latency, and enough of them for the loop not to count.
const (
	peakChains = 14
	peakRepeat = 4
)

func (m machine) saturate() {
	m.function("saturate", "(rounds int)", "%s is Saturate; rounds is at least 1.")
	rounds, scratch := pointer("rounds"), GP64()
	chains := m.vectors(peakChains)
	m.clear(chains, scratch)
	factor := m.copied(m.constant(0.5))
	loop := label("loop")
	Label(loop)
	for range peakRepeat {
		for _, c := range chains {
			VFMADD231PS(factor, factor, c)
		}
	}
	SUBQ(Imm(1), rounds)
	JNE(LabelRef(loop))
	finish()
}
