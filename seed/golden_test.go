package seed

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
)

// fixture is testdata/numpy.json; tools/fixtures/seed.py says what it holds.
type fixture struct {
	Streams []struct {
		Run   string
		Name  *string // nil: not a spawned stream
		Index int
		Draws []drawing
	}
	Long []struct {
		Kind string
		Seed uint64
		Body string
		Tail golden.Float64s

		Count int
	}
	Log, Exp struct{ X, Y golden.Float64s }
}

// drawing is a number of draws of one kind.
type drawing struct {
	Kind       string
	Low, High  string
	Ends       [2]float64
	Cumulative []float64

	Whole []string
	Real  golden.Float64s
}

func TestDrawsAreNumPys(t *testing.T) {
	for _, s := range readFixture(t).Streams {
		run, err := strconv.ParseUint(s.Run, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		rng, name := New(run), "New("+s.Run+")"
		if s.Name != nil {
			rng, name = Stream(run, *s.Name, s.Index), "Stream("+s.Run+", "+strconv.Quote(*s.Name)+", "+strconv.Itoa(s.Index)+")"
		}
		t.Run(name, func(t *testing.T) {
			for i, d := range s.Draws {
				real, whole := d.repeat(t, rng)
				golden.Same(t, strconv.Itoa(i)+" "+d.Kind, real, d.Real)
				for j := range whole {
					if whole[j] != d.Whole[j] {
						t.Fatalf("%d %s: draw %d is %s, NumPy's %s", i, d.Kind, j, whole[j], d.Whole[j])
					}
				}
			}
		})
	}
}

// repeat makes the same draws from rng.
func (d drawing) repeat(t *testing.T, rng *Rand) (real []float64, whole []string) {
	for range d.Real {
		switch d.Kind {
		case "float64":
			real = append(real, rng.Float64())
		case "uniform":
			real = append(real, rng.Uniform(d.Ends[0], d.Ends[1]))
		case "normal":
			real = append(real, rng.Normal())
		case "exponential":
			real = append(real, rng.Exponential())
		default:
			t.Fatalf("unknown kind of real draw %q", d.Kind)
		}
	}
	for range d.Whole {
		switch d.Kind {
		case "uint32":
			whole = append(whole, strconv.FormatUint(uint64(rng.Uint32()), 10))
		case "uint64":
			whole = append(whole, strconv.FormatUint(rng.Uint64(), 10))
		case "integers":
			whole = append(whole, strconv.FormatInt(rng.Integers(parse(t, d.Low), parse(t, d.High)), 10))
		case "choice":
			whole = append(whole, strconv.Itoa(rng.Choice(d.Cumulative)))
		default:
			t.Fatalf("unknown kind of whole draw %q", d.Kind)
		}
	}
	return real, whole
}

// TestLongRunsAreNumPys holds every draw that takes no logarithm to NumPy's
// bits, and the others to its C library's last place.
func TestLongRunsAreNumPys(t *testing.T) {
	for _, long := range readFixture(t).Long {
		rng := New(long.Seed)
		draw, beginning := rng.Normal, normalTail
		if long.Kind == "exponential" {
			draw, beginning = rng.Exponential, exponentialTail
		}
		var tail []float64
		body := sha256.New()
		for range long.Count {
			x := draw()
			if math.Abs(x) > beginning {
				tail = append(tail, x)
				x = 0
			}
			var bytes [8]byte
			binary.LittleEndian.PutUint64(bytes[:], math.Float64bits(x))
			body.Write(bytes[:])
		}
		if got := hex.EncodeToString(body.Sum(nil)); got != long.Body {
			t.Errorf("%s: draws outside the tail have the sum %s, NumPy's %s", long.Kind, got, long.Body)
		}
		if len(tail) != len(long.Tail) {
			t.Fatalf("%s: %d draws from the tail, NumPy has %d", long.Kind, len(tail), len(long.Tail))
		}
		differ := 0
		for i, x := range tail {
			distance := golden.ULP64(x, long.Tail[i])
			if distance > 1 {
				t.Errorf("%s: draw %d of the tail is %v, NumPy's %v", long.Kind, i, x, long.Tail[i])
			}
			differ += int(distance)
		}
		t.Logf("%s: %d of %d draws from the tail differ in the last place", long.Kind, differ, len(tail))
		if differ > len(tail)/20 {
			t.Errorf("%s: %d of %d draws from the tail differ from NumPy's", long.Kind, differ, len(tail))
		}
	}
}

// TestElementary compares with correctly rounded values: log may miss few of
// them, exp more, both by one unit at most.
func TestElementary(t *testing.T) {
	f := readFixture(t)
	for _, c := range []struct {
		name   string
		f      func(float64) float64
		x, y   golden.Float64s
		misses float64 // share allowed
	}{
		{"log", log, f.Log.X, f.Log.Y, 0.005},
		{"exp", exp, f.Exp.X, f.Exp.Y, 0.1},
	} {
		misses := 0
		for i, x := range c.x {
			distance := golden.ULP64(c.f(x), c.y[i])
			if distance > 1 {
				t.Errorf("%s(%v) = %v, want %v", c.name, x, c.f(x), c.y[i])
			}
			misses += int(distance)
		}
		if share := float64(misses) / float64(len(c.x)); share > c.misses {
			t.Errorf("%s: %d of %d values are not rounded correctly", c.name, misses, len(c.x))
		}
	}
}

func readFixture(t *testing.T) (f fixture) {
	golden.Read(t, "testdata/numpy.json", &f)
	if len(f.Streams) == 0 || len(f.Long) == 0 || len(f.Log.X) == 0 || len(f.Exp.X) == 0 {
		t.Fatal("testdata/numpy.json lacks a part")
	}
	return f
}

func parse(t *testing.T, s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
