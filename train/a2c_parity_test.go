package train

import (
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/seed"
)

// cancelling is the tolerance of gradients by biases. Advantages are not
// normalised, and the sum over the rows is a fiftieth of its terms.
const cancelling = 5e-6

// a2cRecording is one run of Stable-Baselines3's A2C as tools/fixtures/a2c.py
// writes it: like one of PPO with one minibatch in an update.
type a2cRecording struct {
	recording
	Decay, Epsilon     float64
	LikeTensorFlow     bool `json:"like_tensorflow"`
	NormalizeAdvantage bool `json:"normalize_advantage"`
}

// learner is A2C as it stood before the first rollout of the run.
func (r *a2cRecording) learner(t *testing.T) *a2c {
	t.Helper()
	same := r.settings() // what A2C and PPO have in common
	c := A2C{
		Rollout: same.Rollout, Policy: same.Policy,
		Optim: RMSPropSection{
			LearningRate:    same.Optim.LearningRate,
			RMSPropConfig:   optim.RMSPropConfig{Decay: r.Decay, Epsilon: r.Epsilon, LikeTensorFlow: r.LikeTensorFlow},
			MaxGradientNorm: same.Optim.MaxGradientNorm,
		},
		ValueCoefficient: r.ValueCoefficient, EntropyCoefficient: r.EntropyCoefficient,
		NormalizeAdvantage: r.NormalizeAdvantage,
	}
	spec := r.spec()
	p, err := policy.New(c.Policy, spec.Observation, spec.Action, seed.New(0))
	if err != nil {
		t.Fatal(err)
	}
	r.Parameters["0"].load(t, p)
	pool := parallel.New(2)
	t.Cleanup(pool.Close)
	collector, err := rollout.NewCollector(r.maker(), p, c.Rollout, pool, 0)
	if err != nil {
		t.Fatal(err)
	}
	return c.start(&workplace{policy: p, collector: collector, pool: pool}).(*a2c)
}

// TestParityOfA2C repeats whole runs of Stable-Baselines3's A2C: environments that
// play back what the recorded ones gave, the recorded actions, and all else ours,
// from the first observation to the tenth update.
func TestParityOfA2C(t *testing.T) {
	files, err := filepath.Glob("testdata/a2c/*.json.gz")
	if err != nil || len(files) != 4 {
		t.Fatalf("found %d recordings, error %v", len(files), err)
	}
	reached := findings{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json.gz"), func(t *testing.T) {
			r := &a2cRecording{}
			golden.Read(t, file, r)
			c := &a2cComparison{r.learner(t), r, reached, t}
			c.gradient()
			c = &a2cComparison{r.learner(t), r, reached, t}
			for i := range r.Iterations {
				c.iteration(i)
			}
		})
	}
	for _, what := range slices.Sorted(maps.Keys(reached)) {
		t.Logf("%-45s %.1e of %.1e", what, reached[what].distance, reached[what].tolerance)
	}
}

// a2cComparison is our A2C beside a recorded one.
type a2cComparison struct {
	*a2c
	recording *a2cRecording
	reached   findings
	t         *testing.T
}

// gradient repeats the first one, from the recorded buffer.
func (c *a2cComparison) gradient() {
	g, b := c.recording.Gradients[0], c.buffer
	now := &c.recording.Iterations[0]
	copy(b.Obs, now.Buffer.Obs)
	copy(b.Action, now.Action)
	copy(b.LogProb, now.Buffer.LogProb)
	copy(b.Advantage, now.Buffer.Advantage)
	copy(b.Return, now.Buffer.Return)
	if c.NormalizeAdvantage {
		advantage.Normalize(b.Advantage, b.Advantage)
	}
	if err := c.a2c.update.learn(b, b.Rows(), 0, 0); err != nil {
		c.t.Fatal(err)
	}
	ours := split(c.policy, c.a2c.update.gradient.sum)
	for name, want := range g.Precise {
		what, tolerance := "gradient, each weight", sameNumbers
		if strings.HasSuffix(name, "bias") {
			what, tolerance = "gradient, each bias", cancelling
		}
		c.within(what+", from theirs in float64", golden.RelativeL2(ours[name], want), tolerance)
	}
}

// iteration repeats one rollout and its update.
func (c *a2cComparison) iteration(i int) {
	now, b := &c.recording.Iterations[i], c.buffer
	if err := c.collector.Fill(b); err != nil {
		c.t.Fatal(err)
	}
	copy(b.Action, now.Action)
	c.policy.Distribution().LogProb(b.LogProb, b.Action, b.Dist)
	var row record.Row
	if err := c.improve(float64(i+1)/float64(len(c.recording.Iterations)), &row); err != nil {
		c.t.Fatal(err)
	}

	stage, tolerance := ", first update", sameNumbers
	if i > 0 {
		stage, tolerance = ", later", fewSteps
	}
	for what, distance := range c.distances(i, row) {
		c.within(what+stage, distance, tolerance)
	}
	c.within("learning rate", math.Abs(c.a2c.update.learningRate/now.LearningRate-1), sameFormula)
	if want, ok := c.recording.Parameters[strconv.Itoa(i+1)]; ok {
		c.within("parameters after "+strconv.Itoa(i+1)+" updates, each tensor", want.distance(split(c.policy, c.policy.Parameters)), fewSteps)
	}
}

// distances are those of what a rollout gave and of what its update saw. The
// policy loss is a sum that nearly cancels, so it is measured in the mean size of
// its terms.
func (c *a2cComparison) distances(i int, row record.Row) map[string]float64 {
	now, b, seen := &c.recording.Iterations[i], c.buffer, c.a2c.update
	value, entropy := float64(now.ValueLoss[0]), -float64(now.EntropyLoss[0])
	explained, _ := row.Value(record.ValueExplainedVariance)
	all := map[string]float64{
		"observations":                 golden.RelativeL2(b.Obs, now.Buffer.Obs),
		"values":                       golden.RelativeL2(b.Value, now.Buffer.Value),
		"log-probabilities":            golden.RelativeL2(b.LogProb, now.Buffer.LogProb),
		"returns":                      golden.RelativeL2(b.Return, now.Buffer.Return),
		"policy loss":                  math.Abs(seen.losses.policy-float64(now.PolicyLoss[0])) / float64(now.PolicyScale[0]),
		"value loss":                   math.Abs(seen.losses.value-value) / value,
		"entropy":                      math.Abs(seen.losses.entropy-entropy) / math.Abs(entropy),
		"gradient norm":                math.Abs(seen.norm/float64(now.Norm[0]) - 1),
		"explained variance, absolute": math.Abs(explained - now.ExplainedVariance),
	}
	if !c.NormalizeAdvantage { // else ours are normalised in place
		all["advantages"] = golden.RelativeL2(b.Advantage, now.Buffer.Advantage)
	}
	return all
}

// within fails the test if a distance is beyond its tolerance.
func (c *a2cComparison) within(what string, distance, tolerance float64) {
	c.t.Helper()
	c.reached.note(what, distance, tolerance)
	if !(distance <= tolerance) {
		c.t.Errorf("%s is off by %.2g, more than %g", what, distance, tolerance)
	}
}
