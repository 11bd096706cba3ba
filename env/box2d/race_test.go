package box2d

import (
	"math"
	"testing"

	"github.com/proximal-rl/proximal/seed"
)

// goldenRaces were recorded from Gymnasium 1.4.0 with pybox2d 2.3.10: numbers of
// tiles, the beginning of the track, where the hull is and the sum of the rewards
// after some steps under driving.
var goldenRaces = []struct {
	seed  uint64
	tiles int
	start [4]float64 // α, β, x, y, to the digits given
	steps []goldenStep
}{
	{0, 319, [4]float64{-0.247676, -0.0890208, 220.38538, -52.163562}, []goldenStep{
		{1, 220.3889923, -52.11987686, -0.08465122, 6.169592476489028},
		{100, 215.7153168, -0.65208131, -0.07080963, 24.482758620689598},
		{300, 68.01725769, 124.317749, 1.14659297, 17.02194357366737},
	}},
	{1, 275, [4]float64{-0.2603531, -0.1374424, 217.53148, -54.355579}, []goldenStep{
		{1, 217.5370331, -54.31209564, -0.13068208, 7.172727272727273},
		{100, 215.2387695, -2.68220901, -0.11687747, 29.999999999999922},
		{300, 77.94956970, 134.8585663, 1.05152810, 39.0909090909087},
	}},
	{2, 335, [4]float64{-0.2510616, -0.1270849, 218.33334, -52.411081}, []goldenStep{
		{1, 218.3384552, -52.36755371, -0.12083532, 5.870149253731344},
		{100, 215.5313263, -0.76313609, -0.10702235, 22.835820895522332},
		{300, 71.07768250, 127.3591842, 1.12723827, 14.776119402984756},
	}},
}

// goldenStep is the pose of the hull after a step. The positions are those of
// float32; the angle was written with 8 decimals.
type goldenStep struct {
	step               int
	x, y, angle, total float64
}

// driving is the action of step t in the recording.
func driving(t int) (steer, gas, brake float64) {
	k := float64(t / 10 * 3 * 37 % 41)
	steer = float64(float32(-0.3 + float64(0.6*(k/40))))
	if t%40 < 25 {
		gas = float64(float32(0.3))
	}
	if t%97 > 90 {
		brake = float64(float32(0.1))
	}
	return steer, gas, brake
}

func TestGoldenRaces(t *testing.T) {
	for _, g := range goldenRaces {
		r := NewRace(0.95)
		r.Start(seed.New(g.seed))
		if len(r.track) != g.tiles {
			t.Errorf("seed %d: track has %d tiles, want %d", g.seed, len(r.track), g.tiles)
		}
		p := r.track[0]
		for i, x := range [4]float64{p.Alpha, p.Beta, p.X, p.Y} {
			if math.Abs(x-g.start[i]) > 1e-7*math.Abs(g.start[i])*100 {
				t.Errorf("seed %d: number %d of the first point is %v, want %v", g.seed, i, x, g.start[i])
			}
		}
		step, total := 0, 0.0
		for _, want := range g.steps {
			for ; step < want.step; step++ {
				reward, _ := r.Drive(driving(step))
				total += reward
			}
			at, angle := r.world.Position(int(r.state.Hull)), r.world.Angle(int(r.state.Hull))
			if at.X != float32(want.x) || at.Y != float32(want.y) || math.Abs(float64(angle)-want.angle) > 5.1e-9 || total != want.total {
				t.Errorf("seed %d, step %d: hull is at (%v, %v), turned by %v, return %v; want %+v", g.seed, step, at.X, at.Y, angle, total, want)
			}
		}
	}
}
