package box2d

import (
	"encoding/binary"
	"fmt"

	"github.com/proximal-rl/proximal/internal/physics"
	"github.com/proximal-rl/proximal/seed"
)

// Race is CarRacing-v3 apart from its picture: the track, the car and the reward.
// Make one with [NewRace]; the zero value is not usable. It is used by one
// goroutine at a time.
type Race struct {
	lapShare float64 // of the tiles, which a lap needs
	world    *physics.World
	maker    trackMaker
	track    []roadPoint
	tiles    []tile
	state    raceState
	marks    skidMarks // only pictures show them
}

// tile is a piece of the road, of which there is one for each point of the track.
type tile struct {
	Visited bool // by a wheel, ever
	Touched bool // by any part of the car, ever; it has then lost its shade
	Border  bool // it has one, since the road turns sharply
}

// raceState is what an episode consists of, the world, the track and its tiles
// aside.
type raceState struct {
	Tiles    int64 // of the track
	Hull     int64 // number of its body; those of the wheels follow
	Wheels   [wheels]wheel
	Visited  int64 // tiles
	Lap      bool  // the first tile was visited when the lap was complete
	Reward   float64
	Rewarded float64 // of that, up to the step before
	Time     float64 // in s, since the start
	Tints    tints   // of the ground; only pictures show it
}

// NewRace makes a race. A lap is complete once the car returns to the first tile
// with more than the given part of all tiles visited; usual is 0.95.
func NewRace(lapCompletePercent float64) *Race {
	r := &Race{lapShare: lapCompletePercent, world: physics.NewWorld(physics.Vec{})}
	r.maker.path = make([]roadPoint, 0, longestPath)
	r.world.Reserve(2*usualTiles, 8*usualTiles, 128)
	return r
}

// usualTiles is more than most tracks have.
const usualTiles = 400

// Start draws a track and puts the car on it. One step goes by without a driver;
// the first reward counts what it reached.
func (r *Race) Start(rng *seed.Rand) {
	r.world.Clear(physics.Vec{})
	r.state, r.marks = raceState{}, skidMarks{}
	r.track = append(r.track[:0], r.maker.make(rng)...)
	r.tiles = r.tiles[:0]
	for i := range r.track {
		r.tiles = append(r.tiles, tile{})
		r.addTile(i)
	}
	r.markBorders()
	r.state.Tiles = int64(len(r.track))
	r.state.Hull = int64(addCar(r.world, r.track[0]))
	r.advance()
}

// addTile adds the road between a point of the track and the one before it.
func (r *Race) addTile(i int) {
	p, q := r.track[i], r.track[preceding(i, len(r.track))]
	body := r.world.AddBody(physics.Body{})
	corner := func(p roadPoint, side float64) physics.Vec { return point(p.edge(float64(side * roadHalfWidth))) }
	r.world.AddPolygon(body, physics.Material{Friction: 0.2, Category: groundCategory, Mask: everything, Sensor: true},
		corner(p, -1), corner(p, 1), corner(q, 1), corner(q, -1))
}

// preceding returns the index before i in a ring of n.
func preceding(i, n int) int { return (i - 1 + n) % n }

// markBorders gives a border to every tile at the end of four sharp turns the same
// way, and to the three tiles before it.
func (r *Race) markBorders() {
	for i := range r.track {
		turns := 0
		for back := range borderLength {
			turns += turnOf(r.track, i-back)
		}
		if turns != borderLength && turns != -borderLength {
			continue
		}
		for back := range borderLength {
			r.tiles[(i-back+len(r.tiles))%len(r.tiles)].Border = true
		}
	}
}

// Drive moves the race on by one step with the wheel turned by steer, −1 to 1, and
// with gas and brake, 0 to 1. It returns the reward and whether the race is over.
func (r *Race) Drive(steer, gas, brake float64) (reward float64, over bool) {
	control(&r.state.Wheels, steer, gas, brake)
	r.advance()
	s := &r.state
	s.Reward -= 0.1
	reward = s.Reward - s.Rewarded
	s.Rewarded = s.Reward
	over = s.Visited == int64(len(r.track)) || s.Lap
	at := r.world.Position(int(s.Hull))
	if x, y := float64(at.X), float64(at.Y); x > fieldHalf || x < -fieldHalf || y > fieldHalf || y < -fieldHalf {
		return -100, true
	}
	return reward, over
}

// advance lets the wheels act and moves the world on.
func (r *Race) advance() {
	for i := range r.state.Wheels {
		w, body := &r.state.Wheels[i], int(r.state.Hull)+1+i
		r.marks.roll(i, r.world.Position(body), w.act(r.world, body, i), w.Tiles == 0)
	}
	for _, t := range r.world.Step() {
		r.touch(t)
	}
	r.state.Time += carTick
}

// touch takes note of a contact of the car with a tile that began or ended. The
// bodies of the tiles have the lowest numbers.
func (r *Race) touch(t physics.Touch) {
	number, body := min(t.Body[0], t.Body[1]), max(t.Body[0], t.Body[1])
	r.tiles[number].Touched = true
	i := body - int(r.state.Hull) - 1
	if i < 0 {
		return // the hull
	}
	if !t.Began {
		r.state.Wheels[i].Tiles--
		return
	}
	r.state.Wheels[i].Tiles++
	if r.tiles[number].Visited {
		return
	}
	r.tiles[number].Visited = true
	n := float64(len(r.track))
	r.state.Reward += 1000 / n
	r.state.Visited++
	if number == 0 && float64(r.state.Visited)/n > r.lapShare {
		r.state.Lap = true
	}
}

// raceID begins the snapshots of a race.
const raceID = "CarRacing-v3"

// Snapshot returns the whole state of the race.
func (r *Race) Snapshot() ([]byte, error) {
	return encode(raceID, r.world, r.state, r.marks, r.track, r.tiles)
}

// Restore continues from a snapshot that a race with the same options has made. A
// snapshot that is damaged or of another task is an error, and the race then stays
// as it was.
func (r *Race) Restore(snapshot []byte) error {
	body, err := contents(snapshot, raceID)
	if err != nil {
		return err
	}
	var s raceState
	if _, err := binary.Decode(body, binary.LittleEndian, &s); err != nil {
		return fmt.Errorf("restore %s: %w", raceID, err)
	}
	if s.Tiles < 1 || s.Tiles > longestPath {
		return fmt.Errorf("restore %s: track has %d tiles, must have 1 to %d", raceID, s.Tiles, longestPath)
	}
	marks, track, tiles := new(skidMarks), make([]roadPoint, s.Tiles), make([]tile, s.Tiles)
	if err := decode(snapshot, raceID, r.world, &s, marks, track, tiles); err != nil {
		return err
	}
	if !marks.valid() {
		*marks = skidMarks{} // they are for the eye alone
	}
	r.state, r.marks, r.track, r.tiles = s, *marks, track, tiles
	return nil
}
