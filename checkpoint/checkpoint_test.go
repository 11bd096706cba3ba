package checkpoint_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/proximal-rl/proximal/checkpoint"
)

// runState is state in the order of the fixture's script.
type runState struct {
	Steps int    `json:"steps"`
	Seed  uint64 `json:"seed"`
	Name  string `json:"name"`
}

const golden = "testdata/golden.safetensors"

// filled has the content of the golden file, put in no particular order.
func filled(t testing.TB) *checkpoint.Checkpoint {
	t.Helper()
	infinity := math.Inf(1)
	c := checkpoint.New()
	c.PutBytes("seed.état", []byte{0, 1, 254, 255, '\n'})
	c.PutFloat32("policy.actor.0.weight", []int{2, 3}, []float32{0.5, -1.25, 3e-8, 1e38, float32(math.Copysign(0, -1)), 1e-45})
	c.PutFloat64("policy.normalizer.mean", []int{3}, []float64{0.1, -1e-300, 5e-324})
	c.PutFloat32("policy.actor.0.bias", []int{3}, []float32{math.Float32frombits(0x7fc00000), float32(infinity), float32(-infinity)})
	c.PutFloat32("empty", []int{0, 3}, nil)
	c.PutFloat64("policy.normalizer.count", nil, []float64{12345678})
	for key, value := range map[string]any{
		"schedule": []float64{3e-4, 0},
		"run":      runState{200_000, math.MaxUint64, `a "quoted" <name> & é`},
		"clip":     0.2,
	} {
		if err := c.Put(key, value); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// saved returns the file that c makes.
func saved(t testing.TB, c *checkpoint.Checkpoint) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "checkpoint")
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	return read(t, path)
}

func TestSaveWritesTheBytesThatPythonWrites(t *testing.T) {
	got, want := saved(t, filled(t)), read(t, golden)
	if !bytes.Equal(got, want) {
		t.Errorf("file is\n%q\nand should be\n%q", got, want)
	}
}

func TestLoadReadsWhatPythonWrote(t *testing.T) {
	c, err := checkpoint.Load(golden)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"empty", "policy.actor.0.bias", "policy.actor.0.weight", "policy.normalizer.count", "policy.normalizer.mean", "seed.état"}
	if !slices.Equal(c.Names(), names) {
		t.Errorf("names are %q, not %q", c.Names(), names)
	}
	weight, bias, mean, count := make([]float32, 6), make([]float32, 3), make([]float64, 3), make([]float64, 1)
	for _, err := range []error{
		c.Float32(nil, "empty", 0, 3),
		c.Float32(weight, "policy.actor.0.weight", 2, 3),
		c.Float32(bias, "policy.actor.0.bias", 3),
		c.Float64(mean, "policy.normalizer.mean", 3),
		c.Float64(count, "policy.normalizer.count"),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	if want := []float32{0.5, -1.25, 3e-8, 1e38, 0, 1e-45}; !slices.Equal(weight, want) || !math.Signbit(float64(weight[4])) {
		t.Errorf("weight is %v, not %v with −0", weight, want)
	}
	if bias[0] == bias[0] || !math.IsInf(float64(bias[1]), 1) || !math.IsInf(float64(bias[2]), -1) {
		t.Errorf("bias is %v", bias)
	}
	if want := []float64{0.1, -1e-300, 5e-324}; !slices.Equal(mean, want) || count[0] != 12345678 {
		t.Errorf("mean and count are %v and %v", mean, count)
	}
	if raw, err := c.Bytes("seed.état"); err != nil || !bytes.Equal(raw, []byte{0, 1, 254, 255, '\n'}) {
		t.Errorf("bytes are %v with error %v", raw, err)
	}
	var run runState
	if err := c.Get("run", &run); err != nil || run != (runState{200_000, math.MaxUint64, `a "quoted" <name> & é`}) {
		t.Errorf("state is %+v with error %v", run, err)
	}
}

func TestLoadUndoesSave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	rapid.Check(t, func(t *rapid.T) {
		var c checkpoint.Checkpoint // the zero value is ready
		name := rapid.StringN(1, 20, -1).Filter(func(s string) bool { return s != "__metadata__" })
		for _, n := range rapid.SliceOfDistinct(name, rapid.ID).Draw(t, "names") {
			size := rapid.IntRange(0, 5).Draw(t, "size")
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				c.PutFloat32(n, []int{size, 1}, rapid.SliceOfN(rapid.Float32(), size, size).Draw(t, "float32"))
			case 1:
				c.PutFloat64(n, []int{size}, rapid.SliceOfN(rapid.Float64(), size, size).Draw(t, "float64"))
			default:
				c.PutBytes(n, rapid.SliceOfN(rapid.Byte(), size, size).Draw(t, "bytes"))
			}
		}
		state := rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "state")
		for key, value := range state {
			if err := c.Put(key, value); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Save(path); err != nil {
			t.Fatal(err)
		}
		first, _ := os.ReadFile(path)
		again, err := checkpoint.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		for key, want := range state {
			var got string
			if err := again.Get(key, &got); err != nil || got != want {
				t.Fatalf("state %q is %q with error %v, not %q", key, got, err, want)
			}
		}
		if err := again.Save(path); err != nil {
			t.Fatal(err)
		}
		if second, _ := os.ReadFile(path); !bytes.Equal(first, second) {
			t.Fatalf("saved again:\n%q\nand first:\n%q", second, first)
		}
	})
}

func TestTensorsAreCopied(t *testing.T) {
	c := checkpoint.New()
	data, shape := []float32{1, 2}, []int{2}
	raw := []byte{1, 2}
	c.PutFloat32("x", shape, data)
	c.PutBytes("y", raw)
	data[0], shape[0], raw[0] = 9, 1, 9
	got := make([]float32, 2)
	if err := c.Float32(got, "x", 2); err != nil || got[0] != 1 {
		t.Errorf("x is %v with error %v", got, err)
	}
	first, _ := c.Bytes("y")
	first[1] = 9
	if second, err := c.Bytes("y"); err != nil || !bytes.Equal(second, []byte{1, 2}) {
		t.Errorf("y is %v with error %v", second, err)
	}
}

func TestReadingWhatIsNotThere(t *testing.T) {
	c := filled(t)
	dst, wide := make([]float32, 6), make([]float64, 6)
	var run struct {
		Steps int `json:"steps"`
	}
	_, bytesErr := c.Bytes("empty")
	for want, err := range map[string]error{
		`the checkpoint has no tensor "policy.actor.1.weight"; it has policy.actor.0.bias, policy.actor.0.weight, policy.normalizer.count`: c.Float32(dst, "policy.actor.1.weight", 6),
		`tensor "policy.actor.0.weight" has shape [2 3] in the checkpoint and should have [3 2]`:                                           c.Float32(dst, "policy.actor.0.weight", 3, 2),
		`tensor "policy.actor.0.weight" has elements F32 in the checkpoint and should have F64`:                                            c.Float64(wide, "policy.actor.0.weight", 2, 3),
		`tensor "empty" has elements F32 in the checkpoint and should have U8`:                                                             bytesErr,
		`the checkpoint has no state "runs"; it has run, clip, schedule`:                                                                   c.Get("runs", &run),
		`read state "run" of checkpoint: json: unknown field "seed"`:                                                                       c.Get("run", &run),
		`the checkpoint has no tensor "x", nor any other`:                                                                                  checkpoint.New().Float32(nil, "x", 0),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("error is\n\t%v\nand should be\n\t%s", err, want)
		}
	}
	if !slices.Equal(dst, make([]float32, 6)) {
		t.Errorf("dst was changed to %v", dst)
	}
}

func TestPutRefusesWhatJSONCannotHold(t *testing.T) {
	err := checkpoint.New().Put("loss", math.NaN())
	if err == nil || !strings.HasPrefix(err.Error(), `store "loss" in checkpoint: `) {
		t.Errorf("error is %v", err)
	}
	var asJSON *json.UnsupportedValueError
	if !errors.As(err, &asJSON) {
		t.Errorf("%v does not wrap the reason", err)
	}
}

func TestMisusePanics(t *testing.T) {
	c := filled(t)
	for want, call := range map[string]func(){
		"checkpoint: length of data differs from its shape":                    func() { c.PutFloat32("x", []int{2, 2}, make([]float32, 3)) },
		"checkpoint: length of data differs from its shape ":                   func() { c.PutFloat64("x", []int{-1}, nil) },
		"checkpoint: length of data differs from its shape  ":                  func() { c.PutFloat64("x", []int{1 << 30, 1 << 30, 1 << 30}, nil) },
		"checkpoint: name of a tensor is empty, reserved or not valid UTF-8":   func() { c.PutBytes("", nil) },
		"checkpoint: name of a tensor is empty, reserved or not valid UTF-8 ":  func() { c.PutBytes("__metadata__", nil) },
		"checkpoint: name of a tensor is empty, reserved or not valid UTF-8  ": func() { c.PutBytes("\xff", nil) },
		"checkpoint: name of a tensor is taken":                                func() { c.PutBytes("empty", nil) },
		"checkpoint: key of the state is taken":                                func() { _ = c.Put("clip", 1) },
		"checkpoint: length of dst differs from its shape":                     func() { _ = c.Float32(make([]float32, 5), "policy.actor.0.weight", 2, 3) },
	} {
		func() {
			defer func() {
				if got := recover(); got != strings.TrimSpace(want) {
					t.Errorf("panics with %v, not %q", got, want)
				}
			}()
			call()
		}()
	}
}
