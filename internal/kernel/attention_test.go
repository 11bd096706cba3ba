package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// attendShapes are numbers of keys and widths: panels that are full and not, widths
// that are whole vectors and not.
func attendShapes(visit func(n, w int)) {
	numbers, widths := []int{1, 2, 7, 16, 17, 32, 33, 65, 130}, []int{1, 8, 16, 17, 32, 48, 80, 112}
	if testing.Short() {
		numbers, widths = []int{1, 7, 16, 33}, []int{1, 16, 17, 48}
	}
	for _, n := range numbers {
		for _, w := range widths {
			visit(n, w)
		}
	}
}

// inPanels returns the panels of rows, with what belongs to none not a number.
func inPanels(x []float32, rows, w int) []float32 {
	panels := make([]float32, PanelLength(rows, w))
	for i := range panels {
		panels[i] = float32(math.NaN())
	}
	for r := range rows {
		for j := range w {
			panels[(r/PanelRows*w+j)*PanelRows+r%PanelRows] = x[r*w+j]
		}
	}
	return panels
}

func TestPanels(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 1))
		attendShapes(func(n, w int) {
			x := sources[0].slice(r, n*w)
			want := inPanels(x, n, w)
			to, from := place(make([]float32, len(want)), 3), place(x, 1)
			Panels(to.slice, from.slice, n, w)
			for i, v := range want {
				if v != v {
					want[i] = to.slice[i]
				}
			}
			to.mustHold(t, fmt.Sprintf("%d rows of %d", n, w), want)
			from.mustHold(t, "rows", x)
		})
	})
}

// exponentials replaces scores by exponentials, by the definition.
func exponentials(score []float32) (top, inverse float32) {
	top = maxGeneric(score)
	for u, s := range score {
		score[u] = Exp1(s - top)
	}
	return top, 1 / sumGeneric(score)
}

// products returns the products of a row with n others, by the definition.
func products(row, rows []float32, n int) []float32 {
	all := make([]float32, n)
	for u := range all {
		for j, v := range row {
			all[u] = bigFMA(v, rows[u*len(row)+j], all[u])
		}
	}
	return all
}

// weighted returns the sum of rows times their weights, by the definition.
func weighted(weight, rows []float32, w int) []float32 {
	sum := make([]float32, w)
	for u, p := range weight {
		for j := range sum {
			sum[j] = bigFMA(p, rows[u*w+j], sum[j])
		}
	}
	return sum
}

// attendings are queries of the given width to about n keys: one alone, heads that see
// the same number of keys, tokens that each see one more, and every second.
func attendings(n, w int) []Attending {
	return []Attending{{1, w, n, 0}, {3, w, n, 0}, {5, w, n, 1}, {4, w, n, 2}}
}

func TestAttend(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		eachSource(t, func(t *testing.T, s source, r *rand.Rand) {
			attendShapes(func(n, w int) {
				for k, a := range attendings(n, w) {
					checkAttend(t, &a, s, r, k%2 == 0)
				}
			})
		})
	})
}

// checkAttend compares queries with keys that they share, or have of their own.
func checkAttend(t *testing.T, a *Attending, s source, r *rand.Rand, shared bool) {
	w, n := a.Width, a.last()
	lines, sets := Lines{Dst: w + 1, Query: w + 2}, 1
	if !shared {
		sets, lines.Key, lines.Value = a.Queries, PanelLength(n, w), n*w
	}
	query, keys, values := s.slice(r, a.reach(lines.Query, w)), s.slice(r, sets*n*w), s.slice(r, sets*n*w)
	var panels []float32
	for i := range sets {
		panels = append(panels, inPanels(keys[i*n*w:][:n*w], n, w)...)
	}
	dst, tops, inverses := s.slice(r, a.reach(lines.Dst, w)), make([]float32, a.Queries), make([]float32, a.Queries)
	to := place(dst, n%offsets)
	for i := range a.Queries {
		at, seen := i%sets*n*w, a.Seen+i*a.Step
		score := products(query[i*lines.Query:][:w], keys[at:], seen)
		tops[i], inverses[i] = exponentials(score)
		for j, x := range weighted(score, values[at:], w) {
			dst[i*lines.Dst+j] = x * inverses[i]
		}
	}
	scratch, top, inverse := place(make([]float32, a.Queries*a.ScoreLine()), w%offsets), place(make([]float32, a.Queries), 1), place(make([]float32, a.Queries), 2)
	in := []guarded{place(query, 1), place(panels, 2), place(values, 3)}
	Attend(a, to.slice, top.slice, inverse.slice, scratch.slice, in[0].slice, in[1].slice, in[2].slice, lines)
	what := fmt.Sprintf("%+v", *a)
	to.mustHold(t, what, dst)
	top.mustHold(t, what+": top", tops)
	inverse.mustHold(t, what+": inverse", inverses)
	scratch.mustHold(t, what+": beside the scores", scratch.slice)
	for i, x := range [][]float32{query, panels, values} {
		in[i].mustHold(t, fmt.Sprintf("%s: input %d", what, i), x)
	}
}

func TestAttendBackward(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		eachSource(t, func(t *testing.T, s source, r *rand.Rand) {
			attendShapes(func(n, w int) {
				for _, a := range attendings(n, w) {
					checkAttendBackward(t, a, s, r)
				}
			})
		})
	})
}

func checkAttendBackward(t *testing.T, shape Attending, s source, r *rand.Rand) {
	w, n := shape.Width, shape.last()
	a := &Attended{Attending: shape, QueryLine: w + 1, OutLine: w + 3}
	query, out := a.reach(a.QueryLine, w), a.reach(a.OutLine, w)
	a.Query, a.Out, a.DOut = s.slice(r, query), s.slice(r, out), s.slice(r, out)
	a.Top, a.Inverse = s.slice(r, a.Queries), s.slice(r, a.Queries)
	a.Keys, a.Values = s.slice(r, n*w), s.slice(r, n*w)
	a.KeyPanels, a.ValuePanels = inPanels(a.Keys, n, w), inPanels(a.Values, n, w)
	wantQuery, wantKeys, wantValues := s.slice(r, query), s.slice(r, n*w), s.slice(r, n*w)
	toQuery, toKeys, toValues := place(wantQuery, 1), place(wantKeys, 2), place(wantValues, n%offsets)
	prob, dScore := place(make([]float32, a.Queries*a.ScoreLine()), 3), place(make([]float32, a.Queries*a.ScoreLine()), 4)
	a.DQuery, a.DKeys, a.DValues, a.Probability, a.DScore = toQuery.slice, toKeys.slice, toValues.slice, prob.slice, dScore.slice

	for i := range a.Queries {
		q, dOut, seen := a.Query[i*a.QueryLine:][:w], a.DOut[i*a.OutLine:][:w], a.Seen+i*a.Step
		p, d := products(q, a.Keys, seen), products(dOut, a.Values, seen)
		along := dotGeneric(dOut, a.Out[i*a.OutLine:][:w])
		for u := range p {
			p[u] = Exp1(p[u]-a.Top[i]) * a.Inverse[i]
			d[u] = p[u] * (d[u] - along)
			for j := range w {
				wantKeys[u*w+j] = bigFMA(d[u], q[j], wantKeys[u*w+j])
				wantValues[u*w+j] = bigFMA(p[u], dOut[j], wantValues[u*w+j])
			}
		}
		copy(wantQuery[i*a.QueryLine:], weighted(d, a.Keys, w))
	}
	AttendBackward(a)
	what := fmt.Sprintf("%+v: gradient by the ", shape)
	toQuery.mustHold(t, what+"queries", wantQuery)
	toKeys.mustHold(t, what+"keys", wantKeys)
	toValues.mustHold(t, what+"values", wantValues)
	prob.mustHold(t, "beside the probabilities", prob.slice)
	dScore.mustHold(t, "beside the gradients by scores", dScore.slice)
}

func TestAttendPanics(t *testing.T) {
	row, rows := make([]float32, 16), make([]float32, 16*16)
	attend := func(a Attending, dst, top, score, query, keys, values []float32) func() {
		return func() { Attend(&a, dst, top, top, score, query, keys, values, Lines{16, 16, 0, 0}) }
	}
	one := Attending{1, 16, 1, 0}
	mustPanic(t, "kernel: Attend: no queries, no keys, or no numbers in them", attend(Attending{1, 16, 0, 0}, row, row, row, row, rows, rows))
	mustPanic(t, "kernel: Attend: dst or query is too short", attend(one, row[:8], row, row, row, rows, rows))
	mustPanic(t, "kernel: Attend: dst or query is too short", attend(Attending{2, 16, 1, 0}, row, row, rows, row, rows, rows))
	mustPanic(t, "kernel: Attend: fewer tops or inverses than queries", attend(one, row, nil, row, row, rows, rows))
	mustPanic(t, "kernel: Attend: fewer scores than the queries need", attend(one, row, row, row[:15], row, rows, rows))
	mustPanic(t, "kernel: Attend: fewer panels than the keys need", attend(one, row, row, row, row, rows[:255], rows))
	mustPanic(t, "kernel: Attend: fewer values than keys", attend(Attending{1, 16, 2, 0}, row, row, row, row, rows, rows[:31]))
	mustPanic(t, "kernel: Panels: length of dst is not that of the panels", func() { Panels(rows[:16], row, 1, 16) })
	whole := Attended{
		Attending: Attending{1, 16, 16, 0}, Query: row, Out: row, DOut: row, DQuery: row, Top: row, Inverse: row,
		Keys: rows, Values: rows, DKeys: rows, DValues: rows, KeyPanels: rows, ValuePanels: rows, Probability: row, DScore: row,
	}
	for message, edit := range map[string]func(a *Attended){
		"kernel: AttendBackward: no queries, no keys, or no numbers in them": func(a *Attended) { a.Queries = 0 },
		"kernel: AttendBackward: fewer rows than queries":                    func(a *Attended) { a.Out = nil },
		"kernel: AttendBackward: fewer tops or inverses than queries":        func(a *Attended) { a.Top = nil },
		"kernel: AttendBackward: fewer rows than keys":                       func(a *Attended) { a.DValues = rows[:255] },
		"kernel: AttendBackward: fewer panels than the keys need":            func(a *Attended) { a.ValuePanels = nil },
		"kernel: AttendBackward: fewer scores than the queries need":         func(a *Attended) { a.DScore = row[:1] },
	} {
		short := whole
		edit(&short)
		mustPanic(t, message, func() { AttendBackward(&short) })
	}
}

func FuzzAttention(f *testing.F) {
	f.Add(uint64(1), uint8(9), uint8(16), uint8(3), uint8(1))
	f.Add(uint64(2), uint8(80), uint8(63), uint8(5), uint8(0))
	f.Fuzz(func(t *testing.T, seed uint64, keys, width, queries, step uint8) {
		shape := Attending{1 + int(queries%8), 1 + int(width%96), 1 + int(keys%100), int(step % 3)}
		w, n, q := shape.Width, shape.last(), shape.Queries
		agree(t, fmt.Sprintf("%+v", shape), func() [][]float32 {
			r := rand.New(rand.NewPCG(seed, 15))
			s := sources[r.IntN(len(sources))]
			x := func(n int) []float32 { return s.slice(r, n) }
			a := &Attended{
				Attending: shape, QueryLine: w, OutLine: w, Query: x(q * w), Out: make([]float32, q*w), DOut: x(q * w), DQuery: x(q * w),
				Keys: x(n * w), Values: x(n * w), DKeys: x(n * w), DValues: x(n * w), Top: x(q), Inverse: x(q),
				KeyPanels: make([]float32, PanelLength(n, w)), ValuePanels: make([]float32, PanelLength(n, w)),
				Probability: make([]float32, q*shape.ScoreLine()), DScore: make([]float32, q*shape.ScoreLine()),
			}
			Panels(a.KeyPanels, a.Keys, n, w)
			Panels(a.ValuePanels, a.Values, n, w)
			Attend(&shape, a.Out, a.Top, a.Inverse, a.Probability, a.Query, a.KeyPanels, a.Values, Lines{Dst: w, Query: w})
			AttendBackward(a)
			scale, dst, unit := make([]float32, n), make([]float32, n*w), make([]float32, n*w)
			RMSNorm(dst, unit, scale, a.Keys, a.Values[:w], 1e-5)
			RMSNormBackward(dst, a.Values, a.Keys[:w], unit, scale)
			return [][]float32{a.Out, a.Top, a.Inverse, a.DQuery, a.DKeys, a.DValues, dst, unit, scale}
		})
	})
}

// BenchmarkAttend is attention, by the query: of three heads of one token to 9 keys,
// of 9 tokens of one head to those up to them, and of five heads to 80 keys.
func BenchmarkAttend(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	x := func(n int) []float32 { return sources[0].slice(r, n) }
	for _, c := range []struct {
		name string
		Attending
		shared bool
	}{{"heads_9x16", Attending{3, 16, 9, 0}, false}, {"tokens_9x16", Attending{9, 16, 1, 1}, true}, {"heads_80x64", Attending{5, 64, 80, 0}, false}} {
		w, n, q := c.Width, c.last(), c.Queries
		lines := Lines{w, w, PanelLength(n, w), n * w}
		if c.shared {
			lines.Key, lines.Value = 0, 0
		}
		a := &Attended{
			Attending: c.Attending, QueryLine: w, OutLine: w, Query: x(q * w), Out: x(q * w), DOut: x(q * w), DQuery: x(q * w),
			Keys: x(q * n * w), Values: x(q * n * w), DKeys: x(n * w), DValues: x(n * w), Top: x(q), Inverse: x(q),
			KeyPanels: x(q * PanelLength(n, w)), ValuePanels: x(PanelLength(n, w)),
			Probability: x(q * c.ScoreLine()), DScore: x(q * c.ScoreLine()),
		}
		perQuery := func(b *testing.B) {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*q), "ns/query")
		}
		b.Run("forward/"+c.name, func(b *testing.B) {
			for b.Loop() {
				Attend(&c.Attending, a.Out, a.Top, a.Inverse, a.Probability, a.Query, a.KeyPanels, a.Values, lines)
			}
			perQuery(b)
		})
		b.Run("backward/"+c.name, func(b *testing.B) {
			for b.Loop() {
				AttendBackward(a)
			}
			perQuery(b)
		})
	}
}
