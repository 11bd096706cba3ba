package config_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/proximal-rl/proximal/config"
)

func TestEncodeIsComplete(t *testing.T) {
	got, err := config.Encode(defaults(), map[string]string{
		"env":                      "The task.",
		"env.g":                    "Acceleration of gravity, in m/s².",
		"ppo":                      "Proximal policy optimisation.",
		"ppo.clip":                 "How far the probability ratio of an action may leave 1 before its sample stops to count: a number, or a table for different bounds below and above.\nSource: Schulman and others, 2017.",
		"ppo.value":                "Value loss:\x00 plain, clipped or none.",
		"optim.betas":              "Adam's averages.",
		"optim.inner.\"max norm\"": "Bound of the gradient's norm.",
		"unknown":                  "Nobody sees this.",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `name = "first light"

[run]
seed = 1
steps = 200000
limit = "1m30s"
verbose = false

# The task.
[env]
id = "CartPole-v1"
continuous = false

# Acceleration of gravity, in m/s².
g = 9.8

# Proximal policy optimisation.
[ppo]
gamma = 0.99
lambda = 0.95

# How far the probability ratio of an action may leave 1 before its sample
# stops to count: a number, or a table for different bounds below and above.
# Source: Schulman and others, 2017.
clip = 0.2
epochs = 10
batch = 2048
minibatch = 64

# Value loss: plain, clipped or none.
value = "plain"

[optim]
learning_rate = "linear(0.0003, 0)"

# Adam's averages.
betas = [0.9, 0.999]
epsilon = 1e-5
hidden = [64, 64]
groups = []

[optim.inner]
# Bound of the gradient's norm.
"max norm" = 0.5
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("document differs (-want +got):\n%s", diff)
	}
}

func TestEncodeWritesNumbersShort(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0.0", 1: "1.0", -2.5: "-2.5", 0.001: "0.001", 3e-4: "3e-4", 2.5e-4: "2.5e-4", 1e-5: "1e-5",
		123456: "123456.0", 1e6: "1e6", 12345678: "12345678.0", 1e22: "1e22", 0.30000000000000004: "0.30000000000000004",
		math.Inf(1): "inf", math.Inf(-1): "-inf", math.Copysign(0, -1): "-0.0",
		math.MaxFloat64: "1.7976931348623157e308", math.SmallestNonzeroFloat64: "5e-324",
	} {
		got, err := config.Encode(struct {
			X float64 `toml:"x"`
		}{x}, nil)
		if err != nil || string(got) != "x = "+want+"\n" {
			t.Errorf("%v is written %q with error %v, not %q", x, got, err, want)
		}
	}
	type mixed struct {
		Single   float32  `toml:"single"`
		Constant schedule `toml:"constant"`
		Span     span     `toml:"span"`
	}
	got, err := config.Encode(mixed{0.1, schedule{2.5e-4, 2.5e-4}, span{0.2, 0.28}}, nil)
	want := "single = 0.1\nconstant = 2.5e-4\nspan = { low = 0.2, high = 0.28 }\n"
	if err != nil || string(got) != want {
		t.Errorf("document is %q with error %v, not %q", got, err, want)
	}
}

// version is text that looks like a number but is none.
type version string

func (v version) MarshalText() ([]byte, error) { return []byte(v), nil }

func (v *version) UnmarshalText(text []byte) error { *v = version(text); return nil }

func TestEncodeQuotesTextThatIsNoNumber(t *testing.T) {
	for text, want := range map[version]string{
		"1.10": `"1.10"`, "007": `"007"`, "0x10": `"0x10"`, "inf": `"inf"`, "nan": `"nan"`, ".5": `".5"`, "99999999999999999999": `"99999999999999999999"`,
		"1.5": "1.5", "-3": "-3", "1e6": "1e6", "": `""`, "true": `"true"`, "\x7f<\"\\": `"\u007F<\"\\"`,
	} {
		type holder struct {
			V version `toml:"v"`
		}
		document, err := config.Encode(holder{text}, nil)
		if err != nil || string(document) != "v = "+want+"\n" {
			t.Errorf("%q is written %q with error %v, not %s", text, document, err, want)
		}
		var back holder
		if err := config.Decode(document, "", &back); err != nil || back.V != text {
			t.Errorf("%q comes back as %q with error %v", text, back.V, err)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	v := defaults()
	v.Name = "\xff"
	v.Run.Seed = 1 << 63
	v.PPO.Shared.Gamma = math.NaN()
	v.Env.Options = map[string]any{"id": 1, "nothing": nil, "list": []any{1, math.NaN()}}
	document, err := config.Encode(v, nil)
	if document != nil {
		t.Errorf("Encode failed and still wrote %q", document)
	}
	want := "name = \"\\xff\": must be valid UTF-8\n" +
		"run.seed = 9223372036854775808: must be at most 9223372036854775807\n" +
		"env.id: is set more than once\n" +
		"env.list = [1, nan]: must be a number, which nan is not\n" +
		"env.nothing = nothing: must be a value that TOML has\n" +
		"ppo.gamma = nan: must be a number, which nan is not"
	if got := lines(err); got != want {
		t.Errorf("Encode says\n%s\nand should say\n%s", got, want)
	}
}

// drawSettings makes settings that break no rule of TOML; ranges may be broken.
func drawSettings(t *rapid.T) settings {
	float := rapid.Float64().Filter(func(x float64) bool { return !math.IsNaN(x) })
	text := rapid.String()
	scalar := rapid.OneOf(text.AsAny(), float.AsAny(), rapid.Int64().AsAny(), rapid.Bool().AsAny())
	value := rapid.OneOf(scalar, rapid.SliceOfN(scalar, 1, 3).AsAny(), rapid.MapOfN(text, scalar, 0, 3).AsAny())
	options := rapid.MapOf(text.Filter(func(s string) bool { return s != "id" }), value).Draw(t, "options")
	unit := rapid.Float64Range(1e-9, 1-1e-9)
	rates := rapid.Float64Range(0, 1e300)
	return settings{
		Name: text.Draw(t, "name"),
		Run: run{
			Seed:    rapid.Uint64Max(math.MaxInt64).Draw(t, "seed"),
			Steps:   rapid.IntMin(1).Draw(t, "steps"),
			Limit:   time.Duration(rapid.Int64().Draw(t, "limit")),
			Verbose: rapid.Bool().Draw(t, "verbose"),
		},
		Env: world{ID: text.Draw(t, "id"), Options: options},
		PPO: &ppo{
			Shared: shared{unit.Draw(t, "gamma"), unit.Draw(t, "lambda")},
			Clip:   span{unit.Draw(t, "low"), unit.Draw(t, "high")},
			Epochs: rapid.Int8Range(1, 127).Draw(t, "epochs"),
			Batch:  rapid.IntMin(1).Draw(t, "batch"),
			Mini:   rapid.IntMin(1).Draw(t, "minibatch"),
			Value:  rapid.SampledFrom([]string{"plain", "clipped", "none"}).Draw(t, "value"),
		},
		Optim: optim{
			Rate:    schedule{rates.Draw(t, "from"), rates.Draw(t, "to")},
			Betas:   rapid.SliceOf(unit).Draw(t, "betas"),
			Epsilon: rapid.Float32Range(1e-40, 1e38).Draw(t, "epsilon"),
			Hidden:  rapid.SliceOf(rapid.IntRange(1, 65536)).Draw(t, "hidden"),
			Groups:  rapid.SliceOf(rapid.SampledFrom([]string{"actor", "critic"})).Draw(t, "groups"),
			Inner:   inner{math.Inf(1)},
		},
	}
}

func TestDecodeUndoesEncode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawSettings(t)
		help := rapid.MapOf(rapid.SampledFrom(config.Keys(want)), rapid.String()).Draw(t, "help")
		document, err := config.Encode(want, help)
		if err != nil {
			t.Fatal(err)
		}
		got := settings{PPO: &ppo{}}
		if err := config.Decode(document, "", &got); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		if diff := cmp.Diff(want, got, compare, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("settings differ (-want +got):\n%s\nafter\n%s", diff, document)
		}
		again, err := config.Encode(&got, help)
		if err != nil || !bytes.Equal(again, document) {
			t.Fatalf("written again, with error %v:\n%s\nand first:\n%s", err, again, document)
		}
	})
}
