package plot

import (
	"math"
	"testing"

	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"
)

var unit = vg.Rectangle{Max: vg.Point{X: 1, Y: 1}}

func TestCropLine(t *testing.T) {
	parts := cropLine([]vg.Point{{X: -1, Y: 0.5}, {X: 0.5, Y: 0.5}, {X: 0.5, Y: 2}, {X: 0.75, Y: 2}, {X: 0.75, Y: 0}}, unit)
	want := [][]vg.Point{
		{{X: 0, Y: 0.5}, {X: 0.5, Y: 0.5}, {X: 0.5, Y: 1}},
		{{X: 0.75, Y: 1}, {X: 0.75, Y: 0}},
	}
	if len(parts) != len(want) {
		t.Fatalf("parts %v, want %v", parts, want)
	}
	for i := range want {
		if len(parts[i]) != len(want[i]) {
			t.Fatalf("part %v, want %v", parts[i], want[i])
		}
		for j := range want[i] {
			if parts[i][j] != want[i][j] {
				t.Errorf("part %v, want %v", parts[i], want[i])
			}
		}
	}
}

// inside reports whether p is deeper in the unit square than by slack.
func inside(p vg.Point, slack vg.Length) bool {
	return p.X >= slack && p.X <= 1-slack && p.Y >= slack && p.Y <= 1-slack
}

// The cropped segment lies inside, and every point of the whole that lies
// inside is on it.
func TestCropSegmentKeepsWhatIsInside(t *testing.T) {
	length := rapid.Custom(func(t *rapid.T) vg.Length { return vg.Length(rapid.Float64Range(-2, 3).Draw(t, "length")) })
	point := rapid.Custom(func(t *rapid.T) vg.Point { return vg.Point{X: length.Draw(t, "x"), Y: length.Draw(t, "y")} })
	rapid.Check(t, func(t *rapid.T) {
		a, b := point.Draw(t, "a"), point.Draw(t, "b")
		from, to, ok := cropSegment(a, b, unit)
		if ok && (!inside(from, -1e-9) || !inside(to, -1e-9)) {
			t.Fatalf("%v to %v is not inside", from, to)
		}
		whole := math.Hypot(float64(b.X-a.X), float64(b.Y-a.Y))
		covered := math.Hypot(float64(to.X-from.X), float64(to.Y-from.Y))
		const samples = 100
		in := 0
		for i := range samples {
			if inside(between(a, b, (vg.Length(i)+0.5)/samples), 0) {
				in++
			}
		}
		if !ok {
			covered = 0
		}
		if math.Abs(covered-whole*float64(in)/samples) > 1.01*whole/samples+1e-9 {
			t.Fatalf("%v of %v kept, %d %% of it are inside", covered, whole, in)
		}
	})
}

// The cropped polygon has the area that the square shares with it.
func TestCropAreaOfRectangles(t *testing.T) {
	end := rapid.Float64Range(-2, 3)
	rapid.Check(t, func(t *rapid.T) {
		x0, x1, y0, y1 := end.Draw(t, "x0"), end.Draw(t, "x1"), end.Draw(t, "y0"), end.Draw(t, "y1")
		shared := func(a, b float64) float64 { return max(0, min(max(a, b), 1)-max(min(a, b), 0)) }
		want := shared(x0, x1) * shared(y0, y1)
		got := 0.0
		corners := cropArea([]vg.Point{
			{X: vg.Length(x0), Y: vg.Length(y0)}, {X: vg.Length(x1), Y: vg.Length(y0)},
			{X: vg.Length(x1), Y: vg.Length(y1)}, {X: vg.Length(x0), Y: vg.Length(y1)},
		}, unit)
		for i, p := range corners {
			q := corners[(i+1)%len(corners)]
			got += float64(p.X*q.Y-q.X*p.Y) / 2
		}
		if math.Abs(math.Abs(got)-want) > 1e-9 {
			t.Fatalf("area %v, want %v: %v", got, want, corners)
		}
	})
}

func TestSimplify(t *testing.T) {
	wave := func(n int) (points []vg.Point) {
		for i := range n {
			x := float64(i) / float64(n-1) * 10
			points = append(points, vg.Point{X: vg.Length(x), Y: vg.Length(math.Sin(x))})
		}
		return points
	}
	jump := []vg.Point{{X: 0, Y: 1}, {X: 1, Y: 1}, {X: 1, Y: 0}, {X: 2, Y: 0}}
	there := []vg.Point{{X: 0}, {X: 5}, {X: 2}} // and back
	for _, c := range []struct {
		name        string
		points      []vg.Point
		least, most int
	}{
		{"one point", jump[:1], 1, 1},
		{"straight", []vg.Point{{}, {X: 1, Y: 1}, {X: 2, Y: 2}, {X: 5, Y: 5}}, 2, 2},
		{"all one", []vg.Point{{X: 1}, {X: 1}, {X: 1}}, 2, 2},
		{"a jump", jump, 4, 4},
		{"there and back", there, 3, 3},
		{"a wave", wave(2000), 20, 100},
	} {
		const tolerance = 0.01
		got := simplify(c.points, tolerance)
		if len(got) < c.least || len(got) > c.most {
			t.Errorf("%s: %d points, want %d to %d", c.name, len(got), c.least, c.most)
		}
		for _, p := range c.points {
			near := vg.Length(math.Inf(1))
			for i := range got {
				near = min(near, distance(p, got[i], got[min(i+1, len(got)-1)]))
			}
			if near > tolerance {
				t.Errorf("%s: %v is %v from the line", c.name, p, near)
			}
		}
	}
}
