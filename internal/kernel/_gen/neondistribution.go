package main

import (
	"fmt"
	"strings"
)

// distributions writes the functions that take rows as lanes and go from column to
// column.
func (a *neon) distributions() {
	a.function("gaussianLogProb", logProbSignature, logProbDoc)
	t := a.table()
	x, dist := t.matrix("x", 1), t.matrix("dist", 2)
	a.foldRows(t, "dst", func(sum value) value {
		return a.sub(sum, gaussianTerm(a, t.column(x, 0), t.column(dist, 0), t.column(dist, 1)))
	})
	a.gaussianBackward()
	a.function("entropy", entropySignature, entropyDoc)
	t = a.table()
	logProb := t.matrix("logProb", 1)
	a.foldRows(t, "dst", func(h value) value { return entropyStep(a, h, t.column(logProb, 0)) })
}

// foldRows writes a function that folds the columns of every row, from 0.
func (a *neon) foldRows(t *neonTable, dst string, step func(acc value) value) {
	to, acc := a.pointer(dst, ""), a.pin()
	t.eachGroup(func() {
		a.do("VEOR %[1]s.B16, %[1]s.B16, %[1]s.B16", acc.Asm())
		t.eachColumn(func() { a.assign(acc, step(acc)) })
		a.do("VST1.P [%s.S4], %d(%s)", acc.Asm(), quad*floatSize, to)
	})
}

func (a *neon) gaussianBackward() {
	a.function("gaussianBackward", backwardSignature, backwardDoc)
	t := a.table()
	x, dist, d := t.matrix("x", 1), t.matrix("dist", 2), t.matrix("dDist", 2)
	byLogProb, byEntropy := a.pointer("dLogProb", ""), a.pointer("dEntropy", "")
	dLogProb, dEntropy := a.pin(), a.pin()
	t.eachGroup(func() {
		a.do("VLD1.P %d(%s), [%s.S4]", quad*floatSize, byLogProb, dLogProb.Asm())
		a.do("VLD1.P %d(%s), [%s.S4]", quad*floatSize, byEntropy, dEntropy.Asm())
		t.eachColumn(func() {
			dMean, dLogStd := gaussianGradient(a, dLogProb, dEntropy, t.column(x, 0), t.column(dist, 0), t.column(dist, 1))
			t.write(dMean, d, 0)
			t.write(dLogStd, d, 1)
		})
	})
}

// A neonTable is a table for arm64.
type neonTable struct {
	*neon
	line, twice string // n elements and twice n, in bytes
	here        string // moves from row to row of a column
	matrices    []*neonMatrix
}

// A neonMatrix has times·n columns, from one to two times n.
type neonMatrix struct {
	times           int
	group, position string // where the rows under way begin, and their column under way
}

func (a *neon) table() *neonTable {
	t := &neonTable{neon: a, line: a.bytes("n"), twice: a.integer(), here: a.integer()}
	a.do("LSL $1, %s, %s", t.line, t.twice)
	return t
}

func (t *neonTable) matrix(name string, times int) *neonMatrix {
	x := &neonMatrix{times, t.pointer(name, ""), t.integer()}
	t.matrices = append(t.matrices, x)
	return x
}

// eachGroup writes the loop over the rows, a vector of them at a time, and the end
// of the function.
func (t *neonTable) eachGroup(body func()) {
	rows, group := t.pointer("rows", ""), label("group")
	t.withConstants(func() {
		t.label(group)
		body()
		for _, x := range t.matrices {
			t.do("ADD %s<<2, %s, %s", t.row(x), x.group, x.group)
		}
		t.do("SUBS $%d, %s, %s", quad, rows, rows)
		t.do("BNE %s", group)
	})
	t.finish()
}

// eachColumn writes the loop over the n columns.
func (t *neonTable) eachColumn(body func()) {
	left, column := t.pointer("n", ""), label("column")
	for _, x := range t.matrices {
		t.do("MOVD %s, %s", x.group, x.position)
	}
	t.label(column)
	body()
	for _, x := range t.matrices {
		t.do("ADD $%d, %s, %s", floatSize, x.position, x.position)
	}
	t.do("SUBS $1, %s, %s", left, left)
	t.do("BNE %s", column)
}

// row is how far one row of the matrix lies from the next.
func (t *neonTable) row(x *neonMatrix) string { return []string{t.line, t.twice}[x.times-1] }

// column reads the column under way; part says how many times n columns behind.
func (t *neonTable) column(x *neonMatrix, part int) value {
	return t.record(false, func(to int, _ []int) string {
		return t.eachElement(x, part, fmt.Sprintf("FMOVS (%s), F%d", t.here, to), func(i int) string {
			return fmt.Sprintf("VLD1 (%s), V%d.S[%d]", t.here, to, i)
		})
	})
}

// write is column in the other direction.
func (t *neonTable) write(v value, x *neonMatrix, part int) {
	t.effect(func(_ int, from []int) string {
		return t.eachElement(x, part, fmt.Sprintf("FMOVS F%d, (%s)", from[0], t.here), func(i int) string {
			return fmt.Sprintf("VST1 V%d.S[%d], (%s)", from[0], i, t.here)
		})
	}, v)
}

// eachElement is the code for the four elements of a column: of the first, and of
// the others.
func (t *neonTable) eachElement(x *neonMatrix, part int, first string, other func(i int) string) string {
	lines := []string{fmt.Sprintf("MOVD %s, %s", x.position, t.here), first}
	if part == 1 {
		lines[0] = fmt.Sprintf("ADD %s, %s, %s", t.line, x.position, t.here)
	}
	for i := 1; i < quad; i++ {
		lines = append(lines, fmt.Sprintf("ADD %s, %s, %s", t.row(x), t.here, t.here), other(i))
	}
	return strings.Join(lines, "\n\t")
}
