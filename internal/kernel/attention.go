package kernel

// PanelRows is how many rows stand side by side in a panel of [Panels].
const PanelRows = 16

// PanelLength is the length of the panels of rows of the given width.
func PanelLength(rows, width int) int { return (rows + PanelRows - 1) / PanelRows * PanelRows * width }

// Panels writes the rows of a matrix side by side, sixteen to a panel, so that the
// products of one row with all of them are chains in neighbouring lanes.
//
//	for r := range rows {
//		for j := range width {
//			dst[(r/PanelRows*width+j)*PanelRows+r%PanelRows] = x[r*width+j]
//		}
//	}
//
// x is [rows,width] and dst of PanelLength; what belongs to no row becomes undefined.
// They must not overlap. It panics if a length is another.
func Panels(dst, x []float32, rows, width int) {
	check(len(x) == rows*width, "kernel: Panels: length of x is not rows*width")
	check(len(dst) == PanelLength(rows, width), "kernel: Panels: length of dst is not that of the panels")
	for r := 0; r < rows && width > 0; r += PanelRows {
		active().packLines(dst[r*width:], PanelRows, x[r*width:], width, width, min(PanelRows, rows-r))
	}
}

// Attending is what several queries of the same kind have in common: the heads of one
// token, or the tokens of one head. It is plain data.
type Attending struct {
	Queries int // how many there are
	Width   int // numbers in a query, a key and a value, w
	Seen    int // keys that the first query sees, n
	Step    int // further keys that each next query sees, 0 or more
}

// last is how many keys the last query sees.
func (a *Attending) last() int { return a.Seen + (a.Queries-1)*a.Step }

// ScoreLine is how many scores a query has room for.
func (a *Attending) ScoreLine() int { return PanelLength(a.last(), 1) }

// check panics with a message unless there is something to attend to.
func (a *Attending) check(message string) {
	check(a.Queries > 0 && a.Width > 0 && a.Seen > 0 && a.Step >= 0, message)
}

// reach is how long a slice must be whose line has length numbers, as often as there
// are queries, line apart.
func (a *Attending) reach(line, length int) int { return (a.Queries-1)*line + length }

// Lines is how far apart the lines of two queries are. It is plain data.
type Lines struct {
	Dst, Query int
	Key, Value int // 0: the queries share keys and values
}

// Attend computes softmax attention of queries to the keys that they see.
//
//	score[u] = Σ_j query[j]·key[u,j]
//	score[u] = Exp1(score[u] − top)                  top = the greatest
//	dst[j]   = inverse · Σ_u score[u]·values[u,j]    inverse = 1/Sum(score)
//
// for the n keys of each query. Both sums of products are chains of FMA, ascending,
// that begin with 0. For each query, dst and query have [w], values [n,w] and keys the
// same in [Panels], in which further rows are not looked at; they stand as many numbers
// apart as lines says. top and inverse have a number for each; score, which is scratch,
// has a.ScoreLine() for each. A score that is NaN makes top and dst NaN. Nothing that
// is written overlaps anything.
//
// It panics if there are no queries, keys or numbers in them, or a slice is too short.
//
// Source: Vaswani et al. 2017, arXiv 1706.03762, equation 1.
func Attend(a *Attending, dst, top, inverse, score, query, keys, values []float32, lines Lines) {
	a.check("kernel: Attend: no queries, no keys, or no numbers in them")
	w, n := a.Width, a.last()
	check(len(dst) >= a.reach(lines.Dst, w) && len(query) >= a.reach(lines.Query, w), "kernel: Attend: dst or query is too short")
	check(len(top) >= a.Queries && len(inverse) >= a.Queries, "kernel: Attend: fewer tops or inverses than queries")
	check(len(score) >= a.Queries*a.ScoreLine(), "kernel: Attend: fewer scores than the queries need")
	check(len(keys) >= a.reach(lines.Key, PanelLength(n, w)), "kernel: Attend: fewer panels than the keys need")
	check(len(values) >= a.reach(lines.Value, n*w), "kernel: Attend: fewer values than keys")
	active().attend(a, dst, top, inverse, score, query, keys, values, lines)
}

// Attended is what [Attend] has read and given for queries that share keys and values,
// and what is made of it on the way back. It is plain data.
type Attended struct {
	Attending
	QueryLine int // from one query to the next, in Query and DQuery
	OutLine   int // in Out and DOut

	Query, Out, DOut       []float32 // Out: dst; DOut: the gradient by it
	Top, Inverse           []float32
	Keys, Values           []float32
	KeyPanels, ValuePanels []float32

	DQuery, DKeys, DValues []float32 // gradients; those by keys and values are added to
	Probability, DScore    []float32 // scratch, as Attend's score
}

// AttendBackward computes the gradients by queries and adds those by keys and values.
//
//	p[u]        = Inverse · Exp1(Query·Keys[u] − Top)
//	ds[u]       = p[u] · (DOut·Values[u] − Dot(DOut, Out))
//	DQuery      = Σ_u ds[u]·Keys[u]
//	DKeys[u]   += ds[u]·Query
//	DValues[u] += p[u]·DOut
//
// for the n keys of each query, one query after the other. All sums but Dot are chains
// of FMA, ascending; that of DQuery begins with 0. Keys, Values, DKeys and DValues have
// [n,w].
//
// It panics as Attend does.
//
// Source: Dao et al. 2022, arXiv 2205.14135, appendix B.2.
func AttendBackward(a *Attended) {
	a.check("kernel: AttendBackward: no queries, no keys, or no numbers in them")
	w, n := a.Width, a.last()
	query, out := a.reach(a.QueryLine, w), a.reach(a.OutLine, w)
	check(len(a.Query) >= query && len(a.DQuery) >= query && len(a.Out) >= out && len(a.DOut) >= out,
		"kernel: AttendBackward: fewer rows than queries")
	check(len(a.Top) >= a.Queries && len(a.Inverse) >= a.Queries, "kernel: AttendBackward: fewer tops or inverses than queries")
	check(len(a.Keys) >= n*w && len(a.Values) >= n*w && len(a.DKeys) >= n*w && len(a.DValues) >= n*w,
		"kernel: AttendBackward: fewer rows than keys")
	panels, scores := PanelLength(n, w), a.Queries*a.ScoreLine()
	check(len(a.KeyPanels) >= panels && len(a.ValuePanels) >= panels, "kernel: AttendBackward: fewer panels than the keys need")
	check(len(a.Probability) >= scores && len(a.DScore) >= scores, "kernel: AttendBackward: fewer scores than the queries need")
	active().attendBackward(a)
}

// row is the part of a that is about query i alone.
func (a *Attended) row(i int) Attended {
	w, score := a.Width, a.ScoreLine()
	b := *a
	b.Queries, b.Seen = 1, a.Seen+i*a.Step
	b.Query, b.DQuery = a.Query[i*a.QueryLine:][:w], a.DQuery[i*a.QueryLine:][:w]
	b.Out, b.DOut = a.Out[i*a.OutLine:][:w], a.DOut[i*a.OutLine:][:w]
	b.Top, b.Inverse = a.Top[i:], a.Inverse[i:]
	b.Probability, b.DScore = a.Probability[i*score:][:score], a.DScore[i*score:][:score]
	return b
}
