package classic_test

import (
	"encoding/binary"
	"flag"
	"hash/crc32"
	"math"
	"testing"

	"github.com/proximal-rl/proximal/env/classic"
)

var exhaustive = flag.Bool("exhaustive", false, "compare float32 sines with NumPy on every number, not on every 997th")

// TestSmallSincos32 compares with NumPy on bit patterns from 0 to 0.1; negative
// angles follow from positive ones.
func TestSmallSincos32(t *testing.T) {
	const last = 0x3dcccccd // pattern of 0.1
	for _, c := range readRecording(t).Sines {
		if c.Stride == 1 && !*exhaustive {
			continue
		}
		sins, coss := crc32.NewIEEE(), crc32.NewIEEE()
		var bytes [4]byte
		for pattern := uint32(0); pattern <= last; pattern += c.Stride {
			x := math.Float32frombits(pattern)
			sin, cos := classic.SmallSincos32(x)
			if negSin, negCos := classic.SmallSincos32(-x); negSin != -sin || negCos != cos {
				t.Fatalf("%v: (%v, %v) but of its negative (%v, %v)", x, sin, cos, negSin, negCos)
			}
			binary.LittleEndian.PutUint32(bytes[:], math.Float32bits(sin))
			sins.Write(bytes[:])
			binary.LittleEndian.PutUint32(bytes[:], math.Float32bits(cos))
			coss.Write(bytes[:])
		}
		if sin, cos := sins.Sum32(), coss.Sum32(); sin != c.Sin || cos != c.Cos {
			t.Errorf("every %d-th number: checksums %08x and %08x, want %08x and %08x", c.Stride, sin, cos, c.Sin, c.Cos)
		}
	}
}

// TestSmallSincos32Ties has the two angles whose sine, rounded to float64 before
// float32, would be a unit off.
func TestSmallSincos32Ties(t *testing.T) {
	for x, want := range map[float32]uint32{0x1.d12ed0p-12: 0x39e89767, 0x1.200018p-7: 0x3c0fff93} {
		if sin, _ := classic.SmallSincos32(x); math.Float32bits(sin) != want {
			t.Errorf("sine of %v is %x, want %x", x, math.Float32bits(sin), want)
		}
	}
}
