package box2d_test

import (
	"math"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/box2d"
	"github.com/proximal-rl/proximal/internal/replay"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// policy chooses the action of a step from the observation before it. It may
// remember what it saw; a new one is made for each episode.
type policy func(t int, obs []float32) []float32

// newPolicy makes the policy of a recording: rule is rule R, random and hold draw
// from the action space, hold only every twelfth time, and expert is what Gymnasium
// itself ships to show that the task can be solved. Of the car, drive follows the
// road, slowly, and away leaves it.
func newPolicy(t testing.TB, name string, e env.Env, rng *seed.Rand) policy {
	t.Helper()
	spec := e.Spec()
	_, discrete := spec.Action.(space.Discrete)
	action := make([]float32, spec.Action.Size())
	switch {
	case name == "random", name == "hold":
		return func(t int, _ []float32) []float32 {
			if name == "random" || t%12 == 0 {
				spec.Action.Sample(action, rng)
			}
			return action
		}
	case name == "rule":
		return func(t int, _ []float32) []float32 { return replay.Rule(spec.Action, t) }
	case name == "expert" && discrete:
		return func(_ int, obs []float32) []float32 { return []float32{float32(landingEngine(obs))} }
	case name == "expert" && spec.Action.Size() == 2:
		return func(_ int, obs []float32) []float32 {
			angle, hover := landing(obs)
			clip := func(x float32) float32 { return min(max(x, -1), 1) }
			return []float32{clip(float32(hover*20) - 1), clip(-angle * 20)}
		}
	case name == "expert" && spec.Action.Size() == 4:
		w := walking{state: onOneLeg, supporting: 1, knee: pythonFloat(walkingKnee)}
		return func(_ int, obs []float32) []float32 { return w.act(obs) }
	case name == "drive":
		car, ok := env.As[dynamics](e)
		if !ok {
			break
		}
		return func(t int, _ []float32) []float32 { return follow(car.race, t) }
	case name == "away":
		return func(int, []float32) []float32 { return []float32{0, 1, 0} }
	}
	t.Fatalf("no policy %s for %s", name, spec.ID)
	return nil
}

// follow steers towards the road ahead and keeps the speed below 25 m/s.
func follow(race *box2d.Race, t int) []float32 {
	beside, speed := race.Ahead(4)
	action := []float32{float32(min(max(0.05*beside, -0.4), 0.4)), 0, 0}
	if speed < 25*25 {
		action[1] = 0.3
	}
	if t%400 == 399 {
		action[2] = 1
	}
	return action
}

// landing is how much the lander should turn and how much it should rise,
// computed in float32 as NumPy 2 does from float32 observations.
func landing(s []float32) (angle, hover float32) {
	target := min(max(float32(s[0]*0.5)+float32(s[2]*1.0), -0.4), 0.4)
	hoverTarget := float32(0.55 * float32(math.Abs(float64(s[0]))))
	angle = float32((target-s[4])*0.5) - float32(s[5]*1.0)
	hover = float32((hoverTarget-s[1])*0.5) - float32(s[3]*0.5)
	if s[6] != 0 || s[7] != 0 {
		angle, hover = 0, float32(-s[3]*0.5)
	}
	return angle, hover
}

// landingEngine is the engine that should fire.
func landingEngine(s []float32) int {
	angle, hover := landing(s)
	switch {
	case hover > float32(math.Abs(float64(angle))) && hover > 0.05:
		return 2
	case angle < -0.05:
		return 3
	case angle > 0.05:
		return 1
	}
	return 0
}

// number is a Python number: one of float64, or a NumPy scalar of float32. In
// NumPy 2 a float64 of Python that meets a float32 becomes one.
type number struct {
	value  float64
	single bool
}

func pythonFloat(x float64) number { return number{x, false} }

func (n number) plus(x float64) number {
	if n.single {
		return number{float64(float32(n.value) + float32(x)), true}
	}
	return pythonFloat(n.value + x)
}

// atMost is Python's min(n, x).
func (n number) atMost(x float64) number {
	if n.single && float32(x) < float32(n.value) || !n.single && x < n.value {
		return pythonFloat(x)
	}
	return n
}

// walking is the state machine that comes with Gymnasium's walker.
type walking struct {
	state              walkingState
	moving, supporting int
	knee               number // angle of the supporting one
}

type walkingState int

const (
	onOneLeg walkingState = iota
	putDown
	pushOff
)

const (
	walkingSpeed = 0.29
	walkingKnee  = 0.1
)

// act computes in float32, as NumPy 2 does from float32 observations, except for
// the last factor.
func (w *walking) act(s []float32) []float32 {
	hip, knee := w.targets(s)
	actions := make([]float32, 4)
	balance := float32(0.9*(0-s[0])) - float32(1.5*s[1])
	for leg := range 2 {
		o := s[4+5*leg:]
		var hipForce, kneeForce float32
		if hip[leg] != 0 {
			hipForce = float32(0.9*(hip[leg]-o[0])) - float32(0.25*o[1])
		}
		if knee[leg] != 0 {
			kneeForce = float32(4*(knee[leg]-o[2])) - float32(0.25*o[3])
		}
		hipForce -= balance
		kneeForce -= float32(15 * s[3])
		actions[2*leg] = float32(min(max(0.5*float64(hipForce), -1), 1))
		actions[2*leg+1] = float32(min(max(0.5*float64(kneeForce), -1), 1))
	}
	return actions
}

// targets are the angles that hips and knees should have, 0 for none.
func (w *walking) targets(s []float32) (hip, knee [2]float32) {
	moving, supporting := s[4+5*w.moving:], s[4+5*w.supporting:]
	if w.state == onOneLeg {
		hip[w.moving], knee[w.moving] = 1.1, -0.6
		w.knee = w.knee.plus(0.03)
		if s[2] > walkingSpeed {
			w.knee = w.knee.plus(0.03)
		}
		w.knee = w.knee.atMost(walkingKnee)
		knee[w.supporting] = float32(w.knee.value)
		if supporting[0] < 0.10 {
			w.state = putDown
		}
	}
	if w.state == putDown {
		hip[w.moving], knee[w.moving] = 0.1, walkingKnee
		knee[w.supporting] = float32(w.knee.value)
		if moving[4] != 0 {
			w.state = pushOff
			w.knee = number{float64(moving[2]), true}.atMost(walkingKnee)
		}
	}
	if w.state == pushOff {
		knee[w.moving], knee[w.supporting] = float32(w.knee.value), 1
		if supporting[2] > 0.88 || s[2] > 1.2*walkingSpeed {
			w.state = onOneLeg
			w.moving, w.supporting = w.supporting, w.moving
		}
	}
	return hip, knee
}
