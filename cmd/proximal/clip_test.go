package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/explain"
)

// goodTable and badTable are the tables of the textbook, as the command prints
// them.
const (
	goodTable = `A = 1, range [0.8, 1.2]

    r  r·A  clip(r)  clip·A    L  ∂L/∂r   clipped
  0.5  0.5      0.8     0.8  0.5      1        no
  0.8  0.8      0.8     0.8  0.8      1  boundary
    1    1        1       1    1      1        no
  1.1  1.1      1.1     1.1  1.1      1        no
  1.2  1.2      1.2     1.2  1.2      1  boundary
  1.3  1.3      1.2     1.2  1.2      0       yes
  1.5  1.5      1.2     1.2  1.2      0       yes
    2    2      1.2     1.2  1.2      0       yes
`
	badTable = `A = -1, range [0.8, 1.2]

    r   r·A  clip(r)  clip·A     L  ∂L/∂r   clipped
  0.5  -0.5      0.8    -0.8  -0.8      0       yes
  0.7  -0.7      0.8    -0.8  -0.8      0       yes
  0.8  -0.8      0.8    -0.8  -0.8     -1  boundary
    1    -1        1      -1    -1     -1        no
  1.2  -1.2      1.2    -1.2  -1.2     -1  boundary
  1.5  -1.5      1.2    -1.2  -1.5     -1        no
    2    -2      1.2    -1.2    -2     -1        no
`
)

func TestClipTable(t *testing.T) {
	for args, want := range map[string]string{
		"--epsilon 0.2 --advantage 1":  goodTable,
		"--epsilon 0.2 --advantage -1": badTable,
		"":                             goodTable,
		"--advantage -1 --low 0.4 --high 0.3 --dual 3 --csv": `ratio,unclipped,clip,clipped,objective,gradient,case
0.375,-0.375,0.6,-0.6,-0.6,0,yes
0.525,-0.525,0.6,-0.6,-0.6,0,yes
0.6,-0.6,0.6,-0.6,-0.6,-1,boundary
1,-1,1,-1,-1,-1,no
1.3,-1.3,1.3,-1.3,-1.3,-1,boundary
2.15,-2.15,1.3,-1.3,-2.15,-1,no
3,-3,1.3,-1.3,-3,-1,boundary
4,-4,1.3,-1.3,-3,0,yes
`,
		"--low 0.2 --high 0.28 --dual 3 --advantage -1 --ratios 0.7,1.28,3,4 --csv": `ratio,unclipped,clip,clipped,objective,gradient,case
0.7,-0.7,0.8,-0.8,-0.8,0,yes
1.28,-1.28,1.28,-1.28,-1.28,-1,boundary
3,-3,1.28,-1.28,-3,-1,boundary
4,-4,1.28,-1.28,-3,0,yes
`,
		"--epsilon 0.7 --advantage -3 --ratios 0.3,0.29 --json": `[{"ratio":0.3,"unclipped":-0.9,"clip":0.3,"clipped":-0.9,"objective":-0.9,"gradient":-3,"case":"boundary"},` +
			`{"ratio":0.29,"unclipped":-0.87,"clip":0.3,"clipped":-0.9,"objective":-0.9,"gradient":0,"case":"yes"}]` + "\n",
		"--epsilon 3 --low 0.5 --ratios 4 --csv": "ratio,unclipped,clip,clipped,objective,gradient,case\n4,4,4,4,4,1,boundary\n",
	} {
		if got := mustProximal(t, append([]string{"clip", "table"}, strings.Fields(args)...)...); got != want {
			t.Errorf("clip table %s prints\n%s\nwant\n%s", args, got, want)
		}
	}
}

func TestClipSoftmaxAsJSON(t *testing.T) {
	text := mustProximal(t, "clip", "softmax", "--logits", "0,0,0", "--advantages", "1,0,-1", "--epsilon", "0.2",
		"--epochs", "4", "--iterations", "3", "--json")
	keys(t, text, "old", "proposal", "proposal_ratios", "outside", "caps", "iterations")
	var got clipTrace
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	sum := math.E + 1 + 1/math.E
	if math.Abs(got.Proposal[0]-math.E/sum) > 1e-15 || math.Abs(got.ProposalRatios[2]-3/(math.E*sum)) > 1e-15 {
		t.Errorf("proposal %v, ratios %v", got.Proposal, got.ProposalRatios)
	}
	if !slices.Equal(got.Outside, []bool{true, true, true}) || got.Caps[1] != nil || math.Abs(*got.Caps[0]-0.4) > 1e-15 {
		t.Errorf("outside %v, caps %v", got.Outside, got.Caps)
	}
	if len(got.Iterations) != 12 {
		t.Fatalf("%d steps", len(got.Iterations))
	}
	old := got.Old
	for i, s := range got.Iterations {
		if s.Iteration != i/4+1 || s.Epoch != i%4+1 {
			t.Errorf("step %d is iteration %d, epoch %d", i, s.Iteration, s.Epoch)
		}
		for a, p := range s.Probabilities {
			if s.Ratios[a] != p/old[a] {
				t.Errorf("step %d: ratio %v of %v to %v", i, s.Ratios[a], p, old[a])
			}
		}
		if s.Epoch == 4 {
			old = s.Probabilities
		}
	}
	var raw struct{ Iterations []json.RawMessage }
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatal(err)
	}
	keys(t, string(raw.Iterations[0]), "iteration", "epoch", "probabilities", "ratios", "gradient")
}

func TestClipSoftmaxSaysThatRatiosOvershoot(t *testing.T) {
	far := mustProximal(t, "clip", "softmax", "--lr", "3", "--epochs", "1", "--iterations", "1")
	if !strings.Contains(far, "That is outside the range [0.8, 1.2]") || strings.Contains(far, "Iteration by iteration") {
		t.Errorf("one long step: %s", far)
	}
	near := mustProximal(t, "clip", "softmax", "--lr", "0.01", "--epochs", "2", "--logits", "0,1,0")
	if !strings.Contains(near, "All are inside the range [0.8, 1.2]") || strings.Contains(near, "Here they are the same") {
		t.Errorf("short steps: %s", near)
	}
}

func TestClipExplain(t *testing.T) {
	t.Chdir(t.TempDir())
	finished(t, "run", "CartPole-v1", 1, 100, 120)
	write(t, "run/metrics.jsonl", `{"step":1,"policy/zero_gradient_fraction":0.125,"policy/zero_gradient_advantage":0.25}
{"step":2,"rollout/episodes":3}
{"step":3,"policy/zero_gradient_fraction":0.375,"policy/zero_gradient_advantage":0.5}
`)
	out := mustProximal(t, "clip", "explain", "--ratio", "1.5", "--advantage", "1", "--run", "run")
	for _, want := range []string{
		"unclipped  r·A         1.5·1 = 1.5", "clipped    clip(r)·A   1.2·1 = 1.2", "objective  L           1.2",
		"gradient   ∂L/∂r       0", "right way, as the action was better", "– Is the sample thrown away? For this step, yes",
		"zero for 25.0 % of the samples (lowest 12.5 %, highest 37.5 %)", "carried 37.5 % of the absolute advantage (lowest 25.0 %, highest 50.0 %): means over 2 updates.",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("clip explain does not say %q:\n%s", want, out)
		}
	}
	if bad := mustProximal(t, "clip", "explain", "--ratio", "1.5", "--advantage", "-1"); !strings.Contains(bad, "-1.5·(1 − π(a))") ||
		!strings.Contains(bad, "thrown away? No.") {
		t.Errorf("clip explain says %s", bad)
	}
	text := mustProximal(t, "clip", "explain", "--ratio", "1.5", "--run", "run", "--json")
	keys(t, text, "ratio", "unclipped", "clip", "clipped", "objective", "gradient", "case", "advantage", "low", "high", "dual", "term", "log_prob_gradient",
		"move", "pick", "why", "thrown_away", "run")
	var got clipSample
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if got.Advantage != 1 || got.Low != 0.2 || got.High != 0.2 || got.Dual != 0 {
		t.Errorf("the sample is %+v", got)
	}
	if got.Term != explain.Clipped || got.Case != explain.Flat || *got.Run != (clipShares{"run", 2, clipSpread{0.25, 0.125, 0.375}, clipSpread{0.375, 0.25, 0.5}}) {
		t.Errorf("read %+v, %+v", got, got.Run)
	}
}

// TestClipExplainsACorner: an action that the policy no longer takes, and a
// ratio on the bound of the dual clip.
func TestClipExplainsACorner(t *testing.T) {
	for args, want := range map[string][]string{
		"--ratio 0 --advantage 1":                {"0 for every logit", "thrown away? Not by the clip", "so it moves no logit."},
		"--ratio 3 --advantage -1 --dual 3":      {"and on the dual bound 3", "On the dual bound itself"},
		"--ratio 1.15 --advantage -1 --dual 1.1": {"Both terms are -1.15, but the dual clip picked c·A = 1.1·-1 = -1.1"},
	} {
		out := mustProximal(t, append([]string{"clip", "explain"}, strings.Fields(args)...)...)
		flat := strings.Join(strings.Fields(out), " ") // without the breaks of lines
		for _, w := range want {
			if !strings.Contains(flat, w) {
				t.Errorf("clip explain %s does not say %q:\n%s", args, w, out)
			}
		}
	}
}

func TestClipHelpShowsNoDecimals(t *testing.T) {
	if out := mustProximal(t, "clip", "softmax", "--help"); strings.Contains(out, "000000") || !strings.Contains(out, "as 0,0,0, the default") {
		t.Errorf("it says %s", out)
	}
}

func TestWrap(t *testing.T) {
	word := strings.Repeat("é", 30)
	if got, want := wrap(word+" "+word+" "+word+" "+word+" a b"), "– "+word+" "+word+" "+word+"\n  "+word+" a b\n"; got != want {
		t.Errorf("wrapped as %q, want %q", got, want)
	}
}

func TestClipLucky(t *testing.T) {
	text := mustProximal(t, "clip", "lucky", "--epochs", "7", "--json")
	keys(t, text, "update", "max", "batch", "outliers", "reuse", "one_pull", "two_pulls")
	var got struct {
		Update, Max, Outliers, Reuse []json.RawMessage
		OnePull                      []json.RawMessage `json:"one_pull"`
		TwoPulls                     []json.RawMessage `json:"two_pulls"`
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Update) != 8 || len(got.Outliers) != 2*len(variantNames()) {
		t.Errorf("%d epochs, %d outliers", len(got.Update), len(got.Outliers))
	}
	keys(t, string(got.Update[0]), "epoch", "unclipped", "clip", "max")
	keys(t, string(got.Max[0]), "ratio", "advantage", "min", "min_gradient", "max", "max_gradient")
	keys(t, string(got.Outliers[0]), "variant", "advantage", "ratios", "gradients", "shares")
	keys(t, string(got.Reuse[0]), "epoch", "probabilities", "bias_without_weights", "bias_with_weights", "effective_share")
	keys(t, string(got.OnePull[0]), "ratio", "probability", "return", "unclipped", "clip")
	keys(t, string(got.TwoPulls[0]), "ratio", "probability", "return", "unclipped", "clip")
}

// TestClipPictures: every figure is written in both formats, and the name of its
// file is the last line of output.
func TestClipPictures(t *testing.T) {
	t.Chdir(t.TempDir())
	for i, args := range []string{
		"plot", "plot --dual 3 --epsilon 0.05", "plot --variants " + strings.Join(variantNames(), ","), "plot --variants unclipped",
		"softmax", "softmax --lr 2 --epochs 1 --iterations 1 --logits 0,0 --advantages=-1,2", "lucky", "lucky --epsilon 0.5",
	} {
		for _, extension := range []string{"png", "svg"} {
			name := fmt.Sprintf("%d.%s", i, extension)
			out := mustProximal(t, append([]string{"clip"}, strings.Fields(args+" --out "+name)...)...)
			if !strings.HasSuffix("\n"+out, "\n"+name+"\n") {
				t.Errorf("clip %s does not name its picture: %q", args, out)
			}
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if extension == "svg" {
				if !bytes.Contains(data, []byte("<svg")) {
					t.Errorf("clip %s: no picture", args)
				}
			} else if picture, err := png.Decode(bytes.NewReader(data)); err != nil || picture.Bounds().Dx() < 600 {
				t.Errorf("clip %s: %v", args, err)
			}
		}
	}
	// With --json the picture's name is not part of the value.
	o := proximal(t, "", "clip", "softmax", "--json", "--out", "trace.svg")
	if o.code != exitDone || o.errs != "trace.svg\n" || !json.Valid([]byte(o.out)) {
		t.Errorf("exit code %d, %q", o.code, o.errs)
	}
}

func TestClipPage(t *testing.T) {
	t.Chdir(t.TempDir())
	if out := mustProximal(t, "clip", "page", "--out", "page.html"); out != "page.html\n" {
		t.Errorf("it prints %q", out)
	}
	if page, err := os.ReadFile("page.html"); err != nil || !bytes.Equal(page, explain.Page()) {
		t.Errorf("the page: %d bytes, %v", len(page), err)
	}
}

func TestClipMistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	finished(t, "old", "CartPole-v1", 1, 100, 120)
	for _, test := range []struct{ args, want string }{
		{"tabel", `unknown command "tabel"; did you mean table?`},
		{"table 3", "unknown command"},
		{"table --epsilon 0", "--epsilon = 0: must be in (0, 1)"},
		{"table --epsilon -0.1", "--epsilon = -0.1: must be in (0, 1)"},
		{"table --epsilon 1", "--epsilon = 1: must be in (0, 1), as the lower bound"},
		{"table --epsilon NaN", "--epsilon = NaN: must be"},
		{"table --epsilon 2 --high 0.2", "--epsilon = 2: must be in (0, 1)"},
		{"table --low 1", "--low = 1: must be in (0, 1)"},
		{"table --low 0", "--low = 0: must be in (0, 1)"},
		{"table --high 0", "--high = 0: must be a finite number above 0"},
		{"table --high Inf", "--high = +Inf"},
		{"table --dual 1", "--dual = 1: must be 0 (off) or a finite number above 1"},
		{"table --dual 0.5", "--dual = 0.5: must be 0 (off)"},
		{"table --dual -3", "--dual = -3"},
		{"table --advantage NaN", "--advantage = NaN: must be a finite number"},
		{"table --epsilon 1e-20", "--epsilon = 1e-20: must be at least 1e-15"},
		{"table --low 1e-20", "--low = 1e-20: must be at least 1e-15"},
		{"table --high 1e-20", "--high = 1e-20: must be at least 1e-15"},
		{"table --epsilon some", `--epsilon = "some": must be in (0, 1)`},
		{"table --advantage much", `--advantage = "much": must be a finite number`},
		{"table --advantage 1e308 --ratios 1e10", "--advantage = 1e+308: too large to be multiplied by the ratio 1e+10\n"},
		{"table --ratios NaN", "--ratios[0] = NaN: must be a finite number of at least 0"},
		{"table --ratios 1,-2", "--ratios[1] = -2: must be"},
		{"table --ratios=", "--ratios: must name at least one finite number of at least 0, such as 0.5,1,1.5\n"},
		{"table --ratios 1,,2", `--ratios = "1,,2": must name at least one finite number of at least 0`},
		{"table --csv --json", "--csv and --json: choose one of them"},
		{"plot", `--out = "": must be a file name that ends in .png or .svg`},
		{"plot --out clip.gif", `--out = "clip.gif": must be`},
		{"plot --out x.png --variants clip,sapoo", `unknown surrogate "sapoo"; did you mean sapo?`},
		{"plot --out x.png --variants clip,clip", `--variants[1] = "clip": must name each surrogate once`},
		{"plot --out x.png --variants=", "--variants: must name at least one"},
		{"plot --out nowhere/x.png", `--out = "nowhere/x.png": must be in a folder that can be written to`},
		{"softmax --out nowhere/x.png", `--out = "nowhere/x.png": must be`},
		{"lucky --out nowhere/x.svg", `--out = "nowhere/x.svg": must be`},
		{"plot --out x.png --epsilon 7", "--epsilon = 7"},
		{"softmax --logits 0,0", "--advantages: must be as many as the logits, 2, not 3"},
		{"softmax --logits 0 --advantages 0", "--logits: must name from 2"},
		{"softmax --logits=", "--logits: must name at least two finite numbers, such as 0,0,0\n"},
		{"softmax --advantages 1,0,x", `--advantages = "1,0,x": must name a finite number for each logit`},
		{"softmax --epochs 1.5", `--epochs = "1.5": must be a whole number`},
		{"softmax --advantages 1,NaN,0", "--advantages[1] = NaN"},
		{"softmax --temperature 0", "--temperature = 0: must be a finite number above 0"},
		{"softmax --temperature -1", "--temperature = -1"},
		{"softmax --lr 0", "--lr = 0"},
		{"softmax --lr 1e6", "--lr = 1e+06: too large"},
		{"softmax --epochs 0", "--epochs = 0: must be in [1, 100000]"},
		{"softmax --iterations -1", "--iterations = -1: must be in [1, 100000]"},
		{"softmax --dual 1", "--dual = 1"},
		{"softmax --out trace.pdf", "--out"},
		{"explain --ratio -1", "--ratio = -1: must be a finite number of at least 0"},
		{"explain --ratio=", "--ratio: must be a finite number of at least 0"},
		{"explain --ratio NaN", "--ratio = NaN"},
		{"explain --advantage Inf", "--advantage = +Inf"},
		{"explain --run nowhere", "there is no run folder nowhere"},
		{"explain --run old", "old has no policy/zero_gradient_fraction"},
		{"lucky --probability 1", "--probability = 1: must be in (0, 1)"},
		{"lucky --epochs 0", "--epochs = 0"},
		{"lucky --lr Inf", "--lr = +Inf"},
		{"lucky --batch 0", "--batch = 0: must be in [2, "},
		{"lucky --batch 1", "--batch = 1: must be in [2, "},
		{"lucky --epsilon 1", "--epsilon = 1"},
		{"lucky --out lucky", "--out"},
		{"page --out=", "--out: must be a file name, such as clip.html"},
	} {
		o := proximal(t, "", append([]string{"clip"}, strings.Fields(test.args)...)...)
		if o.code != exitUnusable || !strings.HasPrefix(o.errs, "proximal: ") || !strings.Contains(o.errs, test.want) || o.out != "" {
			t.Errorf("proximal clip %s: exit code %d, %q instead of %q", test.args, o.code, o.errs, test.want)
		}
	}
	if entries, err := os.ReadDir("."); err != nil || len(entries) != 1 {
		t.Errorf("mistakes left something behind: %v %v", entries, err)
	}
}

// TestClipExamples runs every example of the help texts, but those that need a
// run.
func TestClipExamples(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range append([]*cobra.Command{newClip()}, newClip().Commands()...) {
		if c.Example == "" || c.Long == "" {
			t.Errorf("%s has no example or no description", c.Name())
		}
		for line := range strings.Lines(c.Example) {
			args := strings.Fields(line)
			if len(args) < 3 || args[0] != "proximal" || args[1] != "clip" {
				t.Errorf("%s: the example %q", c.Name(), line)
			} else if !slices.Contains(args, "--run") {
				mustProximal(t, args[1:]...)
			}
		}
	}
	if out := mustProximal(t, "clip"); !strings.Contains(out, "lucky") {
		t.Errorf("clip alone prints %s", out)
	}
}

// TestClipPageOfTheDocuments: what docs/clip.md shows is what the commands print,
// but for the one that needs a run.
func TestClipPageOfTheDocuments(t *testing.T) {
	data, err := os.ReadFile("../../docs/clip.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	blocks := regexp.MustCompile("(?s)```\n\\$ proximal (clip [^\n]*)\n(.*?)```").FindAllStringSubmatch(string(data), -1)
	if len(blocks) < 8 {
		t.Errorf("only %d commands", len(blocks))
	}
	for _, b := range blocks {
		if strings.Contains(b[1], "--run") {
			continue
		}
		if got := mustProximal(t, strings.Fields(b[1])...); got != b[2] {
			t.Errorf("proximal %s prints\n%s\nthe page shows\n%s", b[1], got, b[2])
		}
	}
}
