package task_test

import (
	"math"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/seed"
)

// newPreference makes a preference that must exist.
func newPreference(t *testing.T, o task.PreferenceOptions) *task.Preference {
	t.Helper()
	p, err := task.NewPreference(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// gold returns the reward of a completion by the default task.
func gold(p task.Task, text string) float64 {
	return p.Verify("abcd", task.Answer{Text: text, Ended: true})
}

func TestGoldRisesAndFalls(t *testing.T) {
	p := newPreference(t, task.DefaultPreferenceOptions())
	want := []float64{0, 1, 2, 3, 4, 5, 6, 7, 5, 3, 1, -1, -3}
	for k, reward := range want {
		for _, letter := range []string{"a", "e"} {
			if got := gold(p, strings.Repeat(letter, k)+strings.Repeat("b", 12-k)); got != reward {
				t.Errorf("%d liked letters have the reward %v, should have %v", k, got, reward)
			}
		}
	}
	if s := p.Spec(); s.Best != 7 || s.Worst != -3 {
		t.Errorf("the bounds are %v and %v", s.Worst, s.Best)
	}
}

// TestBayesAccuracyIsReached draws comparisons and counts how often who knows the
// gold reward is right: as often as the closed form says, to four standard
// deviations. Labels turn out as Prefer says.
func TestBayesAccuracyIsReached(t *testing.T) {
	noisy := task.DefaultPreferenceOptions()
	noisy.Noise, noisy.Enough, noisy.Sharpness = 0.2, 3, 0.5
	for _, o := range []task.PreferenceOptions{task.DefaultPreferenceOptions(), noisy} {
		p, rng := newPreference(t, o), seed.New(1)
		const n = 40_000
		right, beyond := 0.0, 0
		for range n {
			pair := task.Compare(p, rng, "abcd")
			chosen, rejected := gold(p, pair.Chosen), gold(p, pair.Rejected)
			switch {
			case chosen > rejected:
				right++
			case chosen == rejected:
				right += 0.5
			}
			for _, text := range []string{pair.Chosen, pair.Rejected} {
				if strings.Count(text, "a")+strings.Count(text, "e") > 7 {
					beyond++
				}
			}
		}
		want := p.BayesAccuracy()
		if math.Abs(right/n-want) > 4*math.Sqrt(want*(1-want)/n) {
			t.Errorf("%+v: the better one is chosen %.4f of the time, should be %.4f", o, right/n, want)
		}
		// P(k > 7) of twelve with one in four.
		if share := float64(beyond) / (2 * n); math.Abs(share-0.002782) > 4*math.Sqrt(0.002782/(2*n)) {
			t.Errorf("%+v: %.5f of the completions have more than 7 liked letters, should be 0.00278", o, share)
		}
		t.Logf("Bayes accuracy %.4f, seen %.4f", want, right/n)
	}
}

// The probabilities of both outcomes are 1 together, depend on the difference of
// the rewards alone and go no further than the noise lets them.
func TestPreferIsBradleyTerry(t *testing.T) {
	o := task.DefaultPreferenceOptions()
	p, rng := newPreference(t, o), seed.New(2)
	for range 1000 {
		a, b := p.Demonstrate(rng, ""), p.Demonstrate(rng, "")
		forth, back := p.Prefer("abcd", a, b), p.Prefer("abcd", b, a)
		want := o.Noise + (1-2*o.Noise)/(1+math.Exp(gold(p, b)-gold(p, a)))
		if math.Abs(forth-want) > 1e-14 || math.Abs(forth+back-1) > 1e-14 {
			t.Fatalf("%s %s: probabilities are %v and %v, should be %v and %v", a, b, forth, back, want, 1-want)
		}
	}
	o.Sharpness, o.Surfeit = 100, 100
	p = newPreference(t, o)
	if low, high := p.Prefer("abcd", strings.Repeat("a", 12), strings.Repeat("b", 12)), p.Prefer("abcd", strings.Repeat("b", 12), strings.Repeat("a", 12)); low != 0.1 || high != 0.9 {
		t.Errorf("with certainty and noise 0.1 the probabilities are %v and %v", low, high)
	}
}

// Tilt's pairs of two letters, by hand: differences 0, 1, 2 have the shares 6/16,
// 8/16 and 2/16.
func TestBayesAccuracyOfTilt(t *testing.T) {
	logistic := func(d float64) float64 { return 1 / (1 + math.Exp(-d)) }
	want := (6*0.5 + 8*logistic(1) + 2*logistic(2)) / 16
	if got := newTilt(t, task.DefaultTiltOptions()).BayesAccuracy(); math.Abs(got-want) > 1e-15 {
		t.Errorf("Bayes accuracy is %v, should be %v", got, want)
	}
}
