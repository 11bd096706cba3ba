package train

import (
	"time"

	"github.com/proximal-rl/proximal/internal/clock"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/rollout"
)

// reportRollout adds what the environments and the policy show.
func (r *run) reportRollout() {
	r.row.Add(record.OptimUpdates, float64(r.updates))
	r.row.Add(record.RolloutRewardMean, r.work.collector.RewardMean())
	r.episodes = r.work.collector.Episodes(r.episodes[:0])
	r.row.Add(record.RolloutEpisodes, float64(len(r.episodes)))
	if len(r.episodes) > 0 {
		s := &r.ended
		s.take(r.episodes)
		r.row.Add(record.RolloutReturnMean, s.Mean())
		r.row.Add(record.RolloutReturnStd, s.Std())
		r.row.Add(record.RolloutReturnMin, s.Min())
		r.row.Add(record.RolloutReturnMax, s.Max())
		r.row.Add(record.RolloutLengthMean, s.LengthMean())
	}
	if std, ok := r.work.policy.MeanStd(); ok {
		r.row.Add(record.PolicyStd, std)
	}
}

// take makes s the scores of the given episodes, in the memory that it has.
func (s *Scores) take(episodes []rollout.Episode) {
	s.Returns, s.Lengths = s.Returns[:0], s.Lengths[:0]
	for _, e := range episodes {
		s.Returns = append(s.Returns, e.Return)
		s.Lengths = append(s.Lengths, e.Length)
	}
}

func (r *run) reportClock() {
	seconds := time.Since(r.began).Seconds()
	r.row.Add(record.TimeSeconds, seconds)
	r.row.Add(record.TimeCPUSeconds, (clock.CPU() - r.beganCPU).Seconds())
	r.row.Add(record.TimeStepsPerSecond, r.speed())
}

// speed is steps per second of training, evaluations apart.
func (r *run) speed() float64 {
	return float64(r.steps) / (time.Since(r.began) - r.examining).Seconds()
}
