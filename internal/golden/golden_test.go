package golden_test

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/proximal-rl/proximal/internal/golden"
)

// listener is a test that writes down its failures.
type listener struct {
	testing.TB
	said    []string
	stopped bool
}

func (l *listener) Helper() {}

func (l *listener) Logf(string, ...any) {}

func (l *listener) Errorf(format string, values ...any) {
	l.said = append(l.said, fmt.Sprintf(format, values...))
}

func (l *listener) Fatalf(format string, values ...any) {
	l.Errorf(format, values...)
	l.stopped = true
	runtime.Goexit()
}

// listen returns what a test would say.
func listen(test func(t testing.TB)) (said string, stopped bool) {
	var l listener
	done := make(chan struct{})
	go func() {
		defer close(done)
		test(&l)
	}()
	<-done
	return strings.Join(l.said, "\n"), l.stopped
}

func expect(t *testing.T, what string, stops bool, test func(t testing.TB), parts ...string) {
	t.Helper()
	said, stopped := listen(test)
	if stopped != stops || (said == "") != (len(parts) == 0) {
		t.Errorf("%s: says %q, stopped: %v", what, said, stopped)
	}
	for _, part := range parts {
		if !strings.Contains(said, part) {
			t.Errorf("%s: says %q, without %q", what, said, part)
		}
	}
}

type fixture struct {
	Single golden.Float32s `json:"single"`
	Double golden.Float64s `json:"double"`
	Raw    golden.Hex      `json:"raw"`
	Plain  []float64       `json:"plain"`
}

const text = `{
	"single": [1, 0.1, "0x1.8p+1", "-inf", 1e-45],
	"double": "AAAAAAAA+D8BAAAAAAAAgA==",
	"raw": "00ff10",
	"plain": [1.5]
}`

func write(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRead(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	fmt.Fprint(w, text)
	w.Close()
	for _, path := range []string{write(t, "x.json", []byte(text)), write(t, "x.json.gz", packed.Bytes())} {
		var got fixture
		golden.Read(t, path, &got)
		golden.Same(t, "single", got.Single, golden.Float32s{1, 0.1, 3, float32(math.Inf(-1)), 1e-45})
		golden.Same(t, "double", got.Double, golden.Float64s{1.5, -5e-324})
		golden.Same(t, "plain", got.Plain, []float64{1.5})
		if !slices.Equal(got.Raw, []byte{0, 255, 16}) {
			t.Errorf("raw is %v", got.Raw)
		}
	}
}

func TestFloat32sAreRoundedOnce(t *testing.T) {
	// Just above the middle of 1 and its successor; as float64 it is the middle,
	// which would round to the even neighbour, 1.
	path := write(t, "x.json", []byte(`{"single": [1.00000005960464477540]}`))
	var got fixture
	golden.Read(t, path, &got)
	golden.Same(t, "single", got.Single, []float32{math.Nextafter32(1, 2)})
	path = write(t, "y.json", []byte(`{"single": "AACAPwAAwH8="}`))
	golden.Read(t, path, &got)
	golden.Same(t, "single", got.Single, []float32{1, math.Float32frombits(0x7fc00000)})
}

func TestReadStops(t *testing.T) {
	for content, reason := range map[string]string{
		`{"singel": [1]}`:        "unknown field",
		`{"single": [1]} {}`:     "more after the value",
		`{"single": ["x"]}`:      "invalid syntax",
		`{"single": [null]}`:     "null is no number",
		`{"single": [1e39]}`:     "out of range",
		`{"double": [[1]]}`:      "invalid syntax",
		`{"double": 1}`:          "cannot unmarshal",
		`{"single": "AACAPwA="}`: "a block of 5 bytes does not hold elements of 4",
		`{"double": "AACAPw=="}`: "a block of 4 bytes does not hold elements of 8",
		`{"double": "?"}`:        "illegal base64",
		`{"raw": "0g"}`:          "invalid byte",
		`{"raw": 1}`:             "cannot unmarshal",
		`{"plain": [NaN]}`:       "invalid character",
	} {
		path := write(t, "x.json", []byte(content))
		expect(t, content, true, func(t testing.TB) { golden.Read(t, path, &fixture{}) }, "read fixture "+path, reason)
	}
	expect(t, "missing file", true, func(t testing.TB) { golden.Read(t, "missing.json", &fixture{}) }, "missing.json")
	path := write(t, "x.json.gz", []byte(text))
	expect(t, "not packed", true, func(t testing.TB) { golden.Read(t, path, &fixture{}) }, "gzip: invalid header")
}

func TestClose(t *testing.T) {
	nan, infinity := math.NaN(), math.Inf(1)
	some := golden.Tolerance{Absolute: 0.125, Relative: 0.25, Why: "a test"}
	for _, c := range []struct {
		what      string
		got, want []float64
		tolerance golden.Tolerance
		says      []string
	}{
		{"equal", []float64{1, nan, infinity, 0}, []float64{1, nan, infinity, math.Copysign(0, -1)}, golden.Tolerance{}, nil},
		{"at the bound", []float64{4 + 1.125, -4 - 1.125, 0.125}, []float64{4, -4, 0}, some, nil},
		{"beyond", []float64{1, 5.25, 40, 2}, []float64{1, 4, 20, 1}, some, []string{
			"beyond: 3 of 4 elements are further off than 0.125 + 0.25·|want|", "first: [1] is 5.25 and should be 4, off by 1.25 or 1407374883553280 ulp", "worst: [2] is 40 and should be 20"}},
		{"exact", []float64{math.Nextafter(1, 2)}, []float64{1}, golden.Tolerance{}, []string{"off by 2.22e-16 or 1 ulp"}},
		{"NaN got", []float64{nan}, []float64{1}, some, []string{"[0] is NaN and should be 1"}},
		{"NaN wanted", []float64{1}, []float64{nan}, some, []string{"[0] is 1 and should be NaN"}},
		{"infinity got", []float64{infinity}, []float64{-infinity}, some, []string{"[0] is +Inf and should be -Inf"}},
		{"infinity wanted", []float64{1}, []float64{infinity}, some, []string{"[0] is 1 and should be +Inf"}},
		{"length", []float64{1}, nil, some, []string{"length has 1 elements and should have 0"}},
	} {
		expect(t, c.what, false, func(t testing.TB) { golden.Close(t, c.what, c.got, c.want, c.tolerance) }, c.says...)
	}
	expect(t, "no reason", true, func(t testing.TB) {
		golden.Close(t, "x", []float64{1}, []float64{1}, golden.Tolerance{Absolute: 1})
	}, "x: a tolerance needs its reason")
	expect(t, "float32", false, func(t testing.TB) {
		golden.Close(t, "x", []float32{math.Nextafter32(1, 2)}, []float64{1}, golden.Tolerance{})
	}, "or 1 ulp")
	golden.Close(t, "named types", golden.Float32s{1}, golden.Float64s{1}, golden.Tolerance{})
}

func TestSame(t *testing.T) {
	negativeZero := math.Copysign(0, -1)
	expect(t, "zeros", false, func(t testing.TB) { golden.Same(t, "x", []float64{1, 0, 2}, []float64{1, negativeZero, 3}) },
		"x: 2 of 3 elements differ in their bits", "first: [1] is 0 and should be -0", "(0x0 and 0x8000000000000000)")
	expect(t, "float32", false, func(t testing.TB) { golden.Same(t, "x", []float32{1}, []float32{-1}) }, "(0x3f800000 and 0xbf800000)")
	expect(t, "length", false, func(t testing.TB) { golden.Same(t, "x", []float32{1}, nil) }, "x has 1 elements and should have 0")
	nan := math.NaN()
	expect(t, "equal", false, func(t testing.TB) { golden.Same(t, "x", []float64{nan, 1}, []float64{nan, 1}) })
}

func TestRelativeL2(t *testing.T) {
	for _, c := range []struct {
		got, want []float64
		distance  float64
	}{
		{nil, nil, 0},
		{[]float64{0, 0}, []float64{0, 0}, 0},
		{[]float64{3, 4}, []float64{0, 0}, math.Inf(1)},
		{[]float64{3, 8}, []float64{3, 4}, 0.8},
		{[]float64{0, 0}, []float64{3, 4}, 1},
	} {
		if got := golden.RelativeL2(c.got, c.want); got != c.distance {
			t.Errorf("RelativeL2(%v, %v) is %v, not %v", c.got, c.want, got, c.distance)
		}
	}
	defer func() {
		if got := recover(); got != "golden: lengths of got and want differ" {
			t.Errorf("panics with %v", got)
		}
	}()
	golden.RelativeL2([]float32{1}, []float64{})
}

func TestULP(t *testing.T) {
	for _, c := range []struct {
		a, b     float64
		distance uint64
	}{
		{1, 1, 0}, {0, math.Copysign(0, -1), 0}, {5e-324, -5e-324, 2}, {1, math.Nextafter(1, 0), 1},
		{1, 2, 1 << 52}, {-1, -2, 1 << 52}, {math.MaxFloat64, math.Inf(1), 1},
		{math.Inf(-1), math.Inf(1), 2 * 0x7ff0000000000000}, {math.NaN(), math.NaN(), 0}, {1, math.NaN(), math.MaxUint64},
	} {
		if got := golden.ULP64(c.a, c.b); got != c.distance || golden.ULP64(c.b, c.a) != got {
			t.Errorf("ULP64(%v, %v) is %d, not %d", c.a, c.b, got, c.distance)
		}
	}
	infinity, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct {
		a, b     float32
		distance uint64
	}{
		{1, 2, 1 << 23}, {1e-45, -1e-45, 2}, {math.MaxFloat32, infinity, 1}, {-infinity, infinity, 2 * 0x7f800000}, {nan, nan, 0}, {nan, 1, math.MaxUint64},
	} {
		if got := golden.ULP32(c.a, c.b); got != c.distance || golden.ULP32(c.b, c.a) != got {
			t.Errorf("ULP32(%v, %v) is %d, not %d", c.a, c.b, got, c.distance)
		}
	}
}

func TestULPCountsSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float32Range(-math.MaxFloat32, math.MaxFloat32).Draw(t, "x")
		steps := rapid.Uint64Range(0, 20).Draw(t, "steps")
		y := x
		for range steps {
			y = math.Nextafter32(y, float32(math.Inf(1)))
		}
		if y <= math.MaxFloat32 && golden.ULP32(x, y) != steps {
			t.Fatalf("ULP32(%v, %v) is %d, not %d", x, y, golden.ULP32(x, y), steps)
		}
	})
}

func TestBytes(t *testing.T) {
	path := write(t, "file", []byte("one\ntwo\n"))
	expect(t, "equal", false, func(t testing.TB) { golden.Bytes(t, path, []byte("one\ntwo\n")) })
	expect(t, "different", false, func(t testing.TB) { golden.Bytes(t, path, []byte("one\ntow\n")) },
		`differs at byte 5 (line 2): "ow\n" of 8 bytes and should be "wo\n" of 8`)
	expect(t, "shorter", false, func(t testing.TB) { golden.Bytes(t, path, []byte("one")) }, `differs at byte 3 (line 1): "" of 3 bytes and should be "\ntwo\n" of 8`)
	missing := filepath.Join(t.TempDir(), "folder", "file")
	expect(t, "missing", true, func(t testing.TB) { golden.Bytes(t, missing, nil) }, "go test -update writes it")

	if err := flag.Set("update", "true"); err != nil {
		t.Fatal(err)
	}
	defer flag.Set("update", "false")
	expect(t, "update", false, func(t testing.TB) { golden.Bytes(t, missing, []byte("new")) })
	if got, err := os.ReadFile(missing); err != nil || string(got) != "new" {
		t.Errorf("updated file is %q with error %v", got, err)
	}
}
