package objective_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/proximal-rl/proximal/objective"
)

// FuzzSurrogates reads bytes as settings and rows: 12 bytes of settings, then for
// each row one of flags and five numbers of two bytes, from −512 to 512 in steps
// that are finer near 0, where policies are. Whatever they are, every variant
// gives finite numbers and counts that fit together.
func FuzzSurrogates(f *testing.F) {
	f.Add([]byte{})
	f.Add(append(make([]byte, 12), make([]byte, 33)...))
	f.Add([]byte("the quick brown fox jumps over the lazy dog, again and again and again, until it sleeps"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 12 {
			return
		}
		s := arbitrarySettings(data[:12])
		if err := s.Validate(); err != nil {
			t.Fatalf("settings of the test: %v", err)
		}
		b := arbitraryRows(data[12:])
		for _, v := range objective.Variants() {
			checkConsistent(t, v, s, b)
		}
	})
}

// arbitrarySettings makes valid settings of any 12 bytes.
func arbitrarySettings(data []byte) objective.Settings {
	share := func(i int) float64 { return (float64(data[i]) + 1) / 257 } // in (0, 1)
	s := objective.Settings{
		Low: share(0), High: 5 * share(1), KL: 3 * share(3), Rollback: 2 * share(4), Quadratic: 2 * share(5),
		Temperature: 20 * share(6), Negative: 20 * share(7), Cap: 5 * share(8), BehaviorCap: float64(data[9] / 8),
		Share: share(10), CovarianceLow: -1 + share(11), CovarianceHigh: 1,
	}
	if data[2] > 100 {
		s.Dual = 1 + share(2)*3
	}
	return s
}

// arbitraryRows makes rows of any bytes.
func arbitraryRows(data []byte) *objective.Batch {
	number := func(i int) float32 {
		x := float64(int16(binary.LittleEndian.Uint16(data[i:]))) / 4096
		return float32(x * x * x)
	}
	b := &objective.Batch{Segment: []int32{0}, Selected: []bool{}}
	for ; len(data) >= 11; data = data[11:] {
		flags := data[0]
		b.LogProb, b.OldLogProb = append(b.LogProb, number(1)), append(b.OldLogProb, number(3))
		b.Behavior, b.Advantage = append(b.Behavior, number(5)), append(b.Advantage, number(7))
		weight, mask := number(9), float32(1)
		if flags&1 != 0 {
			weight = 0
		}
		if flags&2 != 0 {
			mask = 0
		}
		if flags&4 != 0 {
			b.LogProb[len(b.LogProb)-1] = float32(math.Inf(-1))
		}
		b.Weight, b.Mask = append(b.Weight, weight), append(b.Mask, mask)
		b.Selected = append(b.Selected, flags&8 != 0)
		if flags&0xf0 != 0 {
			b.Segment = append(b.Segment, int32(len(b.LogProb)))
		}
	}
	if last := int32(len(b.LogProb)); b.Segment[len(b.Segment)-1] != last {
		b.Segment = append(b.Segment, last)
	} else if last == 0 {
		b.Segment = append(b.Segment, 0)
	}
	return b
}

func checkConsistent(t *testing.T, v objective.Variant, settings objective.Settings, b *objective.Batch) {
	if v.Select != nil {
		v.Select(b.Selected, b, settings, func() float64 { return 0.25 })
	}
	loss, d, s := apply(v.New(settings), b)
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		t.Errorf("%s: loss %v", v.Name, loss)
	}
	rows, zero := 0, 0
	for i, w := range b.Weight {
		if x := float64(d[i]); math.IsNaN(x) || math.IsInf(x, 0) {
			t.Errorf("%s: derivative %v", v.Name, x)
		}
		if w != 0 {
			rows++
			if d[i] == 0 {
				zero++
			}
		}
	}
	counts := make([]int, objective.RatioBins)
	s.RatioHistogram(nil, counts)
	binned := 0
	for _, n := range counts {
		binned += n
	}
	if s.Rows != rows || binned != rows || s.ZeroGradient != zero || s.Guarded > rows ||
		s.HighPositive+s.HighNegative > s.ClippedHigh || s.LowPositive+s.LowNegative > s.ClippedLow ||
		s.ClippedHigh+s.ClippedLow > rows || s.RatioMin > s.RatioMax {
		t.Errorf("%s: %d rows with weight, %d without gradient, %d binned, statistics %+v", v.Name, rows, zero, binned, s)
	}
}
