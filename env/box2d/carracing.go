package box2d

import (
	"image"
	"image/color"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// CarRacingOptions are the options of [CarRacing], under Gymnasium's names. The
// zero value drives with five discrete actions and needs no tile for a lap; see
// [DefaultCarRacingOptions]. It is plain data.
type CarRacingOptions struct {
	// Share of the tiles that must be visited before the first one again makes a lap.
	LapCompletePercent float64 `toml:"lap_complete_percent" range:"[0, 1]"`
	// Whether the colours of the ground are drawn anew for each episode.
	DomainRandomize bool `toml:"domain_randomize"`
	// Whether actions are steering, gas and brake; false: five actions.
	Continuous bool `toml:"continuous"`
}

// DefaultCarRacingOptions are those of CarRacing-v3: continuous actions, and a lap
// of 95 % of the tiles.
func DefaultCarRacingOptions() CarRacingOptions {
	return CarRacingOptions{LapCompletePercent: 0.95, Continuous: true}
}

// CarRacing is CarRacing-v3. The zero value is not usable; see [NewCarRacing]. It is
// used by one goroutine at a time.
//
// # Description
//
// A powerful car with rear-wheel drive is seen from above on a track that is
// another one in each episode, and is to be driven round as fast as it can be.
//
// # Actions
//
//	0  steering   −1 (left) to 1 (right)
//	1  gas        0 to 1
//	2  brake      0 to 1
//
// or, without the option continuous, 0 for nothing, 1 for right, 2 for left, 3 for
// gas and 4 for the brake.
//
// # Observations
//
// A picture of 96 × 96 pixels, row by row from above, with red, green and blue of
// each from 0 to 255: the car from above, and below it its speed, the speeds of its
// wheels, its steering and its turning.
//
// # Reward
//
// 1000/N for each of the N tiles of the track when a wheel touches it for the first
// time, and −0.1 for each step; −100 in place of both when the car leaves the field.
//
// # Start
//
// At rest on the first tile.
//
// # End
//
// Terminated when all tiles have been visited, when the first one is reached again
// after the share that makes a lap, or when the car leaves the field. Truncated by
// the limit around it: 1,000 steps.
//
// # Differences from Gymnasium
//
// The picture is drawn by another rasteriser: it differs by 0.3 of 255 in the mean,
// by 0.7 at most. What happens is the same in every bit. The option verbose is left
// out, and reset does not take randomize.
type CarRacing struct {
	options CarRacingOptions
	race    *Race
	picture racePicture
}

// NewCarRacing makes a race without a time limit. It panics if the share of a lap
// is not in [0, 1].
func NewCarRacing(o CarRacingOptions) *CarRacing {
	if !(o.LapCompletePercent >= 0 && o.LapCompletePercent <= 1) {
		panic("box2d: LapCompletePercent is not in [0, 1]")
	}
	return &CarRacing{options: o, race: NewRace(o.LapCompletePercent)}
}

var (
	carRacingSpec = env.Spec{
		ID:              raceID,
		Observation:     space.Bounded(0, 255, observationSize, observationSize, 3),
		Action:          space.NewBox([]float32{-1, 0, 0}, []float32{1, 1, 1}),
		RewardThreshold: 900,
	}
	carRacingDiscreteSpec = env.Spec{
		ID:              raceID,
		Observation:     carRacingSpec.Observation,
		Action:          space.NewDiscrete(5),
		RewardThreshold: 900,
	}
)

// Spec implements [env.Env].
func (c *CarRacing) Spec() env.Spec {
	if c.options.Continuous {
		return carRacingSpec
	}
	return carRacingDiscreteSpec
}

// Reset implements [env.Env].
func (c *CarRacing) Reset(rng *seed.Rand, obs []float32) {
	colours := usualTints
	if c.options.DomainRandomize {
		colours = mixTints(rng)
	}
	c.race.Start(rng)
	c.race.state.Tints = colours
	c.look(obs)
}

// Step implements [env.Env].
func (c *CarRacing) Step(action, obs []float32) (reward float64, end env.Status) {
	var over bool
	if c.options.Continuous {
		reward, over = c.race.Drive(float64(action[0]), float64(action[1]), float64(action[2]))
	} else {
		p := pedals[int(action[0])]
		reward, over = c.race.Drive(p.steer, p.gas, p.brake)
	}
	c.look(obs)
	if over {
		return reward, env.Terminated
	}
	return reward, env.Running
}

// pedals is what the discrete actions do.
var pedals = [5]struct{ steer, gas, brake float64 }{1: {steer: 0.6}, 2: {steer: -0.6}, 3: {gas: 0.2}, 4: {brake: 0.8}}

// look writes what the driver sees.
func (c *CarRacing) look(obs []float32) {
	c.picture.colours = c.race.state.Tints.colours()
	c.picture.observe(c.race, obs)
}

// Frame implements [env.Renderer].
func (c *CarRacing) Frame() env.Frame { return env.Frame{Width: 600, Height: 400, Rate: 50} }

// Render implements [env.Renderer].
func (c *CarRacing) Render(dst *image.RGBA) {
	c.picture.colours = c.race.state.Tints.colours()
	c.picture.draw(dst, c.race, &c.race.marks, c.race.state.Reward)
}

// Snapshot implements [env.Snapshotter].
func (c *CarRacing) Snapshot() ([]byte, error) { return c.race.Snapshot() }

// Restore implements [env.Snapshotter]. The generator is of no use: nothing is drawn
// after the start.
func (c *CarRacing) Restore(snapshot []byte, _ *seed.Rand) error { return c.race.Restore(snapshot) }

// tints is the red, green and blue of road, field and grass.
type tints struct{ Road, Field, Grass [3]uint8 }

// usualTints is Gymnasium's.
var usualTints = tints{Road: [3]uint8{102, 102, 102}, Field: [3]uint8{102, 204, 102}, Grass: [3]uint8{102, 230, 102}}

// mixTints draws colours: road and field anything but bright, the grass like the
// field but for one colour of the three.
func mixTints(rng *seed.Rand) (p tints) {
	for _, part := range []*[3]uint8{&p.Road, &p.Field} {
		for i := range part {
			part[i] = uint8(rng.Uniform(0, 210))
		}
	}
	p.Grass = p.Field
	p.Grass[rng.Integers(0, 3)] += 20
	return p
}

// colours are the colours for drawing.
func (p tints) colours() raceColours {
	of := func(c [3]uint8) color.RGBA { return color.RGBA{c[0], c[1], c[2], 255} }
	return raceColours{road: of(p.Road), field: of(p.Field), grass: of(p.Grass)}
}
