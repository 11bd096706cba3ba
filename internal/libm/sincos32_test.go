package libm

import (
	"encoding/binary"
	"flag"
	"hash/crc32"
	"math"
	"testing"
)

var exhaustive = flag.Bool("exhaustive", false, "compare Sin32 and Cos32 with glibc on every float32")

// TestSincos32 compares with glibc's sinf and cosf on every 997th bit pattern, or on every one.
func TestSincos32(t *testing.T) {
	for _, c := range readChecksums(t).Float32 {
		if c.Stride == 1 && !*exhaustive {
			continue
		}
		sins, coss := make([]byte, 0, 4*c.Block), make([]byte, 0, 4*c.Block)
		for block := range c.Sin {
			if testing.Short() && block%4 != 0 {
				continue
			}
			sins, coss = sins[:0], coss[:0]
			for i := uint64(block) * c.Block; i < uint64(block+1)*c.Block && i*c.Stride < 1<<32; i++ {
				x := math.Float32frombits(uint32(i * c.Stride))
				sin, cos := Sincos32(x)
				if c.Stride > 1 && (bits32(sin) != bits32(Sin32(x)) || bits32(cos) != bits32(Cos32(x))) {
					t.Fatalf("Sincos32(%x) is not Sin32, Cos32", x)
				}
				sins = binary.LittleEndian.AppendUint32(sins, bits32(sin))
				coss = binary.LittleEndian.AppendUint32(coss, bits32(cos))
			}
			if sin, cos := crc32.ChecksumIEEE(sins), crc32.ChecksumIEEE(coss); sin != c.Sin[block] || cos != c.Cos[block] {
				t.Errorf("stride %d, block %d: CRC %08x, %08x, want %08x, %08x", c.Stride, block, sin, cos, c.Sin[block], c.Cos[block])
			}
		}
	}
}

func TestSincos32Special(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	negativeZero := float32(math.Copysign(0, -1))
	for _, c := range []struct{ x, sin, cos float32 }{
		{0, 0, 1},
		{negativeZero, negativeZero, 1},
		{inf, nan, nan},
		{-inf, nan, nan},
		{nan, nan, nan},
		{math.SmallestNonzeroFloat32, math.SmallestNonzeroFloat32, 1},
		{-0x1.fffffep-127, -0x1.fffffep-127, 1},
		{0x1.fffffep-13, 0x1.fffffep-13, 1}, // the last argument that is its own sine
		{math.MaxFloat32, -0x1.0b3366p-1, 0x1.b4bf2cp-1},
		{120, 0x1.2945dep-1, 0x1.a0dc54p-1}, // the first one for the long reduction
	} {
		if sin, cos := Sincos32(c.x); bits32(sin) != bits32(c.sin) || bits32(cos) != bits32(c.cos) {
			t.Errorf("Sincos32(%x) = %x, %x, want %x, %x", c.x, sin, cos, c.sin, c.cos)
		}
	}
}

// bits32 returns the bits of v, the same for every NaN.
func bits32(v float32) uint32 {
	if v != v {
		return 0x7fc00000
	}
	return math.Float32bits(v)
}

func BenchmarkSincos32(b *testing.B) {
	state, x := splitMix(11), [1024]float32{}
	for i := range x {
		x[i] = float32(state.span(4))
	}
	i, sum := 0, float32(0)
	for b.Loop() {
		sin, cos := Sincos32(x[i&1023])
		sum += sin + cos
		i++
	}
	if sum != sum {
		b.Error("a finite angle has no sine")
	}
}
