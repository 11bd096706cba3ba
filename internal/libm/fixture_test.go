package libm

import (
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"math"
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"
)

// readRows returns the float64 rows of a file in testdata, written as the hexadecimal bits of each number.
func readRows(t testing.TB, name string) [][3]float64 {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")[1:]
	rows := make([][3]float64, len(lines))
	for i, line := range lines {
		for j, field := range strings.SplitN(line, ",", 3) {
			word, err := strconv.ParseUint(field, 16, 64)
			if err != nil {
				t.Fatalf("read %s, row %d: %v", name, i+1, err)
			}
			rows[i][j] = math.Float64frombits(word)
		}
	}
	return rows
}

// checksums is testdata/checksums.json.
type checksums struct {
	Block   int
	Float64 []struct {
		Stream, Function string
		Seed             uint64
		CRC              []uint32
	}
	Float32 []struct {
		Stride, Block uint64
		Sin, Cos      []uint32
	}
}

func readChecksums(t testing.TB) (c checksums) {
	t.Helper()
	text, err := os.ReadFile("testdata/checksums.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// splitMix is the generator of the fixture's streams.
type splitMix uint64

func (s *splitMix) draw() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// unit returns a number in [0, 1), span one in [−scale, scale).
func (s *splitMix) unit() float64              { return float64(s.draw()>>11) * 0x1p-53 }
func (s *splitMix) span(scale float64) float64 { return scale * (float64(2*s.unit()) - 1) }

func (s *splitMix) finite() float64 {
	u := s.draw()
	if u>>52&0x7ff == 0x7ff {
		u &^= 1 << 62
	}
	return math.Float64frombits(u)
}

// streams are the fixture's sequences of arguments; y is drawn for powers only.
var streams = map[string]func(s *splitMix) (x, y float64){
	"reduced":  func(s *splitMix) (x, y float64) { return s.span(0.7853981633974483), 0 },
	"moderate": func(s *splitMix) (x, y float64) { return s.span(1e6), 0 },
	"finite":   func(s *splitMix) (x, y float64) { return s.finite(), 0 },
	"quarters": func(s *splitMix) (x, y float64) { return 1.5707963267948966 * float64(s.draw()>>44), 0 },
	"square":   func(s *splitMix) (x, y float64) { return s.finite(), 2 },
	"plain":    func(s *splitMix) (x, y float64) { return 10 * s.unit(), float64(20*s.unit()) - 10 },
	"wide": func(s *splitMix) (x, y float64) {
		exponent := 768 + s.draw()>>55
		return math.Float64frombits(exponent<<52 | s.draw()>>12), float64(8.4*s.unit()) - 4.2
	},
	"near one": func(s *splitMix) (x, y float64) { return 1 + float64(0x1p-20*s.span(1)), 0x1p29 * s.span(1) },
	"few bits": func(s *splitMix) (x, y float64) {
		return float64(1+s.draw()>>50) * 0x1p-5, (float64(s.draw()>>58) - 32) * 0.25
	},
}

var functions = map[string]func(x, y float64) float64{
	"sin": func(x, _ float64) float64 { return Sin(x) },
	"cos": func(x, _ float64) float64 { return Cos(x) },
	"pow": Pow,
}

// TestStreams compares long streams of results with those of GNU MPFR, which rounds correctly.
func TestStreams(t *testing.T) {
	fixture := readChecksums(t)
	if len(fixture.Float64) == 0 {
		t.Fatal("the fixture has no streams")
	}
	for _, c := range fixture.Float64 {
		t.Run(c.Stream+" "+c.Function, func(t *testing.T) {
			if testing.Short() {
				c.CRC = c.CRC[:1]
			}
			state := splitMix(c.Seed)
			next, function := streams[c.Stream], functions[c.Function]
			data := make([]byte, 8*fixture.Block)
			for block, want := range c.CRC {
				for i := range fixture.Block {
					x, y := next(&state)
					binary.LittleEndian.PutUint64(data[8*i:], math.Float64bits(function(x, y)))
				}
				if got := crc32.ChecksumIEEE(data); got != want {
					t.Fatalf("block %d of %d results: CRC %08x, want %08x", block, fixture.Block, got, want)
				}
			}
		})
	}
}

// same reports whether two numbers have the same bits, all NaN counting as one.
func same(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

// relativeError returns the binary logarithm of |got − want|/|want|, −∞ for none.
func relativeError(got dd, want *big.Float) float64 {
	difference := new(big.Float).SetPrec(want.Prec()).SetFloat64(got.hi)
	difference.Add(difference, bigFloat(got.lo, 53)).Sub(difference, want)
	quotient, _ := difference.Quo(difference, want).Float64()
	return math.Log2(math.Abs(quotient))
}
