package train

import (
	"context"
	"fmt"
	"math"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/rollout"
)

// evaluationLanes is how many environments an evaluation uses at the most.
// Episode k is played in environment k mod the number of lanes, whatever the
// number of threads, so that environments which remember earlier episodes
// cannot make the result depend on it.
const evaluationLanes = 16

// Trial says how a policy is evaluated. It is plain data.
type Trial struct {
	Episodes   int    // at least 1
	Seed       uint64 // of everything random in the episodes
	Stochastic bool   // draw actions as in training instead of taking the most likely
	Threads    int    // at least 1; does not change the result
}

// Scores is what an evaluation found. It is plain data.
type Scores struct {
	Returns []float64 // undiscounted, by episode
	Lengths []int     // steps, by episode
}

// Evaluate lets a policy play whole episodes. It learns nothing from them, and
// the observation normaliser stays as it is. The result depends on the seed,
// not on the number of threads. It fails if an environment cannot be made,
// breaks, or does not fit the policy, and returns ctx.Err() if ctx ends first.
func Evaluate(ctx context.Context, p *policy.Policy, maker env.Maker, t Trial) (*Scores, error) {
	if t.Episodes < 1 || t.Threads < 1 {
		return nil, fmt.Errorf("evaluate: %d episodes on %d threads: both must be at least 1", t.Episodes, t.Threads)
	}
	s := &Scores{Returns: make([]float64, t.Episodes), Lengths: make([]int, t.Episodes)}
	lanes := min(t.Episodes, evaluationLanes)
	errs := make([]error, lanes)
	pool := parallel.New(min(t.Threads, lanes))
	defer pool.Close()
	pool.For(lanes, func(lane, _ int) {
		errs[lane] = s.play(ctx, p, maker, t, lane, lanes)
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}

// play plays the episodes of one lane.
func (s *Scores) play(ctx context.Context, p *policy.Policy, maker env.Maker, t Trial, lane, lanes int) error {
	player, err := rollout.NewPlayer(maker, p, t.Seed, t.Stochastic)
	if err != nil {
		return err
	}
	defer player.Close()
	for k := lane; k < t.Episodes; k += lanes {
		episode, err := player.Play(ctx, k)
		if err != nil {
			return err
		}
		s.Returns[k], s.Lengths[k] = episode.Return, episode.Length
	}
	return nil
}

// Mean is the mean return.
func (s *Scores) Mean() float64 { return mean(s.Returns) }

// Std is the (population) standard deviation of the returns.
func (s *Scores) Std() float64 { return deviation(s.Returns) }

// Min is the lowest return.
func (s *Scores) Min() float64 { return extreme(s.Returns, math.Min) }

// Max is the highest return.
func (s *Scores) Max() float64 { return extreme(s.Returns, math.Max) }

// LengthMean is the mean length of the episodes in steps.
func (s *Scores) LengthMean() float64 {
	sum := 0
	for _, l := range s.Lengths {
		sum += l
	}
	return float64(sum) / float64(len(s.Lengths))
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

func deviation(x []float64) float64 {
	m, sum := mean(x), 0.0
	for _, v := range x {
		d := v - m
		sum += float64(d * d)
	}
	return math.Sqrt(sum / float64(len(x)))
}

func extreme(x []float64, pick func(a, b float64) float64) float64 {
	best := x[0]
	for _, v := range x[1:] {
		best = pick(best, v)
	}
	return best
}
