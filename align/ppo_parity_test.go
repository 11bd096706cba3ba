package align

import (
	"path/filepath"
	"testing"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/region"
)

// recordedText is a completion that tools/fixtures/align_ppo.py has drawn.
type recordedText struct {
	Tokens []int32 `json:"tokens"`
	Prompt int     `json:"prompt"`
	Ended  bool    `json:"ended"`
	Score  float64 `json:"score"`
}

// recordedUpdate is what it has made of them.
type recordedUpdate struct {
	Settings struct {
		Temperature      float64 `json:"temperature"`
		RewardClip       float64 `json:"reward_clip"`
		Place            string  `json:"place"`
		Estimator        string  `json:"estimator"`
		Weighted         bool    `json:"weighted"`
		Beta             float64 `json:"beta"`
		WhitenRewards    bool    `json:"whiten_reward"`
		Gamma            float64 `json:"gamma"`
		Lambda           float64 `json:"lam"`
		WhitenAdvantages bool    `json:"whiten_advantage"`
		AdvantageClip    float64 `json:"advantage_clip"`
		Normalizer       string  `json:"normalizer"`
		Low              float64 `json:"low"`
		High             float64 `json:"high"`
		Dual             float64 `json:"dual"`
		Entropy          float64 `json:"entropy"`
		ValueClip        float64 `json:"value_clip"`
		Pessimistic      bool    `json:"pessimistic"`
		Coefficient      float64 `json:"coefficient"`
		Rate             float64 `json:"rate"`
		CriticRate       float64 `json:"critic_rate"`
		Beta1            float64 `json:"beta1"`
		Beta2            float64 `json:"beta2"`
		Epsilon          float64 `json:"epsilon"`
		Decay            float64 `json:"decay"`
		MaxNorm          float64 `json:"max_norm"`
	} `json:"settings"`
	LogProb        golden.Float64s `json:"log_prob"`
	Reference      golden.Float64s `json:"reference"`
	Reward         golden.Float64s `json:"reward"`
	Value          golden.Float64s `json:"value"`
	PlainAdvantage golden.Float64s `json:"plain_advantage"`
	Advantage      golden.Float64s `json:"advantage"`
	Target         golden.Float64s `json:"target"`
	PolicyLosses   []float64       `json:"policy_losses"`
	Entropies      []float64       `json:"entropies"`
	Norms          []float64       `json:"norms"`
	ValueLosses    []float64       `json:"value_losses"`
}

// ppo are the settings of the recorded update.
func (r *recordedUpdate) ppo() PPO {
	s, c := &r.Settings, DefaultPPO()
	c.Generate.Temperature, c.Generate.MaxTokens = s.Temperature, 6
	c.Optim = Optim{
		LearningRate: optim.Constant(s.Rate), Beta1: s.Beta1, Beta2: s.Beta2, Epsilon: s.Epsilon,
		WeightDecay: s.Decay, MaxGradientNorm: s.MaxNorm,
	}
	c.WhitenRewards, c.WhitenAdvantages, c.AdvantageClip = s.WhitenRewards, s.WhitenAdvantages, s.AdvantageClip
	c.Gamma, c.Lambda = s.Gamma, s.Lambda
	c.Clip, c.DualClip = region.Range{Low: optim.Constant(s.Low), High: optim.Constant(s.High)}, s.Dual
	c.Normalizer, c.EntropyCoefficient, c.Epochs, c.Minibatch = s.Normalizer, s.Entropy, 2, 3
	c.Shape.Clip = s.RewardClip
	c.Penalty.Place, c.Penalty.Estimator, c.Penalty.Weighted, c.Penalty.Coefficient = s.Place, s.Estimator, s.Weighted, s.Beta
	c.Critic = CriticSection{
		LearningRate: optim.Constant(s.CriticRate), Epochs: 2, Minibatch: 4,
		Coefficient: s.Coefficient, ValueClip: s.ValueClip, ValueClipPessimistic: s.Pessimistic,
	}
	return c
}

// recordedModel reads one of the recorded models.
func recordedModel(t *testing.T, name string) *lm.Model {
	t.Helper()
	m, err := lm.Load(filepath.Join("testdata", "ppo", name))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// recordedExperience reads the recorded completions.
func recordedExperience(t *testing.T) *experience {
	t.Helper()
	var texts []recordedText
	golden.Read(t, "testdata/ppo/experience.json", &texts)
	e := &experience{samples: 2}
	for _, r := range texts {
		n := len(r.Tokens) - r.Prompt
		e.add("", r.Tokens[:r.Prompt], lm.Completion{Tokens: r.Tokens[r.Prompt:], LogProb: make([]float32, n)}, task.Answer{Ended: r.Ended})
		e.score = append(e.score, r.Score)
	}
	e.gold = e.score
	return e
}

// learner is our PPO at the place where the recorded update begins. The seed is the one
// whose orders the recording has.
func (r *recordedUpdate) learner(t *testing.T, threads int) *ppo {
	t.Helper()
	pool := parallel.New(threads)
	t.Cleanup(pool.Close)
	c := r.ppo()
	w := &workplace{
		task: makeTask(t, "copy", nil), model: recordedModel(t, "start"), reference: recordedModel(t, "reference"),
		sampling: c.Generate, pool: pool, seed: 1,
	}
	made, err := c.start(w)
	if err != nil {
		t.Fatal(err)
	}
	l := made.(*ppo)
	copy(l.critic.tuner.model.Parameters, recordedModel(t, "critic").Parameters)
	return l
}

// Tolerances, relative to the length of the vector compared.
const (
	oneFormula  = 2e-6 // what float32 rounds in a forward pass of a model and a formula on top
	wholeUpdate = 3e-5 // four steps of AdamW on that; float32 parameters alone round 4e-6 of so small a step
)

// near holds a vector against the recorded one.
func near[F golden.Float](t *testing.T, what string, got []F, want []float64, limit float64) {
	t.Helper()
	distance := golden.RelativeL2(got, want)
	t.Logf("%-26s %.1e", what, distance)
	if !(distance <= limit) {
		t.Errorf("%s: %.1e off, allowed is %.1e", what, distance, limit)
	}
}

// TestParityOfPPO repeats whole updates stage by stage: rewards, penalty, values,
// advantages, whitening, losses and gradients of all minibatches, AdamW.
func TestParityOfPPO(t *testing.T) {
	for _, name := range []string{"reward", "loss"} {
		t.Run(name, func(t *testing.T) {
			var r recordedUpdate
			golden.Read(t, "testdata/ppo/"+name+".json", &r)
			l, e := r.learner(t, 2), recordedExperience(t)

			e.logProb, e.reference = l.source.scored(l.model, e), l.source.scored(l.reference, e)
			e.drawn = e.logProb
			near(t, "log-probabilities", e.logProb, r.LogProb, oneFormula)
			near(t, "those of the reference", e.reference, r.Reference, oneFormula)
			l.rewards(e)
			near(t, "rewards", l.reward, r.Reward, oneFormula)
			l.value = l.critic.values(e)
			near(t, "values", l.value, r.Value, oneFormula)
			l.estimate(e)
			near(t, "advantages", l.advantage, r.Advantage, oneFormula)
			near(t, "returns", l.target, r.Target, oneFormula)

			if err := l.critic.fit(e, l.value, l.target, 0); err != nil {
				t.Fatal(err)
			}
			if err := l.actor.improve(e, l.advantage, 0); err != nil {
				t.Fatal(err)
			}
			s := &l.actor.seen
			for _, m := range []struct {
				what string
				got  float64
				want []float64
			}{
				{"value loss", l.critic.loss / 4, r.ValueLosses},
				{"policy loss", s.policy / 4, r.PolicyLosses},
				{"entropy", s.entropy / 4, r.Entropies},
				{"gradient norm", s.norm / 4, r.Norms},
			} {
				near(t, m.what, []float64{m.got}, []float64{mean(m.want)}, wholeUpdate)
			}
			near(t, "step of the model", stepOf(t, l.model, "start"), stepOf(t, recordedModel(t, name+"-actor"), "start"), wholeUpdate)
			near(t, "step of the critic", stepOf(t, l.critic.tuner.model, "critic"), stepOf(t, recordedModel(t, name+"-critic"), "critic"), wholeUpdate)
			if all := &s.all; name == "reward" && (all.HighPositive == 0 || all.LowNegative == 0 || all.ZeroGradient <= all.HighPositive+all.LowNegative) {
				t.Errorf("not all clips were at work: %+v", all)
			}
		})
	}
}

// stepOf is how far the parameters of a model are from recorded ones.
func stepOf(t *testing.T, m *lm.Model, from string) (step []float64) {
	t.Helper()
	for i, p := range recordedModel(t, from).Parameters {
		step = append(step, float64(m.Parameters[i])-float64(p))
	}
	return step
}
